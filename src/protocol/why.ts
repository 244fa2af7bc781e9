/** Why a network answers as it does: attribution maps, answers under shaken weights, what a channel looks for. */
import type { Pixels, ValueRange } from './values';

export type AttributionMethod = 'gradCam' | 'gradCamPlus' | 'saliency' | 'smoothGrad' | 'integrated' | 'occlusion';

export type BaselineName = 'zero' | 'darkest' | 'mean';

export interface AttributionOptions {
  /** SmoothGrad: noisy copies, and the noise as a share of the input's range. */
  readonly samples: number;
  readonly sigma: number;
  readonly seed: number;
  /** Integrated gradients. */
  readonly steps: number;
  readonly baseline: BaselineName;
  /** Occlusion, in input pixels. */
  readonly window: number;
  readonly stride: number;
}

/** What can be explained. */
export interface WhyTargets {
  /** The network's outputs by the names of their layers; `output` of the requests counts them. */
  readonly outputs: readonly string[];
  /** Classes, output channels of a picture or mask, or single numbers, greatest first, at most 200. */
  readonly targets: readonly { readonly index: number; readonly label: string | null; readonly value: number }[];
  readonly kind: 'classes' | 'channels' | 'values';
  readonly probabilities: boolean;
  /** Layers with maps that the output is computed from, in network order; nested ones too. */
  readonly layers: readonly {
    readonly layer: string;
    readonly calls: number;
    /** The last call that the output depends on. */
    readonly lastCall: number;
    readonly size: readonly (number | null)[];
  }[];
  /** The last layer with more than one position: where class activation maps are taken by default. */
  readonly lastMaps: string | null;
  readonly dropoutLayers: number;
}

export interface AttributionMap {
  readonly index: number;
  readonly label: string | null;
  /** The explained score (logit or probability). */
  readonly score: number;
  /** The map as computed, at its own size. */
  readonly size: readonly [number, number];
  readonly values: Float32Array;
  readonly range: ValueRange;
  readonly colormap: 'viridis' | 'diverging';
  readonly raw: Pixels;
  /** At the input's size; opacity by strength. */
  readonly heat: Pixels;
  /** Share of the positive attribution in the brightest tenth; `null` without any. */
  readonly brightestTenth: number | null;
  /** The hottest window covered with the input's mean: what the score was and is then; `null` without positions. */
  readonly covered: {
    readonly top: number;
    readonly left: number;
    readonly height: number;
    readonly width: number;
    readonly before: number;
    readonly after: number;
  } | null;
  /** Integrated gradients: what the attributions sum to, and what they should sum to. */
  readonly completeness: { readonly sum: number; readonly expected: number } | null;
}

export interface AttributionAsk {
  readonly model: string;
  readonly output: number;
  readonly method: AttributionMethod;
  /** For class activation maps. */
  readonly layer: string | null;
  readonly occurrence: number;
  readonly score: 'logit' | 'probability';
  readonly options: AttributionOptions;
}

/** Answers under random draws. */
export interface AnswerSpread {
  readonly draws: number;
  readonly probabilities: boolean;
  readonly kind: 'classes' | 'values';
  /** Draws whose leading class is that of the still answer. */
  readonly agreeing: number;
  readonly entries: readonly {
    readonly index: number;
    readonly label: string | null;
    readonly still: number;
    readonly values: Float32Array;
    readonly mean: number;
    readonly deviation: number;
  }[];
}

export interface ShakenAnswers {
  readonly noise: AnswerSpread;
  /** `null` without dropout layers. */
  readonly masks: AnswerSpread | null;
}

export interface MaximisedPicture {
  readonly pixels: Pixels;
  readonly range: ValueRange;
  /** Activation at the start and after each step so far. */
  readonly activations: readonly number[];
}

export interface ExcitingPicture {
  readonly index: number;
  /** Greatest value of the channel's map over this picture. */
  readonly value: number;
  readonly preview: Pixels;
  /** The part of the input that made it: `[top, left, bottom, right]`, exclusive ends. */
  readonly window: readonly [number, number, number, number] | null;
  readonly crop: Pixels | null;
}

export interface WhyRequests extends Record<string, { params: unknown; result: unknown }> {
  whyTargets: { params: { readonly model: string; readonly output: number }; result: WhyTargets };
  /** One map for each class; progress. */
  attribution: {
    params: AttributionAsk & { readonly classes: readonly number[] };
    result: { readonly input: Pixels; readonly maps: readonly AttributionMap[] };
  };
  /** The same map with every kernel shuffled, and its rank correlation with the network's own map. */
  sanityCheck: {
    params: AttributionAsk & { readonly class: number; readonly weightSeed: number };
    result: { readonly map: AttributionMap; readonly similarity: number | null };
  };
  /**
   * The answer under `draws` draws of weight noise, and under as many dropout masks where there are dropout layers.
   * `progress.partial` is the result with the draws so far; the first follows within the bound for a slider.
   */
  shakeWeights: {
    params: {
      readonly model: string;
      readonly output: number;
      readonly sigma: number;
      readonly measure: 'proportional' | 'layer';
      readonly draws: number;
      readonly seed: number;
    };
    result: ShakenAnswers;
  };
  /** Gradient ascent; `progress.partial` is a `MaximisedPicture`. */
  maximise: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly channel: number;
      readonly steps: number;
      readonly seed: number;
      readonly l2: number;
      readonly totalVariation: number;
      readonly jitter: number;
    };
    result: MaximisedPicture;
  };
  /** The pictures of a data set that excite a channel most; progress. */
  excitingPictures: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly channel: number;
      readonly dataSet: string | null;
      readonly count: number;
    };
    result: {
      readonly dataSet: string;
      readonly looked: number;
      readonly pictures: readonly ExcitingPicture[];
    };
  };
}
