/** What normalisation layers do: X-ray, training against inference, shifted inputs, folding, and signal through depth. */
import type { AnswerChange } from '../answer';
import type { Pixels, Statistics, ValueRange } from '../values';

/** `instance`: group norm with one group for each channel; `rms`: layer norm that divides by the root mean square only. */
export type NormForm = 'batch' | 'layer' | 'rms' | 'group' | 'instance';

/** `moving`: as at inference; `batch`: every batch norm layer takes the statistics of the batch, as in training. */
export type StatisticsMode = 'moving' | 'batch';

/** What a batch is made of; it is never silently one picture. */
export interface BatchFacts {
  /** Of the data set; `null`: copies of the inputs now set. */
  readonly title: string | null;
  readonly asked: number;
  /** May be fewer than asked where that many would not fit the memory. */
  readonly size: number;
  /** Different pictures in it; the others are seeded copies: shifted by up to two pixels, brighter or darker by up to 20 %. */
  readonly distinct: number;
}

export interface BatchChoice {
  readonly model: string;
  /** `null`: the best fitting data set. */
  readonly set: string | null;
  readonly size: number;
}

export interface LayerBatch extends BatchChoice {
  readonly layer: string;
  readonly occurrence: number;
  readonly mode: StatisticsMode;
}

export interface NormXray {
  readonly form: NormForm;
  readonly mode: StatisticsMode;
  /** Moving mean 0 and variance 1 everywhere: never trained. */
  readonly initialStatistics: boolean;
  /** Whether there are moving statistics at all. */
  readonly tracks: boolean;
  readonly batch: BatchFacts;
  /** Of the layer's input, in the model's own layout. */
  readonly shape: readonly number[];
  readonly channels: number;
  readonly groups: number;
  readonly epsilon: number;
  /** How many sets of statistics the batch has, and values in each. */
  readonly units: number;
  readonly valuesPerUnit: number;
  /** One axis for all three stages; what lies beyond falls into the end bars. */
  readonly edges: readonly number[];
  /** `[stage][channel][bin]`: before, normalised, after gamma and beta; the first `shownChannels`. */
  readonly counts: Uint32Array;
  readonly shownChannels: number;
  readonly stages: readonly [Statistics, Statistics, Statistics];
  /** Of the values before normalising: one for each channel (`batch`), or for each unit, at most 512. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly moving: { readonly mean: Float32Array; readonly variance: Float32Array } | null;
  /** By channel; the mean over the channel where each position has its own. */
  readonly gamma: Float32Array | null;
  readonly beta: Float32Array | null;
  /** Whether each channel has a gamma and a beta of its own, not each position one. */
  readonly perChannel: boolean;
  /** Channels where batch and moving statistics disagree, worst first. */
  readonly outliers: readonly { readonly channel: number; readonly shift: number; readonly ratio: number }[];
  /** An outlier's mean is off by more than `shift` moving deviations, or its variance by more than the factor `ratio`. */
  readonly outlierLimits: { readonly shift: number; readonly ratio: number };
  /** Channels with |gamma| below `nearZeroLimit`. */
  readonly nearZero: readonly number[];
  readonly nearZeroLimit: number;
  /** Largest |value computed here - value of the runtime| over the batch. */
  readonly runtimeDifference: number;
}

/** `(x - mean) / sqrt(variance + epsilon)`, then `gamma * … + beta`, with the numbers of one activation. */
export interface NormPixel {
  readonly sample: number;
  /** Row and column; 0 where there is no such axis. */
  readonly position: readonly [number, number];
  readonly x: number;
  readonly mean: number;
  readonly variance: number;
  readonly deviation: number;
  readonly normalized: number;
  readonly gamma: number | null;
  readonly beta: number | null;
  readonly value: number;
  readonly runtime: number;
}

export interface NormChannel {
  readonly edges: readonly number[];
  readonly counts: readonly [readonly number[], readonly number[], readonly number[]];
  readonly before: Pixels;
  readonly after: Pixels;
  readonly beforeRange: ValueRange;
  readonly afterRange: ValueRange;
  /** Which of how many slices of a volume is shown. */
  readonly slice: number;
  readonly slices: number;
  readonly pixel: NormPixel;
}

/** How a set of pictures is answered. */
export interface AnswerScore {
  /** Share of right answers; `null` without labels. */
  readonly accuracy: number | null;
  /** Share of pictures with the same leading class as in the run it is compared with. */
  readonly same: number;
  /** Mean over the pictures of the largest |difference| of an output. */
  readonly change: number;
}

export interface NormModes {
  readonly batch: BatchFacts;
  /** Whether the answers are classes; without them `same` and `accuracy` say nothing. */
  readonly classes: boolean;
  readonly moving: AnswerScore;
  /** Batch sizes that are left out: too many pictures for the time, or more than fit the memory. */
  readonly leftOut: readonly number[];
  readonly sizes: readonly {
    readonly size: number;
    readonly score: AnswerScore;
    /** Of the input now set, first in its batch. */
    readonly answer: AnswerChange;
    /** The same before the last softmax or sigmoid; `null` where there is none. */
    readonly logits: AnswerChange | null;
  }[];
}

export type ShiftName = 'brighter' | 'contrast' | 'noise' | 'inverted';

