/** State of one analysis: budget, call stack, open conditions, problems. The work is done in the functions around it. */
import type { Located, Statement } from '../python/ast';
import type { AnalysisOptions, Language } from '../types';
import type { Overrides } from '../overrides';
import type { Library } from './library';
import type { Scope } from './scope';
import {
  DictValue,
  InstanceValue,
  LibraryValue,
  ListValue,
  type ClassValue,
  type FunctionValue,
  type Unknown,
  type Value
} from './values';

/** Thrown to end an analysis that runs out of its budget or is cancelled; caught in `analyze.ts`. */
export class Stopped extends Error {
  constructor(readonly why: 'budget' | 'cancelled') {
    super(why);
  }
}

export interface Frame {
  /** Where the call stands. */
  readonly at: Located;
  /** What runs; `null` for another file that is imported. */
  readonly callee: FunctionValue | null;
  /** The object whose method it is. */
  readonly self: Value | null;
  /** Values returned under a condition that is not known. */
  readonly possibleReturns: Value[];
}

/** A loop around the current statement. */
export interface Loop {
  readonly statement: Located;
  /** What it runs over, and where that stands; `null` for `while`. */
  readonly over: Value;
  readonly at: Located;
  /** The name its elements are given; `null` for other targets. */
  readonly variable: string | null;
  /** How often it runs, where that is known and it counts numbers. */
  readonly rounds: number | null;
  /** Why `rounds` is not known; `null` also where it runs over things that are no numbers. */
  readonly unknown: Unknown | null;
}

/** Deepest nesting of calls that is followed. */
export const DEEPEST_CALL = 60;
/** Iterations of one loop that are followed. */
export const MOST_ITERATIONS = 4000;
/** Iterations without a new layer after which a loop is taken to be about something else. */
export const IDLE_ITERATIONS = 256;
/** Steps inside a loop that makes no layer after which it is taken to be about something else: data, or training. */
const IDLE_STEPS = 20_000;

export class Machine {
  steps = 0;
  readonly frames: Frame[] = [];
  /** The loops around the current statement, those of calling functions too, outermost first. */
  readonly loops: Loop[] = [];
  /** Modules imported with `*`. */
  readonly wildcards: string[] = [];
  /** The conditions around the current statement that are not known, outermost first. */
  readonly conditions: Unknown[] = [];
  readonly calledFunctions = new Set<object>();
  /** Classes of which an object was made, and those above them. */
  readonly usedClasses = new Set<ClassValue>();
  /** Other files of the workspace that were imported, by the resolver's key. */
  readonly files = new Map<string, Scope>();
  /** Offset from which the next imported file's offsets are counted: no two files share any. */
  nextOffset = 0;
  readonly problems: { message: string; at: Located }[] = [];
  private readonly deadline: number;
  private readonly halfTime: number;
  private readonly maxSteps: number;

  constructor(
    readonly library: Library,
    private readonly options: AnalysisOptions,
    /** Values set from outside, if any. */
    readonly overrides: Overrides | null = null,
    readonly language: Language = 'python',
    /** Parses another file of the project; its offsets are counted from `offset`. */
    readonly lower: (text: string, offset: number) => { readonly body: readonly Statement[] } = () => ({ body: [] })
  ) {
    const budget = options.budgetMs ?? 30;
    this.deadline = performance.now() + budget;
    this.halfTime = performance.now() + budget / 2;
    this.maxSteps = options.maxSteps ?? 300_000;
  }

  /** @throws {Stopped} when the budget is used up or the caller cancels. */
  tick(): void {
    this.steps++;
    if (this.steps > this.maxSteps) throw new Stopped('budget');
    if (this.steps % 128 !== 0) return;
    if (this.options.isCancelled?.() === true) throw new Stopped('cancelled');
    if (performance.now() > this.deadline) throw new Stopped('budget');
  }

  get inputShape(): AnalysisOptions['inputShape'] {
    return this.options.inputShape;
  }

  get resolve(): AnalysisOptions['resolve'] {
    return this.options.resolve;
  }

  /** Rounds of a loop that makes no layer before it is taken to be about something else. */
  idleIterations = IDLE_ITERATIONS;
  /** A function runs on its own, without a call: its parameters have no values. */
  standalone = false;
  /** The key of the file whose code runs, `null` for the document itself. */
  file: string | null = null;
  /** Length of the document: offsets behind it belong to other files. */
  ownLength = Number.POSITIVE_INFINITY;

  /** The place in the document where something is made: for code of another file, the innermost call in the document. */
  place(at: Located): Located {
    if (at.from <= this.ownLength) return at;
    return this.frames.findLast((frame) => frame.at.from <= this.ownLength)?.at ?? { from: 0, to: 0 };
  }

  /** The calls in the document that led here, outermost first. */
  get stack(): Located[] {
    return this.frames.map((frame) => frame.at).filter((at) => at.from <= this.ownLength);
  }

  /** Whether the code that runs is the module code of an imported file. */
  get importing(): boolean {
    return this.frames.some((frame) => frame.callee === null);
  }

  /** Whether half of the time is used up: what is only nice to know is left out then. */
  get isLate(): boolean {
    return performance.now() > this.halfTime;
  }

  /** The innermost unknown condition around the current statement. */
  get condition(): Unknown | null {
    return this.conditions.at(-1) ?? null;
  }

  /** After `Stopped`: nothing runs any more, and no condition is open. */
  unwind(): void {
    this.frames.length = 0;
    this.loops.length = 0;
    this.conditions.length = 0;
  }

  problem(message: string, at: Located): void {
    if (!this.problems.some((other) => other.message === message && other.at.from === at.from)) {
      this.problems.push({ message, at });
    }
  }

  /** Call before changing an object: under an unknown condition that came after its making, its contents get uncertain. */
  mutate(object: ListValue | DictValue | InstanceValue): void {
    if (this.conditions.length <= object.madeUnder) return;
    object.taint ??= this.condition;
    if (object instanceof DictValue) object.doubtful = null;
  }

  /** Call before giving entries of a dict values: under such a condition only these get uncertain. */
  mutateEntries(dict: DictValue, keys: Iterable<string | number | boolean | null>): void {
    const why = this.condition;
    if (why === null || this.conditions.length <= dict.madeUnder) return;
    if (dict.taint === null) dict.doubtful = new Map();
    dict.taint ??= why;
    for (const key of keys) dict.doubtful?.set(key, why);
  }

  /** What is passed to code that cannot be followed may have been changed by it. */
  taintAll(values: Iterable<Value>, reason: Unknown): void {
    for (const value of values) {
      if (value instanceof LibraryValue) this.library.taint(value, reason);
      else if (value instanceof ListValue && !value.isTuple) value.taint ??= reason;
      else if (value instanceof DictValue) {
        value.taint ??= reason;
        value.doubtful = null;
      } else if (value instanceof InstanceValue) value.taint ??= reason;
    }
  }
}

/** Whether a loop that starts now has run for long without making a layer. */
export function idleness(machine: Machine): (count: number) => boolean {
  const { steps } = machine;
  const { activity } = machine.library;
  return (count) =>
    (count > machine.idleIterations || machine.steps - steps > IDLE_STEPS) && machine.library.activity === activity;
}
