/** Dropout looked at: masks on real activations, many masks, and how much an answer leans on single features. */
import type { AnswerChange } from '../answer';
import type { Pixels, ValueRange } from '../values';

/** The layer as it is asked about. */
export interface NoiseQuestion {
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
  /** Rate (standard deviation of Gaussian noise) in place of the layer's own; `null`: its own. */
  readonly strength: number | null;
}

/** One mask on the layer's values and the answer that follows; everything aligned with `MaskTriptych.shown`. */
export interface MaskPanel {
  readonly seed: number;
  /** What was drawn for each shown value, see `drawNoise`. */
  readonly noise: Float32Array;
  /** What the runtime made of the values. */
  readonly after: Float32Array;
  /** Of the whole layer: dropped entries of all that were drawn (a map is one entry where maps drop whole). */
  readonly dropped: number;
  readonly drawn: number;
  /** Mean of the layer's values under this mask. */
  readonly mean: number;
  readonly change: AnswerChange;
}

export interface MaskTriptych {
  readonly kind: 'dropout' | 'alphaDropout' | 'gaussianDropout' | 'gaussianNoise';
  /** Used here. */
  readonly strength: number;
  /** The layer's own. */
  readonly ownStrength: number;
  /** Whether all values of a map share one entry of the mask. */
  readonly wholeMaps: boolean;
  readonly channels: number;
  /** Height and width of one map; `[1, 1]` for vectors. */
  readonly size: readonly [number, number];
  readonly vector: boolean;
  /** The strongest channels by mean |a|, as many as are shown, in ascending order. */
  readonly shown: readonly number[];
  /** `shown.length * height * width`, row-major, the middle slice of volumes. */
  readonly before: Float32Array;
  readonly range: ValueRange;
  readonly mean: number;
  readonly off: AnswerChange;
  readonly held: MaskPanel;
  readonly next: MaskPanel;
  /** The next dense layer where the dropout feeds one directly: its strongest connections from the shown units. */
  readonly edges: {
    readonly layer: string;
    readonly units: readonly number[];
    /** `[index into shown, index into units, weight]`. */
    readonly links: readonly (readonly [number, number, number])[];
  } | null;
}

/** One class over many passes. */
export interface ClassSpread {
  readonly index: number;
  readonly label: string | null;
  /** Without masks. */
  readonly base: number;
  readonly mean: number;
  /** Standard deviation over the passes (divided by their number). */
  readonly std: number;
  /** One value for each pass. */
  readonly values: Float32Array;
}

export interface ManyMasks {
  readonly passes: number;
  readonly firstSeed: number;
  readonly layers: readonly string[];
  readonly probabilities: boolean;
  /** One class of several, labels that each hold or not (behind a sigmoid), or numbers. */
  readonly kind: 'classes' | 'labels' | 'values';
  /** The leading classes by mean, at most 10. */
  readonly classes: readonly ClassSpread[];
  readonly range: ValueRange;
  /** Passes whose leading class, or labels over one half, are not those without masks. */
  readonly flipped: number;
  /** Entropy of the mean answer, and the part of it that the masks cause, in bits; `null` for numbers. */
  readonly entropy: number | null;
  readonly mutualInformation: number | null;
  /** Upper end of the entropy in bits: log2 of the number of classes, or one bit a label. */
  readonly entropyLimit: number;
  readonly outputs: number;
}

/** Pictures of a data set with and without one mask each. */
export interface PicturesUnderMasks {
  readonly title: string;
  readonly pictures: number;
  readonly kind: 'classes' | 'labels' | 'values';
  readonly flipped: number;
  /** Where the labels fit: right answers without and with masks. */
  readonly right: { readonly off: number; readonly on: number; readonly of: number } | null;
}

export interface UnsurePicture {
  readonly index: number;
  readonly preview: Pixels;
  /** Class of the label, of the mean answer, and its mean probability. */
  readonly truth: number | null;
  readonly answer: number;
  readonly answerLabel: string | null;
  readonly probability: number;
  /** Bits. */
  readonly entropy: number;
  readonly mutualInformation: number;
  /** Share of passes that agree with the answer without masks. */
  readonly agreement: number;
}

export interface LeastSure {
  readonly set: string;
  readonly title: string;
  readonly pictures: number;
  readonly passes: number;
  readonly meanEntropy: number;
  /** Least sure first; the leading ones by entropy and by mutual information are among them. */
  readonly unsure: readonly UnsurePicture[];
  /** Of the wrongly answered pictures, how many are among the unsurest quarter by entropy; `null` without labels. */
  readonly wrong: { readonly all: number; readonly amongUnsurest: number; readonly quarter: number } | null;
}

