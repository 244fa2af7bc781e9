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
    readonly madeUnder = 0,
    /** What stands behind a list that is read from it; whether a change of the list changes it is not certain. */
    readonly origin: { taint: Unknown | null } | null = null
  ) {}
}

/** A Python dict, or an object of JavaScript. */
export class DictValue {
  taint: Unknown | null = null;
  /** Its entries are read as attributes: `args.lr`. */
  isNamespace = false;
  /** Where only entries set under a condition make it uncertain: which ones. The others are what they were. */
  doubtful: Map<string | number | boolean | null, Unknown> | null = null;
  constructor(
    readonly entries: Map<string | number | boolean | null, Value>,
    readonly madeUnder = 0
  ) {}
}

/** A function of the document, with the values of its defaults. */
export class FunctionValue {
  /** The class whose body defines it: where `super()` starts. */
  owner: ClassValue | null = null;

  constructor(
    readonly definition: FunctionStatement | ExpressionOf<'lambda'>,
    readonly scope: Scope,
    readonly fallbacks: ReadonlyMap<string, Value>
  ) {}
}

/** A class of the document. */
export class ClassValue {
  private classes: readonly ClassValue[] | null = null;
  private outer: readonly Value[] | null = null;

  constructor(
    readonly definition: ClassStatement,
    readonly bases: readonly Value[],
    readonly members: Scope
  ) {}

  /** Itself and the classes of the document above it, in the order in which members are looked up. */
  get lineage(): readonly ClassValue[] {
    this.classes ??= this.findLineage();
    return this.classes;
  }

  private findLineage(): ClassValue[] {
    const found: ClassValue[] = [];
    const visit = (one: ClassValue): void => {
      // A class met twice stands after everything that inherits from it.
      const before = found.indexOf(one);
      if (before >= 0) found.splice(before, 1);
      found.push(one);
      for (const base of one.bases) if (base instanceof ClassValue && base !== one) visit(base);
    };
    visit(this);
    return found;
  }

  /** Bases that are not classes of the document, of this class and those above it. */
  get outerBases(): readonly Value[] {
    this.outer ??= this.lineage.flatMap((one) => one.bases.filter((base) => !(base instanceof ClassValue)));
    return this.outer;
  }

  /** @param after only members of the classes behind this one (`super()`) */
  member(name: string, after: ClassValue | null = null): Value | undefined {
    const { lineage } = this;
    const from = after === null ? 0 : lineage.indexOf(after) + 1;
    for (const one of lineage.slice(from)) {
      const value = one.members.names.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** An object of a class of the document. */
export class InstanceValue {
  readonly attributes = new Map<string, Value>();
  /** Set once it is not certain which layers it has. */
  taint: Unknown | null = null;
  /** Attributes whose value is not known and that are called all the same: a layer may be behind each. */
  readonly unknownParts = new Map<string, Unknown>();
  /** What the library keeps for an object whose class inherits from it. */
  native: LibraryValue | null = null;

  constructor(
    readonly classValue: ClassValue,
    readonly at: Located,
    /** Calls that led to its making, outermost first. */
    readonly stack: readonly Located[],
    readonly madeUnder = 0
  ) {}
}

/** A function of a class with the object it is called on. */
export class BoundValue {
  constructor(
    readonly callee: FunctionValue,
    readonly self: Value
  ) {}
}

/** `super()` inside a method of `after`. */
export class SuperValue {
  constructor(
    readonly self: InstanceValue,
    readonly after: ClassValue
  ) {}
}

/** `functools.partial`: a callee with some of its arguments. */
export class PartialValue {
  constructor(
    readonly callee: Value,
    readonly args: Args
  ) {}
}

/** Another file of the project, imported as a module. */
export class FileValue {
  constructor(
    readonly scope: Scope,
    readonly name: string
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
  | InstanceValue
  | BoundValue
  | SuperValue
  | PartialValue
  | FileValue
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
