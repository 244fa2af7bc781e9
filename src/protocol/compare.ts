/** Two networks, two versions of one, or one network on two pictures. `model` is the one shown, `other` stands against it. */
import type { AnswerChange } from './answer';
import type { InputSource, PreparedInput } from './inputs';
import type { OpenedModel } from './requests';
import type { Pixels, Tiles } from './values';

export interface ChannelDifference {
  readonly index: number;
  /** Euclidean distance `|b - a|`. */
  readonly distance: number;
  /** `|b - a| / |a|`; `null` where `a` is zero and `b` is not. */
  readonly relative: number | null;
  /** Cosine of the angle between the two; `null` where one is zero. */
  readonly cosine: number | null;
}

export type TensorDifference =
  | {
      readonly comparable: true;
      /** Largest `|b - a|` of one value. */
      readonly largest: number;
      /** `|b - a| / |a|` over everything; `null` where `a` is zero and `b` is not. */
      readonly relative: number | null;
      readonly perChannel: readonly ChannelDifference[];
    }
  | { readonly comparable: false; readonly reason: string };

export interface PairOfLayers {
  readonly a: string;
  readonly b: string;
  readonly how: 'place' | 'shape';
  /** Of the first kernel; `null` where the layer has none. */
  readonly kernels: TensorDifference | null;
}

export interface ModelComparison {
  readonly pairs: readonly PairOfLayers[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

interface Both {
  readonly model: string;
  readonly other: string;
  readonly a: string;
  readonly b: string;
}

interface Leading {
  readonly index: number;
  readonly label: string | null;
  readonly value: number;
}

export interface DifferentlyAnswered {
  /** In the data set. */
  readonly index: number;
  readonly preview: Pixels;
  readonly truth: number | null;
  readonly a: Leading;
  readonly b: Leading;
}

export interface CompareRequests extends Record<string, { params: unknown; result: unknown }> {
  /** The same network with another input, as a model of its own; close it when done. */
  openTwin: {
    params: { readonly model: string; readonly source: InputSource };
    result: { readonly opened: OpenedModel; readonly prepared: PreparedInput };
  };
  /** Layers matched, kernels compared. Progress. */
  compareModels: { params: { readonly model: string; readonly other: string }; result: ModelComparison };
  /** The first outputs on the picture now set (a twin keeps its own), and how the other one was prepared. */
  compareAnswers: {
    params: { readonly model: string; readonly other: string };
    result:
      | { readonly kind: 'compared'; readonly change: AnswerChange; readonly prepared: string }
      | { readonly kind: 'not compared'; readonly reason: string };
  };
  /** The answers of both to pictures of a data set that fits the first. Progress. */
  compareOverSet: {
    params: {
      readonly model: string;
      readonly other: string;
      /** `null`: the best fitting one. */
      readonly set: string | null;
      readonly pictures: number;
    };
    result: {
      readonly set: string;
      readonly title: string;
      readonly pictures: number;
      readonly differ: number;
      /** Where the labels fit. */
      readonly right: { readonly a: number; readonly b: number; readonly of: number } | null;
      /** The first of those answered differently. */
      readonly differing: readonly DifferentlyAnswered[];
      readonly probabilities: boolean;
    };
  };
  compareMaps: { params: Both; result: TensorDifference };
  /** `|b - a| / |a|` of the maps of each pair, in the order asked; `null` where sizes differ or `a` is zero. Progress. */
  compareAllMaps: {
    params: {
      readonly model: string;
      readonly other: string;
      readonly pairs: readonly { readonly a: string; readonly b: string }[];
    };
    result: readonly (number | null)[];
  };
  /** Pictures of `b - a` on one symmetric scale; `channels` are filters or maps. */
  differenceTiles: {
    params: Both & { readonly of: 'kernels' | 'maps'; readonly channels: readonly number[] };
    result: Tiles;
  };
}
