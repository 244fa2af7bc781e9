/** A `ModelSpec` and its tensors as a graph of canonical layers. */
import type { LayerKind } from '../../core/layerKind';
import type { Call, Graph, LayerNode, Notice, ValueRef } from '../../core/model';
import { Attributes, fieldOf } from '../../core/keras/attributes';
import { inputShapeOf } from '../../core/keras/structure';
import type { Dim, Shape } from '../../core/shape';
import { damaged } from '../../files/problem';
import { joinGates } from '../weights/gates';
import { fits, withRoles, type KernelConvention } from '../weights/roles';
import type { RawTensor } from '../weights/rawTensor';
import { slotsOf } from '../weights/slots';
import type { LayerSpec, ModelSpec, Pointer } from './spec';
import { translate, type Dialect } from './translate';
import { t } from '../../core/texts';

export interface BuildInput {
  readonly dialect: Dialect;
  readonly tensors: ReadonlyMap<LayerSpec, readonly RawTensor[]>;
  /** How this layer's kernels are stored. */
  readonly convention: (spec: LayerSpec) => KernelConvention;
  readonly notices: Notice[];
}

export function buildGraph(spec: ModelSpec, input: BuildInput, prefix = ''): Graph {
  return spec.sequential ? sequentialGraph(spec, input, prefix) : functionalGraph(spec, input, prefix);
}

class Ids {
  private readonly used = new Set<string>();
  constructor(private readonly prefix: string) {}
  unique(name: string): string {
    let id = this.prefix + name;
    for (let i = 2; this.used.has(id); i++) id = `${this.prefix}${name}#${i}`;
    this.used.add(id);
    return id;
  }
}

function nodeOf(spec: LayerSpec, input: BuildInput, id: string, inSequential: boolean): LayerNode {
  const base = { id, name: spec.name, sourceType: spec.className, config: spec.config, trainable: spec.trainable };
  if (spec.model !== null) {
    const graph = buildGraph(spec.model, input, `${id}/`);
    return { ...base, kind: { kind: 'model', graph, timeDistributed: false }, weights: [], listed: true };
  }
  const kept = input.tensors.get(spec) ?? [];
  let innerTook = false;
  const { kind, initializers } = translate(spec, input.dialect, (wrapped) => {
    if (wrapped.model === null) innerTook = true;
    // A Bidirectional layer keeps the weights of both its copies itself.
    const inner = spec.className === 'Bidirectional' ? [] : kept;
    const tensors = new Map([...input.tensors, [wrapped, inner] as const]);
    return nodeOf(wrapped, wrapped.model === null ? { ...input, tensors } : input, `${id}/${wrapped.name}`, false);
  });
  const own = input.dialect.version === 1 ? joinGates(kind, kept) : kept;
  const elsewhere = kind.kind === 'model' && innerTook;
  const weights = elsewhere ? [] : withRoles(kind, own, input.convention(spec));
  const slots = slotsOf(kind);
  if (own.length > 0 && !elsewhere && slots !== null && !fits(kind, own)) {
    input.notices.push({
      code: 'weights-do-not-fit',
      message: t(
        "The file's weights do not have the shapes that {0} {1} needs; they are shown, but not used.",
        spec.className,
        spec.name
      ),
      layer: id
    });
  }
  return {
    ...base,
    kind,
    weights,
    listed: !(kind.kind === 'input' && (inSequential || spec.implied === true)),
    initializers
  };
}

/** Input that the configuration does not list: Keras makes it from the first layer's shape. */
function impliedInput(first: LayerNode | undefined, shape: Shape | null, id: string): LayerNode {
  return {
    id,
    name: 'input',
    kind: { kind: 'input', shape: shape ?? openShape(first?.kind), dtype: 'float32' },
    sourceType: 'InputLayer',
    config: new Map(),
    weights: [],
    trainable: true,
    listed: false
  };
}

/** As many unknown sizes as the first layer needs. */
function openShape(kind: LayerKind | undefined): Shape {
  const rank = kind !== undefined && 'rank' in kind ? kind.rank + 2 : 2;
  return Array<Dim>(rank).fill(null);
}

function declaredShape(spec: LayerSpec | undefined): Shape | null {
  if (spec === undefined) return null;
  try {
    const shape = inputShapeOf(new Attributes(spec.attributes));
    if (shape !== null) return shape;
    // Old models state the size of a vector input as input_dim.
    const size = spec.attributes.get('input_dim');
    return typeof size === 'number' && spec.className === 'Dense' ? [null, size] : null;
  } catch {
    return null;
  }
}

function shapeFrom(values: readonly unknown[] | null): Shape | null {
  if (values === null || values.length === 0) return null;
  return values.map((size) => (typeof size === 'number' && Number.isInteger(size) && size >= 0 ? size : null));
}

/** The shape a nested model begins with, for the Sequential around it. */
function innerShape(node: LayerNode | undefined): Shape | null {
  if (node?.kind.kind !== 'model' || node.kind.timeDistributed) return null;
  const { graph } = node.kind;
  const call = graph.inputs[0] === undefined ? undefined : graph.calls[graph.inputs[0].call];
  const kind = call === undefined ? undefined : graph.layers.get(call.layer)?.kind;
  return kind?.kind === 'input' ? kind.shape : null;
}

