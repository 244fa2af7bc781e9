/** A written model as the JSON that Keras or TensorFlow.js reads. */
import type { Config, Json, Target } from './unit';
import type { Pointer, Written, WrittenLayer, WrittenModel } from './written';

interface Form {
  readonly target: Target;
  /** Whether classes are written with the module they come from, as Keras 3 does. */
  readonly modules: boolean;
  /** How the uses of layers are written: Keras 3's calls with arguments, or the lists of Keras 2. */
  readonly calls: 'arguments' | 'lists';
}

/** `{class_name, config}` of the whole model. */
export function serialise(written: Written): Json {
  const { target, model } = written;
  const modules = target === 'keras' || (target === 'h5' && written.needsKeras3);
  const form: Form = { target, modules, calls: modules ? 'arguments' : 'lists' };
  return wrapped(model.className, modelConfig(model, true, form), { modules: target === 'keras' });
}

/** Keras 3 reads what says where it comes from by its own rules, everything else by those of Keras 2. */
function wrapped(
  className: string,
  config: Json,
  { modules }: Pick<Form, 'modules'>
): { readonly [key: string]: Json } {
  const bare = { class_name: className, config };
  if (!modules) return bare;
  const module =
    className === 'Functional' ? 'keras.src.models.functional' : className === 'Sequential' ? 'keras' : 'keras.layers';
  return { module, ...bare, registered_name: null };
}

function modelConfig(model: WrittenModel, trainable: boolean, form: Form): Json {
  if (model.className === 'Sequential') {
    return {
      name: model.name,
      trainable,
      layers: model.layers.map((layer) => wrapped(layer.className, layerConfig(layer, form), form))
    };
  }
  const models = new Set(model.layers.flatMap(({ name, className }) => (className === 'Functional' ? [name] : [])));
  // A functional model counts its own making as its first use: for Keras 3 where outputs are named, for TensorFlow.js always.
  const at = ({ layer, node, output }: Pointer, isEnd: boolean): Json => [
    layer,
    node + (models.has(layer) && (isEnd || form.target === 'tfjs') ? 1 : 0),
    output
  ];
  const layers = model.layers.map((layer): Json => ({
    ...wrapped(layer.className, layerConfig(layer, form), form),
    name: layer.name,
    inbound_nodes: layer.calls.map((inputs) => use(inputs, (pointer) => at(pointer, false), form))
  }));
  const outputs = model.outputs.map((pointer) => at(pointer, true));
  const [single] = outputs;
  return {
    name: model.name,
    trainable,
    layers,
    input_layers: model.inputs.map((pointer) => at(pointer, true)),
    // With a list of one, Keras 3 would answer with a list of one.
    output_layers: form.target !== 'tfjs' && outputs.length === 1 && single !== undefined ? single : outputs
  };
}

function use(inputs: readonly Pointer[], at: (pointer: Pointer) => Json, form: Form): Json {
  if (form.calls === 'lists') {
    return inputs.map((pointer) => {
      const place = at(pointer);
      return Array.isArray(place) ? [...(place as readonly Json[]), {}] : place;
    });
  }
  const tensors = inputs.map((pointer): Json => ({
    class_name: '__keras_tensor__',
    // Keras takes the shape from the wiring, but wants one to stand here.
    config: { shape: [], dtype: 'float32', keras_history: at(pointer) }
  }));
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
}

function layerConfig(layer: WrittenLayer, form: Form): Json {
  if (layer.model !== null) return modelConfig(layer.model, layer.trainable, form);
  // Not every class takes the flag, and without weights it says nothing.
  const frozen = !layer.trainable && layer.weights.length > 0;
  const own: Config = { name: layer.name, ...(frozen ? { trainable: false } : {}), ...layer.config };
  const { wrapped: inner } = layer;
  if (inner === null) return own;
  // Keras 3 wants to be told where the class of an inner layer comes from, in HDF5 files too.
  const held = wrapped(inner.className, layerConfig(inner, form), { modules: form.target !== 'tfjs' });
  return { ...own, layer: held };
}
