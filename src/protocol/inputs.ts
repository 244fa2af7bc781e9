/** What goes into a network, and how a picture becomes numbers. */
import type { Pixels, Statistics } from './values';

export type NormalizationName = '0..1' | '-1..1' | '0..255' | 'imagenet' | 'caffe' | 'none';

export interface Preprocessing {
  readonly fit: 'stretch' | 'cover' | 'contain';
  readonly normalization: NormalizationName;
  readonly colour: 'rgb' | 'bgr' | 'gray';
  readonly invert: boolean;
}

export type InputSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  /** RGBA drawn in the pad. */
  | { readonly kind: 'drawing'; readonly pixels: Pixels }
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'noise'; readonly seed: number };

export interface PreparedInput {
  readonly input: number;
  readonly label: string;
  /** What the network sees, de-normalised for display. */
  readonly preview: Pixels;
  readonly statistics: Statistics;
  readonly preprocessing: Preprocessing;
  /** Why this preprocessing was chosen. */
  readonly reason: string;
  readonly originalSize: readonly [number, number] | null;
}

export interface SampleInfo {
  readonly id: string;
  readonly title: string;
  readonly fits: boolean;
  readonly thumbnail: Pixels;
}

export interface PresetAnswer {
  readonly preprocessing: Preprocessing;
  readonly preview: Pixels;
  readonly top: readonly { readonly index: number; readonly label: string | null; readonly value: number }[];
  /** Whether the values are probabilities that sum to one. */
  readonly probabilities: boolean;
  /**
   * The spread of the values at the trained batch normalisations relative to the one they learned: 1 is as in training;
   * `null` where there are none.
   */
  readonly spread: number | null;
  /** Whether `spread` is what a picture like those in training gives. */
  readonly likeTraining: boolean;
}

export interface PresetComparison {
  readonly answers: readonly PresetAnswer[];
  /** The index of the one that is like training and clearly surest among those; `null` where it stays open. */
  readonly best: number | null;
  /** How many batch normalisations were compared with. */
  readonly norms: number;
}