function sequentialGraph(spec: ModelSpec, input: BuildInput, prefix: string): Graph {
  const ids = new Ids(prefix);
  const nodes = spec.layers.map((layer) => nodeOf(layer, input, ids.unique(layer.name), true));
  const [first] = nodes;
  const shape = declaredShape(spec.layers[0]) ?? shapeFrom(spec.inputShape) ?? innerShape(first);
  const all = first?.kind.kind === 'input' ? nodes : [impliedInput(first, shape, ids.unique('input')), ...nodes];
  const calls = all.map((node, id): Call => ({
    id,
    layer: node.id,
    inputs: id === 0 ? [] : [{ call: id - 1, output: 0 }]
  }));
  return {
    name: spec.name,
    layers: new Map(all.map((node) => [node.id, node])),
    calls,
    inputs: [{ call: 0, output: 0 }],
    outputs: [{ call: calls.length - 1, output: 0 }]
  };
}

interface Use {
  readonly id: string;
  readonly key: string;
  readonly inputs: readonly Pointer[];
}

const keyOf = (layer: string, node: number) => `${node}:${layer}`;

/**
 * Keras counts a nested model's own construction as its first node, so that its uses begin at 1 in files of some
 * versions and at 0 in others: the highest index in use tells.
 */
function firstNodes(spec: ModelSpec): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  const inner = spec.layers.flatMap((layer) => layer.calls.flatMap((call) => call.inputs));
  const pointers = namedArguments(spec) ? inner : [...spec.outputs, ...inner];
  for (const { layer, node } of pointers) highest.set(layer, Math.max(highest.get(layer) ?? 0, node));
  return new Map(
    spec.layers
      .filter(({ model }) => model !== null)
      .map(({ name, calls }) => [name, calls.length > 0 && (highest.get(name) ?? 0) >= calls.length ? 1 : 0])
  );
}

/** Whether the uses are written as Keras 3 does, `{args, kwargs}`. */
function namedArguments(spec: ModelSpec): boolean {
  return spec.layers.some(({ inbound }) => Array.isArray(inbound) && fieldOf(inbound[0], 'args') !== undefined);
}

/** Keras 3 counts a functional model's own construction where it names outputs, and only there. */
function outputNodes(spec: ModelSpec): ReadonlyMap<string, number> {
  const functional = spec.layers.filter(({ model }) => model !== null && !model.sequential);
  return new Map(
    functional.flatMap(({ name }): [string, number][] => {
      const nodes = spec.outputs.filter(({ layer }) => layer === name).map(({ node }) => node);
      return nodes.length > 0 && Math.min(...nodes) >= 1 ? [[name, 1]] : [];
    })
  );
}

function functionalGraph(spec: ModelSpec, input: BuildInput, prefix: string): Graph {
  const ids = new Ids(prefix);
  const nodes = spec.layers.map((layer) => nodeOf(layer, input, ids.unique(layer.name), false));
  const first = firstNodes(spec);
  const ends = namedArguments(spec) ? outputNodes(spec) : first;
  const uses = spec.layers.flatMap((layer, i): Use[] => {
    const id = nodes[i]?.id ?? layer.name;
    if (layer.calls.length === 0) return [{ id, key: keyOf(layer.name, 0), inputs: [] }];
    const offset = first.get(layer.name) ?? 0;
    return layer.calls.map((call, node) => ({ id, key: keyOf(layer.name, node + offset), inputs: call.inputs }));
  });
  const { calls, placed } = inOrder(uses);
  const valueOf = (pointer: Pointer): ValueRef => {
    const surplus = (ends.get(pointer.layer) ?? 0) - (first.get(pointer.layer) ?? 0);
    const call = placed.get(keyOf(pointer.layer, pointer.node - surplus));
    if (call === undefined) throw damaged(t('the model names an output of {0} that does not exist', pointer.layer));
    return { call, output: pointer.tensor };
  };
  const starts = calls.filter(({ inputs }) => inputs.length === 0).map(({ id }): ValueRef => ({ call: id, output: 0 }));
  return {
    name: spec.name,
    layers: new Map(nodes.map((node) => [node.id, node])),
    calls,
    inputs: spec.inputs.length > 0 ? spec.inputs.map(valueOf) : starts,
    outputs: spec.outputs.map(valueOf)
  };
}

/** The uses in topological order, otherwise as the file lists them. */
function inOrder(uses: readonly Use[]): { calls: Call[]; placed: ReadonlyMap<string, number> } {
  const byKey = new Map(uses.map((use, index) => [use.key, index]));
  const waiting = uses.map(({ inputs }) => inputs.length);
  const readers = uses.map((): number[] => []);
  uses.forEach(({ id, inputs }, index) => {
    for (const pointer of inputs) {
      const from = byKey.get(keyOf(pointer.layer, pointer.node));
      if (from === undefined) throw damaged(t('{0} reads from {1}, which does not exist', id, pointer.layer));
      readers[from]?.push(index);
    }
  });
  const calls: Call[] = [];
  const placed = new Map<string, number>();
  const ready = uses.map((_, index) => index).filter((index) => waiting[index] === 0);
  // The lowest index first keeps the file's order where the wiring allows it.
  while (ready.length > 0) {
    const index = ready.shift() ?? 0;
    const use = uses[index];
    if (use === undefined) break;
    placed.set(use.key, calls.length);
    calls.push({
      id: calls.length,
      layer: use.id,
      inputs: use.inputs.map((pointer) => ({
        call: placed.get(keyOf(pointer.layer, pointer.node)) ?? 0,
        output: pointer.tensor
      }))
    });
    for (const reader of readers[index] ?? []) {
      waiting[reader] = (waiting[reader] ?? 1) - 1;
      if (waiting[reader] === 0) insertSorted(ready, reader);
    }
  }
  if (calls.length < uses.length) throw damaged(t('the layers of the model read from each other in a circle'));
  return { calls, placed };
}

function insertSorted(list: number[], value: number): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, value);
}
