/** What a translator of Keras layers knows beside the class and its attributes. */
import type { DataFormat } from '../shape';
import type { LayerKind } from '../layerKind';
import type { Graph } from '../model';
import type { KerasVersion } from './activations';
import type { Attributes } from './attributes';

export interface KerasContext {
  readonly version: KerasVersion;
  /** A file states every attribute; source text leaves out defaults, which then are those of current releases. */
  readonly origin?: 'file' | 'source' | undefined;
  /** `image_data_format`, where a layer does not say. */
  readonly defaultDataFormat?: DataFormat | undefined;
  /** Bilinear upsampling of Keras before TensorFlow 2 and of TensorFlow.js: no half-pixel centres. */
  readonly asymmetricResize?: boolean | undefined;
  /** For wrappers (TimeDistributed, Bidirectional…): the wrapped layer, translated, as a kind and as a graph of its own. */
  readonly inner?: { readonly kind: LayerKind; readonly graph: Graph } | undefined;
}

/** Translates one class; throws `AttributeProblem` where an attribute makes no sense. */
export type Translator = (attributes: Attributes, context: KerasContext) => LayerKind;

/** The same translator under several class names that end in the number of spatial axes: `Conv` + `1D 2D 3D`. */
export function eachRank(
  stem: string,
  make: (rank: 1 | 2 | 3) => Translator,
  suffix = ''
): (readonly [string, Translator])[] {
  return ([1, 2, 3] as const).map((rank) => [`${stem}${rank}D${suffix}`, make(rank)] as const);
}
