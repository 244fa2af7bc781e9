/** Numbers and pictures that answers are made of. */

/** Row-major RGBA, 4 bytes a pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

export interface Statistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Mean of |value|: how strong the values are, whatever their signs. */
  readonly meanAbs: number;
  readonly std: number;
  /** Share of exact zeros, in [0, 1]. */
  readonly zeros: number;
  /** NaN and infinite entries. */
  readonly notFinite: number;
}

/** What the film strip tells of a value; the maps' sheet has the whole of `Statistics`. */
export type ValueFacts = Pick<Statistics, 'count' | 'min' | 'max' | 'mean' | 'meanAbs' | 'notFinite'>;

export interface Histogram {
  /** `counts.length + 1` ascending edges. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export type ScaleMode = 'shared' | 'each';

export type ColormapName = 'viridis' | 'gray' | 'diverging';

export interface TileRequest {
  readonly model: string;
  readonly layer: string;
  readonly scale: ScaleMode;
  readonly colormap: ColormapName;
}

/** One picture for each asked index, in the order asked. */
export interface Tiles {
  readonly tiles: readonly Pixels[];
  /** The value range the colours of each tile span. */
  readonly ranges: readonly ValueRange[];
}
