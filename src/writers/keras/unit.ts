/** What one layer of the model becomes in the file: one Keras layer, or a few in a row that compute the same. */
import type { LayerNode } from '../../core/model';
import type { Shape } from '../../core/shape';
import type { KerasWeight } from './arrange';
import { CannotWrite } from '../cannotWrite';
import { t } from '../../core/texts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Config = Readonly<Record<string, Json>>;

/**
 * Whose words the file is written in: Keras 3 (`.keras`), Keras 2 and 3 together (`.h5`), or TensorFlow.js.
 * The same word may mean different things in them.
 */
export type Target = 'keras' | 'h5' | 'tfjs';

/** A Keras layer before it has a name. */
export interface Unit {
  readonly className: string;
  readonly config: Config;
  /** Added to the layer's name; empty for the one that stands for the layer itself. */
  readonly suffix: '' | 'pad' | 'crop' | 'scale' | 'shape' | 'activation';
  readonly weights: readonly KerasWeight[];
}

/** What is known while a layer is written. */
export interface WriteContext {
  readonly target: Target;
  readonly layer: LayerNode;
  /** Of the layer's first call; `null` where it is not known. */
  readonly input: Shape | null;
  /** What the person should know about the file. */
  notice(message: string): void;
  /** The file holds something that only Keras 3 understands. */
  needsKeras3(): void;
}

export const TARGET_NAMES: Readonly<Record<Target, string>> = {
  keras: 'Keras 3',
  h5: 'Keras HDF5',
  tfjs: 'TensorFlow.js'
};

export const unit = (className: string, config: Config, weights: readonly KerasWeight[] = []): Unit => ({
  className,
  config,
  suffix: '',
  weights
});

/** @throws {CannotWrite} always: `PixelShuffle up: Keras 3 has no layer for it` */
export function refuse(context: WriteContext, reason: string): never {
  const { layer } = context;
  const named =
    layer.sourceType === '' || layer.sourceType === layer.name ? layer.name : `${layer.sourceType} ${layer.name}`;
  throw new CannotWrite(named, reason);
}

export function refuseFor(context: WriteContext, what: string): never {
  return refuse(context, t('{0} has no layer for it: {1}', TARGET_NAMES[context.target], what));
}

export const dataFormat = (format: 'channelsLast' | 'channelsFirst'): Json =>
  format === 'channelsFirst' ? 'channels_first' : 'channels_last';
