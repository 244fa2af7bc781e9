/** Layers, tensors and models as the interpreter follows them. */
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import type { Shape } from '../../core/shape';
import { LibraryValue, type Args, type Unknown, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { TranslatedLayer } from './translate';

export class LayerValue extends LibraryValue {
  readonly what = 'layer';
  trainable = true;
  /** Set where the kind does not come from class and attributes: custom layers, operators between tensors. */
  fixedKind: LayerKind | null = null;
  translated: TranslatedLayer | null = null;
  /** Numbers in the weights of a layer that is no kind of its own, where they are known. */
  declaredParameters: LayerNode['declaredParameters'];
  /** Of an object of the document's own class: its graph for an input. */
  follow: ((input: TensorValue) => ModelValue | null) | null = null;
  /** Not in Keras's own summary: the input of a subclassed model, an operation. */
  isHidden = false;
  lastOutput: TensorValue | null = null;
  lastInput: TensorValue | null = null;

  constructor(
    readonly className: string,
    readonly attributes: ReadonlyMap<string, Value>,
    readonly name: string,
    readonly at: Located,
    /** Calls of functions of the document that led here, outermost first. */
    readonly stack: readonly Located[],
    /** Attributes may exist that are not known. */
    readonly rest: Unknown | null
  ) {
    super();
  }
}

/** One output of one call of a layer or model; an input has a layer of class `InputLayer` and no inputs. */
export class TensorValue extends LibraryValue {
  readonly what = 'tensor';
  /** `undefined` until asked for. */
  shape: Shape | null | undefined = undefined;

  constructor(
    readonly call: TensorCall,
    readonly output: number
  ) {
    super();
  }
}

/** Equal objects are one call. */
export interface TensorCall {
  readonly layer: LayerValue | ModelValue;
  readonly inputs: readonly TensorValue[];
}

/** A call of a method with what it was given. */
export interface MethodCall {
  readonly args: Args;
  readonly at: Located;
}

export class ModelValue extends LibraryValue {
  readonly what = 'model';
  /** Of a Sequential, input layers included. */
  readonly layers: (LayerValue | ModelValue)[] = [];
  /** Of a functional model. */
  inputs: readonly TensorValue[] = [];
  outputs: readonly TensorValue[] = [];
  /** Given by `build`, batch axis first. */
  builtShape: Shape | null = null;
  variable: string | null = null;
  variableIsGlobal = false;
  /** As `summary()` prints it, where it is no class of Keras itself. */
  className: string | null = null;
  /** Weights of the object itself, whether its graph uses them or not. */
  readonly ownWeights: LayerValue[] = [];
  /** A definition of its own even where it is a part of another model too. */
  isSubclass = false;
  trainable = true;
  taint: Unknown | null = null;
  /** The last `compile` and `fit` in the order of the program. */
  compiled: MethodCall | null = null;
  fitted: MethodCall | null = null;
  /** The tensors of `model.input` and `model.output` of a Sequential, once asked for. */
  ends: { readonly input: TensorValue; readonly output: TensorValue } | null = null;

  constructor(
    readonly type: 'sequential' | 'functional',
    readonly name: string,
    readonly at: Located,
    readonly stack: readonly Located[],
    /** How many unknown conditions were open when it was made. */
    readonly madeUnder: number
  ) {
    super();
  }
}
