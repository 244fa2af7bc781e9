/**
 * What a layer's own configuration says beyond its kind and is worth keeping: how fresh weights are drawn, regularizers,
 * constraints, seeds. It comes from a file or from source text and is copied by name, value by value.
 */
import { fieldOf } from '../../core/keras/attributes';
import type { LayerNode } from '../../core/model';
import type { Config, Json, Target } from './unit';

const OBJECTS = /^(\w+)_(initializer|regularizer|constraint)$/;
const MODULES: Readonly<Record<string, string>> = {
  initializer: 'keras.initializers',
  regularizer: 'keras.regularizers',
  constraint: 'keras.constraints'
};

/** What a class has such attributes for; Keras 2 let a layer have more of them than Keras 3 takes. */
const PARTS: readonly (readonly [classes: RegExp, parts: readonly string[]])[] = [
  [/^(Conv\dD(Transpose)?|Dense)$/, ['kernel', 'bias', 'activity']],
  [/^DepthwiseConv/, ['depthwise', 'bias', 'activity']],
  [/^SeparableConv/, ['depthwise', 'pointwise', 'bias', 'activity']],
  [/^BatchNormalization$/, ['gamma', 'beta', 'moving_mean', 'moving_variance']],
  [/^(Layer|Group)Normalization$/, ['gamma', 'beta']],
  [/^(SimpleRNN|LSTM|GRU)$/, ['kernel', 'recurrent', 'bias', 'activity']],
  [/^Embedding$/, ['embeddings', 'activity']],
  [/^PReLU$/, ['alpha']]
];

/** Plain attributes by the class that has them. */
const PLAIN: readonly (readonly [classes: RegExp, names: readonly string[]])[] = [
  [/Dropout|Noise/, ['seed']],
  [/^(SimpleRNN|LSTM|GRU)$/, ['dropout', 'recurrent_dropout', 'unroll']],
  [/^Embedding$/, ['mask_zero']],
  [/^ActivityRegularization$/, ['l1', 'l2']]
];

/** The value as JSON; `undefined` where it is not (a function of the program, an endless number). */
export function plainJson(value: unknown, depth = 0): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || depth > 8) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => plainJson(item, depth + 1));
    return items.some((item) => item === undefined) ? undefined : items.map((item) => item ?? null);
  }
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  const plain: [string, Json][] = [];
  for (const [name, item] of entries) {
    const json = plainJson(item, depth + 1);
    if (typeof name !== 'string' || json === undefined) return undefined;
    plain.push([name, json]);
  }
  return Object.fromEntries(plain);
}

/** A serialised object in the target's form: Keras 3 names the module, earlier versions know only class and config. */
function objectFor(target: Target, attribute: string, value: unknown): Json | undefined {
  if (value === null || typeof value === 'string') return value;
  const className = fieldOf(value, 'class_name');
  const config = plainJson(fieldOf(value, 'config') ?? {});
  // Classes of the person's own cannot be named in a file that others open.
  const registered = fieldOf(value, 'registered_name');
  if (typeof className !== 'string' || config === undefined || typeof registered === 'string') return undefined;
  const bare = { class_name: className, config };
  if (target !== 'keras') return bare;
  const module = MODULES[OBJECTS.exec(attribute)?.[2] ?? ''] ?? 'keras';
  return { module, ...bare, registered_name: null };
}

/** TensorFlow.js has one regularizer and fails at an initializer it does not know; weights make those unnecessary. */
function forTfjs(attribute: string, value: Json | undefined): Json | undefined {
  if (!attribute.endsWith('_regularizer')) return undefined;
  const name = fieldOf(value, 'class_name');
  if (name !== 'L1' && name !== 'L2' && name !== 'L1L2') return undefined;
  const number = (key: string): number => {
    const given = fieldOf(fieldOf(value, 'config'), key);
    return typeof given === 'number' ? given : 0;
  };
  return { class_name: 'L1L2', config: { l1: number('l1'), l2: number('l2') } };
}

/** @param className the class that is written, whose attributes these become */
export function keptConfig(layer: LayerNode, className: string, target: Target): Config {
  const kept: [string, Json][] = [];
  const plain = PLAIN.filter(([classes]) => classes.test(className)).flatMap(([, names]) => names);
  const parts = PARTS.filter(([classes]) => classes.test(className)).flatMap(([, names]) => names);
  for (const [name, value] of layer.config) {
    const part = OBJECTS.exec(name)?.[1];
    if (part !== undefined) {
      if (!parts.includes(part)) continue;
      const object = objectFor(target, name, value);
      const json = target === 'tfjs' ? forTfjs(name, object) : object;
      if (json !== undefined) kept.push([name, json]);
    } else if (plain.includes(name)) {
      const json = plainJson(value);
      if (json !== undefined) kept.push([name, json]);
    }
  }
  return Object.fromEntries(kept);
}
