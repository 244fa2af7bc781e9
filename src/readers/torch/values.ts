/**
 * What a pickle of PyTorch is made of once it has been read: plain data, and inert stand-ins for everything that PyTorch
 * would make by calling something.
 */
import type { DType } from '../../core/tensor';

/** A name the pickle refers to: `torch.FloatStorage`. Nothing is ever looked up by it. */
export class PickledName {
  constructor(
    readonly module: string,
    readonly name: string
  ) {}
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object of a class that is not plain data: its class, what it would be made from, and its state. */
export class PickledObject {
  state: PickleValue = null;
  constructor(
    readonly type: PickledName,
    readonly args: PickleValue
  ) {}
}

/** Numbers of the file that tensors are views of. */
export interface StorageRef {
  readonly key: string;
  /** `null`: an element type that is not read, told by `typeName`. */
  readonly dtype: Exclude<DType, 'string'> | null;
  readonly typeName: string;
  /** Bytes of one element. */
  readonly itemBytes: number;
  /** Elements of the whole storage. */
  readonly length: number;
  /** First element of a view in its storage (files before PyTorch 1.6). */
  readonly start: number;
}

export class PickledStorage {
  constructor(readonly ref: StorageRef) {}
}

/** A tensor: a view of a storage with sizes and steps in elements. */
export class PickledTensor {
  constructor(
    readonly storage: StorageRef,
    /** Element type of the values, where it is not the storage's. */
    readonly dtype: Exclude<DType, 'string'> | null,
    /** Offset in elements of `dtype`. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** Why its values cannot be read, in words; `null` where they can. */
    readonly refusal: string | null
  ) {}
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  /** Lists and tuples. */
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | ReadonlySet<PickleValue>
  | PickledName
  | PickledObject
  | PickledStorage
  | PickledTensor;

export const isList = (value: PickleValue): value is readonly PickleValue[] => Array.isArray(value);
export const isMap = (value: PickleValue): value is ReadonlyMap<PickleValue, PickleValue> => value instanceof Map;
