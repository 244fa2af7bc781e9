/** Input shapes as the source states them. */
import { t } from '../../core/texts';
import type { Dim, Shape } from '../../core/shape';
import { ListValue, Unknown, type Value } from '../interpreter/values';
import { LayerValue, ModelValue, type TensorValue } from './values';

/**
 * A shape argument as a shape with the batch axis. Sizes that are not known become `null`: the axis is there, its size is
 * open.
 */
export function shapeOfValue(value: Value, batchIncluded: boolean): Shape | Unknown {
  if (value instanceof Unknown) return value;
  if (typeof value === 'number') return batchIncluded ? [value] : [null, value];
  if (!(value instanceof ListValue)) return new Unknown(t('the input shape is not a tuple'));
  if (value.taint !== null) return value.taint;
  const sizes = value.items.map((item): Dim => (typeof item === 'number' ? item : null));
  return batchIncluded ? [null, ...sizes.slice(1)] : [null, ...sizes];
}

/** What a layer's own arguments say about its input; `null` where they say nothing. */
export function shapeFromArguments(layer: LayerValue): Shape | Unknown | null {
  const { attributes, className, fixedKind } = layer;
  if (className === 'InputLayer' && fixedKind?.kind === 'input') return fixedKind.shape;
  for (const name of ['batch_input_shape', 'batch_shape']) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null) return shapeOfValue(value, true);
  }
  const value = attributes.get('input_shape') ?? (className === 'InputLayer' ? attributes.get('shape') : undefined);
  if (value !== undefined && value !== null) return shapeOfValue(value, false);
  const size = attributes.get('input_dim');
  if (size !== undefined && className !== 'Embedding') {
    const length = attributes.get('input_length');
    const last = typeof size === 'number' ? size : null;
    return length === undefined ? [null, last] : [null, typeof length === 'number' ? length : null, last];
  }
  if (className === 'Embedding') {
    const length = attributes.get('input_length');
    return [null, typeof length === 'number' ? length : null];
  }
  return null;
}

/** The input shape of a Sequential, batch axis first. */
export function declaredShape(model: ModelValue, shapeOf: (tensor: TensorValue) => Shape | null): Shape | Unknown {
  const first = model.layers[0];
  const missing = new Unknown(t('the code gives no input shape'));
  if (first instanceof ModelValue) {
    if (first.type === 'sequential') {
      const nested = declaredShape(first, shapeOf);
      return nested instanceof Unknown ? (model.builtShape ?? nested) : nested;
    }
    const input = first.inputs[0];
    return (input === undefined ? null : shapeOf(input)) ?? model.builtShape ?? missing;
  }
  if (first === undefined) return model.builtShape ?? new Unknown(t('the model has no layers'));
  const stated = shapeFromArguments(first);
  const wrapped = first.attributes.get('layer');
  const inner = stated === null && wrapped instanceof LayerValue ? shapeFromArguments(wrapped) : null;
  if (inner !== null && !(inner instanceof Unknown) && first.className === 'TimeDistributed') {
    return [null, null, ...inner.slice(1)];
  }
  return stated ?? inner ?? model.builtShape ?? missing;
}
