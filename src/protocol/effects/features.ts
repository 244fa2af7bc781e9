/** Inputs that could exist: what the last layer reads for one picture under noise, beside pictures of a data set. */
import type { Pixels } from '../values';

/** Which small changes of a picture are drawn. */
export type AugmentationName = 'all' | 'shift' | 'rotation' | 'brightness' | 'noise';
export type NoiseName = 'masks' | 'weights' | 'augmentation';

export interface FeatureAnswer {
  readonly index: number;
  readonly label: string | null;
  readonly value: number;
}

export interface FeaturePoint {
  /** Coordinates along the two principal components, in units of the features. */
  readonly x: number;
  readonly y: number;
  /** Euclidean distance to the clean copy over all features. */
  readonly distance: number;
  /** The leading outputs, greatest first, at most 3. */
  readonly top: readonly FeatureAnswer[];
}

export interface UnseenPoint extends FeaturePoint {
  /** In the data set. */
  readonly index: number;
  /** Output index of its label; `null` where labels are not known. */
  readonly truth: number | null;
  /** The nearest noisy copy over all features. */
  readonly nearest: { readonly noise: NoiseName; readonly copy: number; readonly distance: number } | null;
}

/** Of the unseen pictures that count, how many a noisy copy is nearer to than the clean one. */
export interface NearerShare {
  /** Nearer to the nearest of all copies. */
  readonly some: number;
  /** Share nearer to one copy, on average over the copies. */
  readonly each: number;
  readonly of: number;
}

export interface NoisyCopies {
  readonly noise: NoiseName;
  /** In the order of their seeds. */
  readonly points: readonly FeaturePoint[];
  readonly meanDistance: number;
  /** Copies whose leading output is not the clean one's. */
  readonly flipped: number;
  readonly all: NearerShare;
  /** Among unseen pictures of the clean copy's class. */
  readonly same: NearerShare;
}

export interface FeatureSpace {
  /** The layer that gives the features, the one that reads them, how many there are. */
  readonly layer: string;
  readonly reader: string;
  readonly size: number;
  /** Whether each feature is the mean of a map over its places. */
  readonly pooled: boolean;
  readonly set: string;
  readonly title: string;
  readonly probabilities: boolean;
  /** Whether a picture's class is its label; else it is what the network answers. */
  readonly labelled: boolean;
  /** Pictures of the set that are the input itself, left out. */
  readonly leftOut: number;
  /** Share of the unseen pictures' variance along the two components. */
  readonly explained: readonly [number, number];
  readonly firstSeed: number;
  readonly clean: FeaturePoint;
  readonly unseen: readonly UnseenPoint[];
  /** Mean distance to the clean copy of unseen pictures of its class, and of others; `null` without any. */
  readonly distanceSame: number | null;
  readonly distanceOther: number | null;
  /** Kinds of noise that this model and input allow. */
  readonly copies: readonly NoisyCopies[];
  /** Random layers, by name; empty: no masks. */
  readonly randomLayers: readonly string[];
  /** Whether the input is a picture; else there is no augmentation. */
  readonly picture: boolean;
  /** Whether the model has weights that can be shaken. */
  readonly weights: boolean;
}

interface Place {
  readonly model: string;
  /** `null`: the best fitting data set. */
  readonly set: string | null;
}

export interface FeatureRequests extends Record<string, { params: unknown; result: unknown }> {
  /** Progress. */
  featureSpace: {
    params: Place & {
      readonly pictures: number;
      readonly copies: number;
      /** Copy `i` uses seed `seed + i`. */
      readonly seed: number;
      /** Of the weight noise, relative to each weight's standard deviation in its layer. */
      readonly sigma: number;
      readonly augmentation: AugmentationName;
    };
    result: FeatureSpace;
  };
  /** A picture of the set as the network sees it, or the input under one augmentation. */
  featurePicture: {
    params: Place & {
      readonly of:
        | { readonly kind: 'unseen'; readonly index: number }
        | { readonly kind: 'augmentation'; readonly seed: number; readonly augmentation: AugmentationName };
    };
    result: { readonly pixels: Pixels };
  };
}
