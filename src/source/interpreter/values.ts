/** Values of the abstract interpreter: what an expression is known to be, or why it is not known. */
import type { ClassStatement, ExpressionOf, FunctionStatement, Located } from '../python/ast';
import type { Scope } from './scope';

/** A value that the text does not determine. It propagates and is never dropped. */
export class Unknown {
  constructor(
    /** In words for a person, without a full stop: "`n` is read from a file". */
    readonly reason: string,
    readonly at: Located | null = null
  ) {}
}

/** A list or tuple. `taint` is set once its contents are no longer certain. */
export class ListValue {
  taint: Unknown | null = null;
  constructor(
    readonly items: Value[],
    readonly isTuple: boolean,
    /** How many unknown conditions were open when it was made; see `Machine.mutate`. */
    readonly madeUnder = 0
  ) {}
}

export class DictValue {
  taint: Unknown | null = null;
  constructor(
    readonly entries: Map<string | number | boolean | null, Value>,
    readonly madeUnder = 0
  ) {}
}

/** A function of the document, with the values of its defaults. */
export class FunctionValue {
  constructor(
    readonly definition: FunctionStatement | ExpressionOf<'lambda'>,
    readonly scope: Scope,
    readonly fallbacks: ReadonlyMap<string, Value>
  ) {}
}

/** A class of the document. */
export class ClassValue {
  constructor(
    readonly definition: ClassStatement,
    readonly bases: readonly Value[],
    readonly members: Scope
  ) {}
}

/** A name of a library by its dotted path: `keras.layers.Conv2D`, `range`. */
export class PathValue {
  constructor(readonly path: string) {}
}

/** A call of a library class that is plain data: `keras.initializers.HeNormal(seed=1)`. */
export class ObjectValue {
  constructor(
    readonly path: string,
    readonly args: Args
  ) {}
}

export class MethodValue {
  constructor(
    readonly receiver: Value,
    readonly name: string
  ) {}
}

export class SliceValue {
  constructor(
    readonly start: Value,
    readonly stop: Value,
    readonly step: Value
  ) {}
}

/** What the machine learning library brings: layers, tensors, models. */
export abstract class LibraryValue {
  abstract readonly what: string;
}

export type Primitive = number | string | boolean | null;

export type Value =
  | Primitive
  | Unknown
  | ListValue
  | DictValue
  | FunctionValue
  | ClassValue
  | PathValue
  | ObjectValue
  | MethodValue
  | SliceValue
  | LibraryValue;

/** Evaluated arguments of a call. */
export interface Args {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** Set where `*args` or `**kwargs` could not be unpacked: more arguments may exist. */
  readonly rest: Unknown | null;
}

export const NO_ARGS: Args = { positional: [], named: new Map(), rest: null };

/** The argument at a position or under one of the names. */
export function argument(args: Args, position: number, ...names: string[]): Value | undefined {
  const positional = position < 0 ? undefined : args.positional[position];
  if (positional !== undefined) return positional;
  for (const name of names) {
    const value = args.named.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function isPrimitive(value: Value): value is Primitive {
  return value === null || ['number', 'string', 'boolean'].includes(typeof value);
}