/** What switching channels of one layer off does to the answer for the input now set. */
export interface Reliance {
  readonly layer: string;
  readonly channels: number;
  readonly winner: number;
  readonly winnerLabel: string | null;
  readonly probabilities: boolean;
  readonly kind: 'classes' | 'labels' | 'values';
  /** Channels that were switched off alone: all, or the strongest of very many. */
  readonly tried: number;
  /** The winner's value with all channels on. */
  readonly base: number;
  /** By channel: the winner's value with this one off, its own mean |a|, and whether the answer flips. */
  readonly alone: Float32Array;
  readonly strength: Float32Array;
  readonly flips: Uint8Array;
  /** Channels by falling mean |a|, and the winner's value with the first k of them off, k from 0. */
  readonly order: readonly number[];
  readonly together: Float32Array;
  readonly togetherFlips: Uint8Array;
}

/** One curve over the share of channels off. */
export interface RelianceCurves {
  readonly model: string;
  readonly layer: string;
  readonly channels: number;
  readonly title: string;
  readonly pictures: number;
  /** `accuracy` against the labels; `agreement` with the full network's own answers where there are none. */
  readonly measure: 'accuracy' | 'agreement';
  readonly off: readonly number[];
  readonly random: readonly number[];
  /** Least and greatest over the random orders. */
  readonly randomRange: readonly (readonly [number, number])[];
  readonly strongestFirst: readonly number[];
  readonly orders: number;
  /** The few strongest: how many of the pictures' answers change. */
  readonly few: { readonly channels: number; readonly changed: number };
  /** A batch norm and a dropout beside this layer, by name. */
  readonly batchNorm: string | null;
  readonly dropout: string | null;
}

/** A class activation map in its colours. */
export interface MaskedCam {
  /** `null`: without a mask. */
  readonly seed: number | null;
  /** At the input's size; opacity by strength. */
  readonly heat: Pixels;
  readonly range: ValueRange;
  /** Spearman's rank correlation with the map without a mask; `null` where one of them is the same everywhere. */
  readonly similarity: number | null;
  /** What the class gets under this mask, and whether the answer is another one. */
  readonly value: number;
  readonly flipped: boolean;
}

/** Where the network looks while a share of one layer's features is missing. */
export interface CamUnderMasks {
  readonly model: string;
  /** Whose features are missing; the layer whose maps are weighed. */
  readonly layer: string;
  readonly camLayer: string;
  readonly size: readonly [number, number];
  readonly index: number;
  readonly label: string | null;
  readonly probabilities: boolean;
  readonly channels: number;
  readonly rate: number;
  readonly input: Pixels;
  /** Without a mask first. */
  readonly maps: readonly MaskedCam[];
  /** The mean of the maps under masks. */
  readonly mean: Pixels;
  readonly flipped: number;
}

export interface ChannelCorrelation {
  readonly channels: readonly number[];
  /** `channels.length` squared, Pearson's r; NaN where a channel never varies. */
  readonly values: Float32Array;
  readonly picture: Pixels;
  /** Mean |r| of pairs of different channels that vary. */
  readonly meanAbs: number;
  readonly samples: number;
  readonly constant: number;
  readonly title: string;
}

export interface DropoutRequests extends Record<string, { params: unknown; result: unknown }> {
  maskTriptych: { params: NoiseQuestion & { readonly held: number; readonly next: number }; result: MaskTriptych };
  /** Passes of the input now set under masks `seed`, `seed + 1`, …; `layer: null`: all random layers at their own rates. Progress. */
  manyMasks: {
    params: {
      readonly model: string;
      readonly layer: string | null;
      readonly occurrence: number;
      readonly strength: number | null;
      readonly seed: number;
      readonly passes: number;
    };
    result: ManyMasks;
  };
  picturesUnderMasks: {
    params: NoiseQuestion & { readonly set: string | null; readonly seed: number; readonly pictures: number };
    result: PicturesUnderMasks;
  };
  leastSure: {
    params: {
      readonly model: string;
      readonly set: string | null;
      readonly pictures: number;
      readonly passes: number;
      readonly seed: number;
    };
    result: LeastSure;
  };
  reliance: {
    params: { readonly model: string; readonly layer: string; readonly occurrence: number };
    result: Reliance;
  };
  /** The answer with the given channels off. */
  channelsOff: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly off: readonly number[];
    };
    result: AnswerChange;
  };
  relianceCurves: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly set: string | null;
      readonly pictures: number;
      readonly seed: number;
    };
    result: RelianceCurves;
  };
  /** Over the positions and pictures of a data set; `set: null`: the input now set alone. */
  channelCorrelation: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly set: string | null;
      readonly pictures: number;
    };
    result: ChannelCorrelation;
  };
  /**
   * Grad-CAM for the answer of the input now set, while masks switch off whole channels of a layer at the rate given and
   * scale the rest by 1/(1 - rate), as dropout does; any layer will do. Progress.
   */
  camUnderMasks: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly rate: number;
      readonly seed: number;
      readonly masks: number;
    };
    result: CamUnderMasks;
  };
  /** A picture of a data set as it is, to be made the input. */
  chooseFromSet: {
    params: { readonly model: string; readonly set: string; readonly index: number };
    result: { readonly pixels: Pixels; readonly label: string };
  };
}
