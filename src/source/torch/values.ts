/** Modules, tensors and sizes of PyTorch as the interpreter follows them. */
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import type { Dim, Shape } from '../../core/shape';
import { InstanceValue, LibraryValue, type Unknown, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';

/** Everything of PyTorch, so that a document that uses two frameworks knows whose value it has. */
export abstract class TorchObject extends LibraryValue {}

/** An object of a class of `torch.nn` that holds no other modules: `nn.Conv2d(…)`. */
export class ModuleValue extends TorchObject {
  readonly what = 'layer';
  trainable = true;

  constructor(
    readonly className: string,
    /** Constructor arguments by name; attributes set afterwards replace them. */
    readonly attributes: Map<string, Value>,
    readonly at: Located,
    readonly stack: readonly Located[],
    /** Arguments may exist that are not known. */
    readonly rest: Unknown | null
  ) {
    super();
  }
}

/** `nn.Sequential`, `nn.ModuleList` or `nn.ModuleDict`. */
export class ContainerValue extends TorchObject {
  readonly what = 'container';
  readonly entries = new Map<string, Value>();
  taint: Unknown | null = null;

  constructor(
    readonly type: 'Sequential' | 'ModuleList' | 'ModuleDict',
    readonly at: Located,
    readonly stack: readonly Located[],
    readonly madeUnder: number
  ) {
    super();
  }
}

/** A weight that a module owns by itself, `nn.Parameter(…)`, with its sizes where they are known. */
export class ParameterValue extends TorchObject {
  readonly what = 'parameter';
  trainable = true;

  constructor(
    readonly sizes: readonly Dim[] | null,
    readonly at: Located,
    readonly stack: readonly Located[]
  ) {
    super();
  }
}

/** All weights of a module at once (`model.parameters()`), or one of a leaf (`conv.weight`). */
export class WeightsValue extends TorchObject {
  readonly what = 'weights';
  constructor(readonly of: Value) {
    super();
  }
}

/** A tensor made of numbers outside the network: `torch.randn(1, 3, 224, 224)`. */
export class DataTensor extends TorchObject {
  readonly what = 'data';
  constructor(
    /** First axis included; `null` where a size is not known. */
    readonly sizes: readonly Dim[] | null,
    /** Its numbers in order, where the program states them. */
    readonly numbers: readonly number[] | null = null
  ) {
    super();
  }
}

/** One operation of `forward` that is no module: `F.relu(x)`, `x + y`, `x.view(…)`. */
export interface Operation {
  /** How the code spells it, without its module: `relu`, `+`. */
  readonly label: string;
  readonly kind: LayerKind;
  readonly at: Located;
  readonly stack: readonly Located[];
  /** Something a reader should know of it. */
  readonly remark?: string | undefined;
}

/** One use of a module or one operation, in the order of the program. */
export interface TorchCall {
  readonly index: number;
  readonly target: ModuleValue | Operation | 'input';
  /** What the target is as a layer; name and id are given later. */
  readonly layer: LayerNode;
  readonly inputs: readonly TorchTensor[];
  /** Shapes of what it gives, where they are known. */
  readonly outputs: readonly (Shape | null)[];
  /** Not under a condition that is not known. */
  readonly certain: boolean;
}

/** An output of a call. */
export class TorchTensor extends TorchObject {
  readonly what = 'tensor';
  /** How many samples it holds, where it comes from data of a stated size rather than from an input. */
  batch: number | null = null;

  constructor(
    readonly call: TorchCall,
    readonly output: number,
    public shape: Shape | null
  ) {
    super();
  }
}

/** A product of sizes that are not known as numbers: `x.size(0)`, `h * w`. */
export class SizeValue extends TorchObject {
  readonly what = 'size';
  constructor(
    readonly factor: number,
    /** Names of the axes it multiplies, sorted: `batch`, or axis 2 of the value of call 17: `17.0:2`. */
    readonly axes: readonly string[]
  ) {
    super();
  }

  get isBatch(): boolean {
    return this.factor === 1 && this.axes.length === 1 && this.axes[0] === BATCH;
  }
}

export const BATCH = 'batch';

/** Whether a value is a module of any kind. */
export function isModule(value: Value | undefined): value is ModuleValue | ContainerValue | InstanceValue {
  return (
    value instanceof ModuleValue ||
    value instanceof ContainerValue ||
    (value instanceof InstanceValue && value.native instanceof ModuleState)
  );
}

/** What is kept for an object whose class inherits from `nn.Module`. */
export class ModuleState extends TorchObject {
  readonly what = 'module';
  /** What the library's own class behind it is: a container or a leaf; `null` for `nn.Module` itself. */
  base: ContainerValue | ModuleValue | null = null;
  trainable = true;
  /** Names the document gives it, module level first. */
  variable: string | null = null;
  variableIsGlobal = false;
  /** The function that makes it: `resnet18`. */
  factory: string | null = null;
  /** Shapes it is called with on data, the batch left open. */
  dataShapes: (Shape | null)[] | null = null;

  constructor(readonly owner: InstanceValue) {
    super();
  }
}
