/** One `LayerSpec` as a canonical kind, with what the file's version implies. */
import { kerasLayer, type KerasLayer } from '../../core/keras/kerasLayer';
import type { KerasVersion } from '../../core/keras/activations';
import type { LayerKind } from '../../core/layerKind';
import type { Graph, LayerNode } from '../../core/model';
import type { LayerSpec } from './spec';
import { tfOperation } from './tfOperation';
import { t } from '../../core/texts';

export interface Dialect {
  readonly version: KerasVersion;
  readonly asymmetricResize: boolean;
}

/** `2.2.4-tf` -> 2; a file without a version is from the time before it was recorded. */
export function dialectOf(version: string | null, madeByTfjs = false): Dialect {
  const major = Number.parseInt(version ?? '1', 10);
  const standalone = version !== null && !version.includes('tf') && /^(1|2\.[0-2])\b/.test(version);
  return {
    version: major >= 3 ? 3 : major === 2 ? 2 : 1,
    asymmetricResize: madeByTfjs || standalone
  };
}

/** A graph of one layer, as TimeDistributed runs it. */
function graphOfOne(node: LayerNode, inputId: string): Graph {
  const input: LayerNode = {
    id: inputId,
    name: 'each step',
    kind: { kind: 'input', shape: [null], dtype: 'float32' },
    sourceType: 'InputLayer',
    config: new Map(),
    weights: [],
    trainable: true,
    listed: false
  };
  return {
    name: node.name,
    layers: new Map([
      [input.id, input],
      [node.id, node]
    ]),
    calls: [
      { id: 0, layer: input.id, inputs: [] },
      { id: 1, layer: node.id, inputs: [{ call: 0, output: 0 }] }
    ],
    inputs: [{ call: 0, output: 0 }],
    outputs: [{ call: 1, output: 0 }]
  };
}

/** A functional model in Keras 3 may hold bare operations, whose class names look like layers'. */
function isOperation(spec: LayerSpec): boolean {
  return spec.module !== null && /(^|\.)ops(\.|$)/.test(spec.module);
}

const OPERATIONS: ReadonlyMap<string, LayerKind> = new Map<string, LayerKind>([
  ['Add', { kind: 'merge', operation: 'add' }],
  ['Subtract', { kind: 'merge', operation: 'subtract' }],
  ['Multiply', { kind: 'merge', operation: 'multiply' }],
  ['Maximum', { kind: 'merge', operation: 'maximum' }],
  ['Minimum', { kind: 'merge', operation: 'minimum' }],
  ['Relu', { kind: 'activation', activation: { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } }],
  ['Sigmoid', { kind: 'activation', activation: { name: 'sigmoid' } }],
  ['Tanh', { kind: 'activation', activation: { name: 'tanh' } }]
]);

function operationOf(spec: LayerSpec): LayerKind {
  const opaque: LayerKind = { kind: 'opaque', reason: t('the operation {0} is not supported here', spec.className) };
  const kind = OPERATIONS.get(spec.className);
  const [call] = spec.calls;
  if (kind === undefined || call === undefined) return opaque;
  if (kind.kind !== 'merge') return kind;
  if (call.inputs.length === 2) return kind;
  const [constant, ...more] = call.constants;
  if (typeof constant !== 'number' || more.length > 0 || call.inputs.length !== 1) return opaque;
  if (kind.operation === 'multiply') return { kind: 'rescale', scale: constant, offset: 0 };
  return kind.operation === 'add' ? { kind: 'rescale', scale: 1, offset: constant } : opaque;
}

/**
 * @param innerNode makes the node of a wrapped layer (with its weights), given its kind
 */
export function translate(spec: LayerSpec, dialect: Dialect, innerNode: (wrapped: LayerSpec) => LayerNode): KerasLayer {
  if (spec.className === 'TFOpLambda') return { kind: tfOperation(spec), initializers: new Map() };
  if (isOperation(spec)) return { kind: operationOf(spec), initializers: new Map() };
  const context = { version: dialect.version, origin: 'file', asymmetricResize: dialect.asymmetricResize } as const;
  if (spec.wrapped === null) return kerasLayer(spec.className, spec.attributes, context);
  const node = innerNode(spec.wrapped);
  const inner = { kind: node.kind, graph: graphOfOne(node, `${node.id}/step`) };
  return kerasLayer(spec.className, spec.attributes, { ...context, inner });
}
