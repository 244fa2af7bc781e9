/** The calls of one run through `forward` as a graph: modules by their paths, operations by what they are. */
import type { Call, Graph, LayerNode, Notice, SourceRange, ValueRef } from '../../core/model';
import { t } from '../../core/texts';
import type { Unknown } from '../interpreter/values';
import type { Located } from '../python/ast';
import { translateModule } from './layers';
import type { Part } from './modules';
import { nodeOf, type Trace } from './tensors';
import type { TorchTensor } from './values';
import { ModuleValue, type TorchCall } from './values';

export interface GraphParts {
  readonly name: string;
  /** Every leaf of the model in the order of registration. */
  readonly leaves: readonly Part[];
  /** Parts that are called and not known. */
  readonly unknown: readonly { readonly path: string; readonly reason: Unknown }[];
  /** Everything the modules hold is known: a value of `forward` that is not known can then hide no weights. */
  readonly isComplete: boolean;
  readonly trace: Trace | null;
  readonly inputs: readonly TorchTensor[];
  readonly outputs: readonly TorchTensor[];
  rangeOf(at: Located): SourceRange;
}

export interface BuiltTorchGraph {
  readonly graph: Graph;
  readonly notices: readonly Notice[];
  readonly callSites: ReadonlyMap<string, readonly SourceRange[]>;
}

export function buildTorchGraph(parts: GraphParts): BuiltTorchGraph {
  const builder = new Builder(parts);
  return builder.build();
}

class Builder {
  private readonly layers = new Map<string, LayerNode>();
  private readonly ids = new Map<object, string>();
  private readonly notices: Notice[] = [];
  private readonly callSites = new Map<string, readonly SourceRange[]>();
  private readonly paths: ReadonlyMap<object, string>;

  constructor(private readonly parts: GraphParts) {
    this.paths = new Map(parts.leaves.map(({ path, value }) => [value, path]));
  }

  build(): BuiltTorchGraph {
    const { trace, leaves } = this.parts;
    const kept = trace === null ? [] : keptCalls(trace, this.parts.outputs);
    const places = new Map<TorchCall, number>();
    const calls: Call[] = [];
    const taken = new Set(leaves.map(({ path }) => path));
    const ref = (tensor: TorchTensor): ValueRef => ({ call: places.get(tensor.call) ?? 0, output: tensor.output });
    for (const call of kept) {
      const id = calls.length;
      places.set(call, id);
      calls.push({ id, layer: this.layerOf(call, taken), inputs: call.inputs.map(ref) });
    }
    // What `forward` does not call is still there, and counts.
    for (const { path, value } of leaves) {
      if (this.ids.has(value)) continue;
      const { kind, declaredFeatures, declaredParameters } =
        value instanceof ModuleValue
          ? translateModule(value, null)
          : {
              kind: { kind: 'opaque' as const, reason: t('a weight the module uses by itself') },
              declaredFeatures: undefined,
              declaredParameters: parameterCount(value.sizes)
            };
      const name = path === '' ? 'module' : path;
      const type = value instanceof ModuleValue ? value.className : 'Parameter';
      this.add(
        value,
        name,
        { ...nodeOf(name, type, kind), trainable: value.trainable, declaredFeatures, declaredParameters, listed: true },
        value
      );
    }
    for (const { path, reason } of this.parts.unknown) {
      const name = free(path, taken);
      const kind = { kind: 'opaque' as const, reason: t('this layer is not known: {0}', reason.reason) };
      this.add(reason, name, { ...nodeOf(name, '?', kind), listed: true }, null);
    }
    const graph: Graph = {
      name: this.parts.name,
      layers: this.layers,
      calls,
      inputs: this.parts.inputs.filter((tensor) => places.has(tensor.call)).map(ref),
      outputs: this.parts.outputs.filter((tensor) => places.has(tensor.call)).map(ref)
    };
    return { graph, notices: this.notices, callSites: this.callSites };
  }

