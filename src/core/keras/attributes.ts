/** Typed access to a Keras layer's attributes, which come from a file or from source text and are never trusted. */
import type { DataFormat } from '../shape';
import { t } from '../texts';

/** An attribute that is missing or makes no sense: its layer is shown as opaque, with this message as the reason. */
export class AttributeProblem extends Error {
  override readonly name = 'AttributeProblem';
}

const LARGEST_SIZE = 2 ** 31;

/** Own property of a plain object from JSON, or entry of a map; `undefined` where there is none. */
export function fieldOf(value: unknown, key: string): unknown {
  if (value instanceof Map) return value.get(key);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** Numbers of a scalar, a (nested) list or Keras's serialised array (`{class_name: '__numpy__', config: {value}}`). */
export function flatNumbers(value: unknown): number[] | null {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) {
    const parts = value.map(flatNumbers);
    return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
  }
  const inner = fieldOf(fieldOf(value, 'config'), 'value');
  return inner === undefined ? null : flatNumbers(inner);
}

export class Attributes {
  constructor(
    private readonly values: ReadonlyMap<string, unknown>,
    private readonly defaultFormat: DataFormat = 'channelsLast'
  ) {}

  /** The attribute as it stands, Python's `None` as `null`; `undefined` where it is not given. */
  raw(name: string): unknown {
    return this.values.get(name);
  }

  /** Whether the attribute is given and not `None`. */
  has(name: string): boolean {
    const value = this.values.get(name);
    return value !== undefined && value !== null;
  }

  number(name: string, fallback?: number): number {
    const value = this.values.get(name) ?? fallback;
    if (typeof value !== 'number' || Number.isNaN(value)) throw this.problem(name, t('a number'));
    return value;
  }

  numberOrNull(name: string): number | null {
    return this.has(name) ? this.number(name) : null;
  }

  /** A size or count: an integer of at least `least`. */
  size(name: string, fallback?: number, least = 0): number {
    const value = this.number(name, fallback);
    if (!Number.isInteger(value) || value < least || value > LARGEST_SIZE) {
      throw this.problem(name, t('an integer of at least {0}', least));
    }
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.values.get(name) ?? fallback;
    if (typeof value === 'number') return value !== 0;
    if (typeof value !== 'boolean') throw this.problem(name, t('true or false'));
    return value;
  }

  text(name: string, fallback: string): string {
    const value = this.values.get(name) ?? fallback;
    if (typeof value !== 'string') throw this.problem(name, t('a word'));
    return value;
  }

  /** One size for each spatial axis: a single integer counts for all of them. */
  sizes(name: string, rank: number, fallback?: number | readonly number[], least = 1): number[] {
    const value = this.values.get(name) ?? fallback;
    const list = typeof value === 'number' ? Array<unknown>(rank).fill(value) : value;
    if (!Array.isArray(list)) throw this.problem(name, t('{0} sizes', rank));
    const spread: unknown[] = list.length === 1 ? Array<unknown>(rank).fill(list[0]) : list;
    if (spread.length !== rank) throw this.problem(name, t('{0} sizes', rank));
    return spread.map((size) => {
      if (typeof size !== 'number' || !Number.isInteger(size) || size < least || size > LARGEST_SIZE) {
        throw this.problem(name, t('{0} sizes', rank));
      }
      return size;
    });
  }

  /** Integers of any sign, from one or a list: axes. */
  integers(name: string, fallback?: readonly number[]): number[] {
    const value = this.values.get(name) ?? fallback;
    const list: readonly unknown[] | null = typeof value === 'number' ? [value] : Array.isArray(value) ? value : null;
    if (list === null) throw this.problem(name, t('an axis or a list of axes'));
    return list.map((item) => {
      if (typeof item !== 'number' || !Number.isInteger(item)) throw this.problem(name, t('an axis or a list of axes'));
      return item;
    });
  }

  /** A single axis; older versions save it as a list of one. */
  axis(name: string, fallback: number): number {
    const [axis, ...more] = this.integers(name, [fallback]);
    if (axis === undefined || more.length > 0) throw this.problem(name, t('one axis'));
    return axis;
  }

  /** Keras 2 and 3: `data_format`; Keras 1: `dim_ordering`; TensorFlow.js writes camel case. */
  dataFormat(): DataFormat {
    const value = this.values.get('data_format') ?? 'default';
    if (value === 'channels_first' || value === 'channelsFirst' || value === 'th') return 'channelsFirst';
    if (value === 'channels_last' || value === 'channelsLast' || value === 'tf') return 'channelsLast';
    if (value === 'default') return this.defaultFormat;
    throw this.problem('data_format', t('channels_last or channels_first'));
  }

  /** These attributes with some replaced. */
  with(changes: ReadonlyMap<string, unknown>): Attributes {
    return new Attributes(new Map([...this.values, ...changes]), this.defaultFormat);
  }

  /** The attributes whose values are numbers, words, booleans or lists of numbers, for display. */
  numbersByName(): Readonly<Record<string, unknown>> {
    const shown = [...this.values].filter(
      ([name, value]) =>
        name !== 'name' && (['number', 'string', 'boolean'].includes(typeof value) || flatNumbers(value) !== null)
    );
    return Object.fromEntries(shown);
  }

  problem(name: string, wanted: string): AttributeProblem {
    const given = this.values.get(name);
    const shown = given === undefined ? t('missing') : describe(given);
    return new AttributeProblem(t('{0} is {1}; expected {2}', name, shown, wanted));
  }
}

function describe(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return Array.isArray(value) ? t('a list of {0}', value.length) : t('not understood');
}