export interface NormShift {
  readonly batch: BatchFacts;
  /** How many pictures share their statistics in the batch curve. */
  readonly batchSize: number;
  readonly classes: boolean;
  readonly points: readonly {
    readonly strength: number;
    readonly preview: Pixels;
    readonly moving: AnswerScore;
    readonly batch: AnswerScore;
    /** The same weights with the batch norms folded away; `null` where none can be. */
    readonly folded: AnswerScore | null;
    /** The other network that was set beside this one. */
    readonly twin: AnswerScore | null;
  }[];
  /** How many batch norms are folded away, and how far that moves an output at any strength. */
  readonly folded: { readonly folded: number; readonly total: number; readonly largestDifference: number } | null;
  readonly twin: NormTwin | null;
}

/** Another network on the same pictures; it must have no batch norm, one picture as its input, and the same answers. */
export type NormTwin =
  | { readonly fits: true; readonly name: string }
  | { readonly fits: false; readonly name: string; readonly why: 'batchNorm' | 'inputs' | 'answers' };

export interface NormTweak {
  readonly answer: AnswerChange;
  readonly logits: AnswerChange | null;
  readonly before: Pixels;
  readonly after: Pixels;
  readonly range: ValueRange;
  readonly slice: number;
  readonly slices: number;
  readonly milliseconds: number;
}

export interface GammaBeta {
  readonly channel: number;
  readonly gamma: number;
  readonly beta: number;
}

export type NoFold =
  | { readonly why: 'form'; readonly form: NormForm }
  | { readonly why: 'noStatistics' }
  | { readonly why: 'activation'; readonly layer: string; readonly activation: string }
  | { readonly why: 'notLinear'; readonly layer: string }
  | { readonly why: 'branch'; readonly layer: string; readonly readers: readonly string[] }
  | { readonly why: 'calledTwice'; readonly layer: string }
  | { readonly why: 'axis'; readonly layer: string }
  | { readonly why: 'noWeights'; readonly layer: string };

export type NormFold =
  | ({ readonly kind: 'no' } & NoFold)
  | {
      readonly kind: 'yes';
      /** The layer that takes the normalisation in. */
      readonly into: string;
      readonly hadBias: boolean;
      readonly role: 'kernel' | 'depthwiseKernel' | 'pointwiseKernel';
      readonly kernelShape: readonly number[];
      /** `gamma / sqrt(variance + epsilon)` by output channel. */
      readonly scale: Float32Array;
      readonly biasBefore: Float32Array;
      readonly biasAfter: Float32Array;
      /** The output channel whose kernel changes most, or the asked one, largest input channels first. */
      readonly channel: number;
      readonly planes: readonly {
        readonly input: number;
        readonly before: Float32Array;
        readonly after: Float32Array;
      }[];
      readonly planeSize: readonly [number, number];
      readonly largestKernelChange: number;
      readonly batch: BatchFacts;
      /** Over the batch, of this layer's output and of the network's. */
      readonly layerDifference: number;
      readonly largestLayerValue: number;
      readonly outputDifference: number;
    };

export interface DepthLine {
  readonly scale: number;
  readonly normalized: boolean;
  /** Standard deviation of each layer's activations; NaN where they overflow. */
  readonly deviations: Float32Array;
}

export interface SignalDepth {
  readonly batch: BatchFacts;
  readonly layers: readonly { readonly id: string; readonly name: string; readonly kind: string }[];
  readonly lines: readonly DepthLine[];
  /** `removed`: the model has normalisation layers, the lines without them replace each by the identity; `inserted`: it has none, the lines with them add one behind each convolution and dense layer. */
  readonly twin: 'removed' | 'inserted' | 'none';
  readonly normalizations: number;
  /** Whether the model itself has trained weights: then this is how it was before training. */
  readonly trained: boolean;
  readonly seed: number;
}

export interface NormalizationRequests extends Record<string, { params: unknown; result: unknown }> {
  /** Progress. `mode: null` lets initial moving statistics choose `batch`. */
  normalizationXray: { params: Omit<LayerBatch, 'mode'> & { readonly mode: StatisticsMode | null }; result: NormXray };
  /** `pixel: null` takes the strongest activation of the shown map. */
  normalizationChannel: {
    params: LayerBatch & {
      readonly channel: number;
      readonly sample: number;
      readonly pixel: readonly [number, number] | null;
      /** Where volumes are cut, as a share of their depth. */
      readonly depth: number;
    };
    result: NormChannel;
  };
  /** Progress. */
  normalizationModes: { params: { readonly model: string; readonly set: string | null }; result: NormModes };
  /** Progress. */
  normalizationShift: {
    params: {
      readonly model: string;
      readonly set: string | null;
      readonly shift: ShiftName;
      /** An open model without batch norm to compare with. */
      readonly twin: string | null;
    };
    result: NormShift;
  };
  /** The input now set, with other gammas and betas in one layer; `channel` is shown. */
  normalizationTweak: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly channel: number;
      readonly depth: number;
      readonly changes: readonly GammaBeta[];
    };
    result: NormTweak;
  };
  /** Progress. */
  normalizationFold: {
    params: BatchChoice & { readonly layer: string; readonly channel: number | null };
    result: NormFold;
  };
  /** Progress. Fresh weights of the model's own initialisers. */
  signalDepth: { params: { readonly model: string; readonly seed: number }; result: SignalDepth };
}
