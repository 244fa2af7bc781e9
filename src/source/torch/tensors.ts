/** Calls of modules and operations on tensors, their shapes, and sizes that are asked of tensors. */
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import type { Dim, Shape } from '../../core/shape';
import { layerShape } from '../../core/shapes/layerShape';
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { ListValue, Unknown, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import { translateModule } from './layers';
import type { ModuleValue } from './values';
import { BATCH, SizeValue, TorchTensor, type Operation, type TorchCall } from './values';

/** The calls of one run through `forward`. */
export class Trace {
  readonly calls: TorchCall[] = [];
  /** A value of unknown shape was read: knowing the input's shape may tell more. */
  sawUnknown = false;
  /** A dense layer told the features of an input; how many axes stand before them it does not say. */
  guessedAxes = false;

  constructor(
    private readonly machine: Machine,
    /** Layers of modules, shared between runs so that a module called twice is one layer. */
    private readonly layers: Map<ModuleValue, LayerNode>,
    /** Follows data through layers only to learn a size; no model comes of it. */
    readonly isTrial = false,
    /** A dense layer that reads an input makes it a batch of vectors. */
    private readonly guessesAxes = true
  ) {}

  /** An input of the network; its shape may be found out by what reads it first. */
  input(name: string, shape: Shape | null): TorchTensor {
    const kind: LayerKind =
      shape === null
        ? { kind: 'opaque', reason: t('the code does not say what shape the input has') }
        : { kind: 'input', shape, dtype: 'float32' };
    const layer = { ...nodeOf(name, 'input', kind), declaredParameters: { learned: 0, measured: 0 } };
    return this.record('input', layer, [], shape === null ? [null] : [shape]);
  }

  /** Calls a leaf module. */
  module(module: ModuleValue, input: TorchTensor): TorchTensor {
    const layer = this.layerOf(module, input);
    if (input.shape === null && (this.guessesAxes || layer.kind.kind !== 'dense')) {
      demand(input, expectedInput(module, layer));
      if (layer.kind.kind === 'dense') this.guessedAxes = true;
    }
    return this.record(module, layer, [input], outputShapes(layer, [input.shape]));
  }

  private layerOf(module: ModuleValue, input: TorchTensor): LayerNode {
    const known = this.layers.get(module);
    if (known !== undefined) return known;
    const { kind, declaredFeatures, declaredParameters } = translateModule(module, input.shape);
    const layer: LayerNode = {
      ...nodeOf('', module.className, kind),
      trainable: module.trainable,
      declaredFeatures,
      declaredParameters
    };
    this.layers.set(module, layer);
    return layer;
  }

  /** An operation without weights; what it gives is one tensor. */
  operation(operation: Operation, inputs: readonly TorchTensor[]): TorchTensor {
    const layer = nodeOf('', operation.label, operation.kind);
    return this.record(
      operation,
      layer,
      inputs,
      outputShapes(
        layer,
        inputs.map((input) => input.shape)
      )
    );
  }

  /** An operation that is none of the kinds, with the shapes of what it gives where they are known. */
  opaque(
    operation: Omit<Operation, 'kind'>,
    reason: string,
    inputs: readonly TorchTensor[],
    outputs: readonly (Shape | null)[],
    rowsPerSample?: number
  ): TorchTensor[] {
    const given = inputs.map((input) => input.shape);
    const known = outputs.filter((shape) => shape !== null);
    const kind: LayerKind =
      known.length === outputs.length
        ? { kind: 'opaque', reason, known: { inputs: given, outputs: known }, rowsPerSample }
        : { kind: 'opaque', reason };
    const node = nodeOf('', operation.label, kind);
    // An operation has no weights; a value that is not known may come from anything.
    const layer = operation.label === '?' ? node : { ...node, declaredParameters: { learned: 0, measured: 0 } };
    const first = this.record({ ...operation, kind }, layer, inputs, outputs);
    return [first, ...outputs.slice(1).map((shape, i) => new TorchTensor(first.call, i + 1, shape))];
  }

  private record(
    target: TorchCall['target'],
    layer: LayerNode,
    inputs: readonly TorchTensor[],
    shapes: readonly (Shape | null)[]
  ): TorchTensor {
    if (inputs.some((input) => input.shape === null)) this.sawUnknown = true;
    const certain = this.machine.conditions.length === 0;
    const call: TorchCall = { index: this.calls.length, target, layer, inputs, outputs: shapes, certain };
    this.calls.push(call);
    const made = new TorchTensor(call, 0, shapes[0] ?? null);
    made.batch = inputs.find((input) => input.batch !== null)?.batch ?? null;
    return made;
  }
}

/** A layer without a place in a model yet. */
export function nodeOf(name: string, sourceType: string, kind: LayerKind): LayerNode {
  return { id: name, name, kind, sourceType, config: new Map(), weights: [], trainable: true, listed: false };
}

function outputShapes(layer: LayerNode, inputs: readonly (Shape | null)[]): readonly (Shape | null)[] {
  const outcome = layerShape(layer, inputs);
  return outcome.type === 'shapes' ? outcome.shapes : [null];
}

/** What a layer fixes about the value it reads: its rank, and the channels or features of its constructor. */
function expectedInput(module: ModuleValue, { kind, declaredFeatures }: LayerNode): Shape | null {
  const features = declaredFeatures?.[0] ?? null;
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
      return [null, features, ...kind.kernelSize.map(() => null)];
    case 'batchNorm':
    case 'groupNorm': {
      const rank = Number(/([123])d$/.exec(module.className)?.[1] ?? 0);
      return rank < 2 ? null : [null, features, ...Array.from({ length: rank }, () => null)];
    }
    case 'dense':
      return [null, features];
    case 'recurrent':
      return [null, null, features];
    case 'embedding':
      return [null, null];
    default:
      return null;
  }
}

