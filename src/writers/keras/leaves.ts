/** Where the weights of a written model lie in each of the weight formats. */
import { storeName } from '../../core/keras/storeName';
import type { KerasWeight } from './arrange';
import type { WrittenLayer, WrittenModel } from './written';

/** One weight with its place. */
export interface Placed {
  readonly path: string;
  readonly weight: KerasWeight;
}

const CELLS = /^(SimpleRNN|LSTM|GRU)$/;

/** Paths of Keras 3: class names with a counter, in the order of the layers; and the names of the layers. */
export function storePlaces(model: WrittenModel): {
  readonly weights: readonly Placed[];
  readonly names: ReadonlyMap<string, string>;
} {
  const weights: Placed[] = [];
  const names = new Map([['vars', model.name]]);
  const layerAt = (layer: WrittenLayer, path: string): void => {
    names.set(`${path}/vars`, layer.name);
    if (layer.model !== null) modelAt(layer.model, `${path}/`);
    else if (layer.className === 'TimeDistributed' && layer.wrapped !== null) layerAt(layer.wrapped, `${path}/layer`);
    else {
      const counters = new Map<string, number>();
      for (const weight of layer.weights) {
        const direction = weight.direction === null ? '' : `/${weight.direction}_layer`;
        const cell = CELLS.test(layer.className) || weight.direction !== null ? '/cell' : '';
        const folder = `${path}${direction}${cell}/vars`;
        const index = counters.get(folder) ?? 0;
        counters.set(folder, index + 1);
        weights.push({ path: `${folder}/${index}`, weight });
      }
    }
  };
  const modelAt = (inner: WrittenModel, prefix: string): void => {
    const counters = new Map<string, number>();
    for (const layer of inner.layers) {
      const stem = storeName(layer.className);
      const count = counters.get(stem) ?? 0;
      counters.set(stem, count + 1);
      layerAt(layer, `${prefix}layers/${count === 0 ? stem : `${stem}_${count}`}`);
    }
  };
  modelAt(model, '');
  return { weights, names };
}

interface Named extends Placed {
  readonly learns: boolean;
}

/** The weights of a layer and of the models inside it, in the order of the layers, named by layer. */
function namedWeights(layer: WrittenLayer, prefix: string, trainable: boolean): Named[] {
  const learns = trainable && layer.trainable;
  const inner = layer.model ?? layer.wrapped?.model ?? null;
  if (inner !== null) return inner.layers.flatMap((each) => namedWeights(each, `${prefix}${layer.name}/`, learns));
  return layer.weights.map((weight) => {
    const part = weight.direction === null ? '' : `${weight.direction}_${layer.wrapped?.name ?? 'layer'}/`;
    return { path: `${prefix}${layer.name}/${part}${weight.name}`, weight, learns: learns && weight.learns };
  });
}

/** One group for each layer of the whole model, in Keras's order: first what learns, then the rest. */
export function layerGroups(
  model: WrittenModel
): readonly { readonly layer: string; readonly weights: readonly Placed[] }[] {
  return model.layers.map((layer) => {
    const all = namedWeights(layer, '', true);
    return {
      layer: layer.name,
      weights: [...all.filter(({ learns }) => learns), ...all.filter(({ learns }) => !learns)]
    };
  });
}

/** `layer/weight`, as TensorFlow.js finds weights. */
export function flatPlaces(model: WrittenModel): readonly Placed[] {
  return model.layers.flatMap((layer): readonly Placed[] => {
    const inner = layer.model ?? layer.wrapped?.model ?? null;
    if (inner !== null) return flatPlaces(inner);
    return namedWeights(layer, '', true);
  });
}