  private layerOf(call: TorchCall, taken: Set<string>): string {
    const { target } = call;
    if (target instanceof ModuleValue) {
      const known = this.ids.get(target);
      if (known !== undefined) return known;
      const path = this.paths.get(target);
      if (path !== undefined) {
        const name = path === '' ? call.layer.sourceType : path;
        return this.add(target, name, { ...call.layer, listed: true, trainable: target.trainable }, target);
      }
      const name = free(call.layer.sourceType.toLowerCase(), taken);
      const reason = t(
        'it is no part of the module in PyTorch’s eyes (a plain list?): its parameters are not counted or trained'
      );
      this.notices.push({ code: 'not-registered', message: reason, layer: name });
      return this.add(
        target,
        name,
        { ...call.layer, kind: withoutWeights(call, reason), declaredParameters: { learned: 0, measured: 0 } },
        target
      );
    }
    if (target === 'input') {
      const tensor = this.parts.inputs.find((input) => input.call === call);
      const kind =
        tensor === undefined || tensor.shape === null
          ? call.layer.kind
          : { kind: 'input' as const, shape: tensor.shape, dtype: 'float32' };
      return this.add(call, free(call.layer.name, taken), { ...call.layer, kind }, null);
    }
    const name = free(operationName(target.label), taken);
    const weightless = { ...call.layer, declaredParameters: { learned: 0, measured: 0 } };
    const id = this.add(call, name, this.parts.isComplete && target.label === '?' ? weightless : call.layer, target);
    if (target.remark !== undefined) this.notices.push({ code: 'remark', message: target.remark, layer: id });
    return id;
  }

  private add(
    key: object,
    name: string,
    layer: LayerNode,
    origin: { readonly at: Located; readonly stack: readonly Located[] } | null
  ): string {
    const node: LayerNode = {
      ...layer,
      id: name,
      name,
      source: origin === null ? undefined : this.parts.rangeOf(origin.at)
    };
    this.layers.set(name, node);
    this.ids.set(key, name);
    if (node.kind.kind === 'opaque' && node.listed) {
      this.notices.push({ code: 'opaque', message: node.kind.reason, layer: name });
    }
    if (origin !== null && origin.stack.length > 0) {
      this.callSites.set(
        name,
        origin.stack.map((at) => this.parts.rangeOf(at))
      );
    }
    return name;
  }
}

/** Everything that surely runs, and what the outputs depend on. */
function keptCalls(trace: Trace, outputs: readonly TorchTensor[]): TorchCall[] {
  const needed = new Set<TorchCall>();
  const open = outputs.map((tensor) => tensor.call);
  for (let call = open.pop(); call !== undefined; call = open.pop()) {
    if (needed.has(call)) continue;
    needed.add(call);
    open.push(...call.inputs.map((tensor) => tensor.call));
  }
  const kept = new Set<TorchCall>();
  for (const call of trace.calls) {
    const reachable = call.inputs.every((tensor) => kept.has(tensor.call));
    if (needed.has(call) || (call.certain && reachable)) kept.add(call);
  }
  return [...kept];
}

function withoutWeights(call: TorchCall, reason: string): LayerNode['kind'] {
  const inputs = call.inputs.map((tensor) => tensor.shape);
  const outputs = call.outputs.filter((shape) => shape !== null);
  return { kind: 'opaque', reason, known: { inputs, outputs } };
}

function parameterCount(sizes: readonly (number | null)[] | null): LayerNode['declaredParameters'] {
  if (sizes === null || sizes.includes(null)) return undefined;
  return { learned: sizes.reduce<number>((product, size) => product * (size ?? 0), 1), measured: 0 };
}

const SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['+', 'add'],
  ['-', 'sub'],
  ['*', 'mul'],
  ['/', 'div'],
  ['@', 'matmul'],
  ['[ ]', 'slice'],
  ['[ ] =', 'assign'],
  ['?', 'unknown']
]);

function operationName(label: string): string {
  return SYMBOLS.get(label) ?? (label.replace(/\W+/g, '_').replace(/^_+|_+$/g, '') || 'operation');
}

function free(name: string, taken: Set<string>): string {
  let found = name;
  for (let i = 1; taken.has(found); i++) found = `${name}_${i}`;
  taken.add(found);
  return found;
}