/** Tells a value of unknown shape what it must be, and what it comes from where that keeps the shape. */
export function demand(tensor: TorchTensor, shape: Shape | null): void {
  if (shape === null || tensor.shape !== null) return;
  tensor.shape = shape;
  const { call } = tensor;
  const keeps = ['identity', 'activation', 'dropout', 'rescale', 'batchNorm', 'groupNorm'].includes(
    call.layer.kind.kind
  );
  const [source] = call.inputs;
  if (keeps && source !== undefined) demand(source, shape);
}

/** `x.shape`, `x.size()`. */
export function sizesOf(tensor: TorchTensor, at: Located): Value {
  if (tensor.shape === null) {
    return new Unknown(t('the shape of this tensor is not known'), at);
  }
  return new ListValue(
    tensor.shape.map((_, axis) => sizeOf(tensor, axis, at)),
    true
  );
}

/** One size: a number where it is known, else a name that can be multiplied and compared with itself. */
export function sizeOf(tensor: TorchTensor, axis: number, at: Located): Value {
  const batch = tensor.batch ?? new SizeValue(1, [BATCH]);
  if (axis === 0) return batch;
  if (tensor.shape === null) {
    return new Unknown(t('the shape of this tensor is not known'), at);
  }
  const place = axis < 0 ? axis + tensor.shape.length : axis;
  if (place === 0) return batch;
  const size = tensor.shape[place];
  if (size === undefined) return new Unknown(t('the tensor has no axis {0}', axis), at);
  return size ?? new SizeValue(1, [`${tensor.call.index}.${tensor.output}:${place}`]);
}

/** `a * b` and `a // b` of sizes; `null` where neither is one that is not known. */
export function sizeArithmetic(operator: string, left: Value, right: Value, at: Located): Value | null {
  if (!(left instanceof SizeValue) && !(right instanceof SizeValue)) return null;
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  const a = left instanceof SizeValue ? left : null;
  const b = right instanceof SizeValue ? right : null;
  const depends = new Unknown(t('it depends on the size of the input'), at);
  if (operator === '*') {
    const factor = (a?.factor ?? left) as Value;
    const other = (b?.factor ?? right) as Value;
    if (typeof factor !== 'number' || typeof other !== 'number') return depends;
    return new SizeValue(factor * other, [...(a?.axes ?? []), ...(b?.axes ?? [])].sort());
  }
  if (operator === '//' || operator === '/') {
    if (a !== null && b !== null && a.axes.join() === b.axes.join()) return a.factor / b.factor;
    if (a !== null && typeof right === 'number' && right !== 0 && a.factor % right === 0) {
      return new SizeValue(a.factor / right, a.axes);
    }
  }
  if (operator === '-' && a !== null && b !== null && a.axes.join() === b.axes.join() && a.factor === b.factor)
    return 0;
  return depends;
}

/** A size as a dimension: a number, or open. `undefined` where it is neither. */
export function asDim(value: Value): Dim | undefined {
  if (typeof value === 'number') return value;
  return value instanceof SizeValue || value instanceof Unknown ? null : undefined;
}
