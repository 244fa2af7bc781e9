/**
 * Keras 1's Sequential that begins with `Merge`: the branches are whole models inside the Merge's own configuration. Keras
 * lists their layers beside those of the model (`flattened_layers`), in its summary and in the file's weights; so does this.
 */
import { fieldOf } from '../../core/keras/attributes';
import { damaged } from '../../files/problem';
import type { LayerSpec, ModelSpec, Pointer, SpecCall } from './spec';
import { t } from '../../core/texts';

/** The configurations of the branches of a Merge; `null` for any other layer. */
export function branchesOf(layer: unknown): readonly unknown[] | null {
  if (fieldOf(layer, 'class_name') !== 'Merge') return null;
  const branches = fieldOf(fieldOf(layer, 'config'), 'layers');
  return Array.isArray(branches) && branches.length > 0 ? branches : null;
}

class Flattened {
  readonly layers = new Map<string, LayerSpec>();
  readonly inputs: Pointer[] = [];

  /** One more use of a layer; one that two branches share is kept once, as it keeps its weights once. */
  use(layer: LayerSpec, inputs: readonly Pointer[]): Pointer {
    const call: SpecCall = { inputs, constants: [] };
    const before = this.layers.get(layer.name);
    if (before !== undefined && before.className !== layer.className)
      throw damaged(t('two branches of the merged model have different layers named {0}', layer.name.slice(0, 80)));
    const calls = inputs.length === 0 ? [] : [...(before?.calls ?? []), call];
    this.layers.set(layer.name, { ...layer, calls });
    return { layer: layer.name, node: Math.max(0, calls.length - 1), tensor: 0 };
  }

  sequential(branch: ModelSpec): Pointer {
    const [first] = branch.layers;
    if (first === undefined) throw damaged(t('a branch of the merged model holds no layer'));
    let last: Pointer;
    if (first.className === 'InputLayer') last = this.use(first, []);
    else last = this.use(this.impliedInput(first), []);
    this.inputs.push(last);
    for (const layer of branch.layers.slice(first.className === 'InputLayer' ? 1 : 0)) last = this.use(layer, [last]);
    return last;
  }

  functional(branch: ModelSpec): Pointer {
    for (const layer of branch.layers) {
      if (this.layers.has(layer.name))
        throw damaged(t('two branches of the merged model have layers named {0}', layer.name.slice(0, 80)));
      this.layers.set(layer.name, layer);
    }
    this.inputs.push(...branch.inputs);
    const [output, ...more] = branch.outputs;
    if (output === undefined || more.length > 0)
      throw damaged(t('a branch of the merged model has not exactly one output'));
    return output;
  }

  /** Keras 1 names the input it makes after the layer. */
  private impliedInput(first: LayerSpec): LayerSpec {
    let name = `${first.name}_input`;
    for (let i = 2; this.layers.has(name); i++) name = `${first.name}_input_${i}`;
    const attributes = new Map<string, unknown>([['batch_input_shape', statedShape(first)]]);
    return {
      name,
      className: 'InputLayer',
      module: null,
      config: attributes,
      attributes,
      trainable: true,
      model: null,
      wrapped: null,
      calls: [],
      inbound: [],
      implied: true
    };
  }
}

/** What the layer, or the first layer of the model it is, says about its input; unknown where nothing does. */
function statedShape(layer: LayerSpec): unknown {
  const inner = layer.model?.layers[0];
  if (inner !== undefined) return statedShape(inner);
  return layer.attributes.get('batch_input_shape');
}

/** @param merge the Merge itself, @param rest the layers after it. @throws {FileProblem} where the branches do not join */
export function joinBranches(
  name: string,
  merge: LayerSpec,
  branches: readonly (ModelSpec | LayerSpec)[],
  rest: readonly LayerSpec[]
): ModelSpec {
  const flat = new Flattened();
  const ends = branches.map((branch) => {
    if (!('layers' in branch)) return flat.sequential(modelOfOne(branch));
    return branch.sequential ? flat.sequential(branch) : flat.functional(branch);
  });
  const config = new Map([...merge.config].filter(([key]) => key !== 'layers'));
  const plain = { ...merge, config, attributes: new Map([...merge.attributes].filter(([key]) => key !== 'layers')) };
  let last = flat.use(plain, ends);
  for (const layer of rest) last = flat.use(layer, [last]);
  return {
    name,
    className: 'Sequential',
    sequential: false,
    layers: [...flat.layers.values()],
    inputs: flat.inputs,
    outputs: [last],
    inputShape: null
  };
}

function modelOfOne(layer: LayerSpec): ModelSpec {
  const { name, className } = layer;
  return { name, className, sequential: true, layers: [layer], inputs: [], outputs: [], inputShape: null };
}
