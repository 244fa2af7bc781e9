/** Arguments of PyTorch's classes and functions by name, read with a memory of what was not known. */
import { t } from '../../core/texts';
import { ListValue, Unknown, type Value } from '../interpreter/values';

export class Given {
  /** Why something that was read is not known, in words. */
  problem: string | null = null;

  constructor(readonly values: ReadonlyMap<string, Value>) {}

  /** The value, `undefined` where the argument is not given. */
  raw(name: string): Value | undefined {
    return this.values.get(name);
  }

  number(name: string, fallback: number): number {
    const value = this.values.get(name);
    if (value === undefined) return fallback;
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return Number(value);
    return this.missing(name, value, fallback);
  }

  /** A number, or `null` for `None`. */
  numberOrNone(name: string, fallback: number | null): number | null {
    const value = this.values.get(name);
    return value === null ? null : this.number(name, fallback ?? 0);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.values.get(name);
    if (value === undefined) return fallback;
    if (typeof value === 'boolean') return value;
    if (value === null) return false;
    if (typeof value === 'number') return value !== 0;
    return this.missing(name, value, fallback);
  }

  word(name: string, fallback: string): string {
    const value = this.values.get(name);
    if (value === undefined || value === null) return fallback;
    return typeof value === 'string' ? value : this.missing(name, value, fallback);
  }

  /** One number for each spatial axis; a single one holds for all of them. */
  each(name: string, rank: number, fallback: number | readonly number[]): number[] {
    const sizes = this.eachOrNone(name, rank, fallback);
    return sizes.map((size) => size ?? 0);
  }

  /** As `each`, with `None` allowed for single axes. */
  eachOrNone(name: string, rank: number, fallback: number | readonly number[]): (number | null)[] {
    const value = this.values.get(name);
    const filled = typeof fallback === 'number' ? Array.from({ length: rank }, () => fallback) : [...fallback];
    if (value === undefined) return filled;
    if (value === null || typeof value === 'number') return filled.map(() => value);
    if (!(value instanceof ListValue)) return this.missing(name, value, filled);
    if (value.taint !== null) return this.missing(name, value.taint, filled);
    const items = value.items.length === 1 ? filled.map(() => value.items[0] ?? null) : value.items;
    const sizes = items.filter((item) => typeof item === 'number' || item === null);
    const unknown = items.find((item) => item instanceof Unknown);
    if (sizes.length !== rank) return this.missing(name, unknown ?? value, filled);
    return sizes;
  }

  /** A list of numbers of any length; a single number is a list of one. */
  list(name: string): number[] | null {
    const value = this.values.get(name);
    if (value === undefined || value === null) return null;
    if (typeof value === 'number') return [value];
    const items = value instanceof ListValue && value.taint === null ? value.items : [value];
    const numbers = items.filter((item) => typeof item === 'number');
    return numbers.length === items.length
      ? numbers
      : this.missing(name, items.find((item) => item instanceof Unknown) ?? value, null);
  }

  private missing<T>(name: string, value: Value, fallback: T): T {
    this.problem ??=
      value instanceof Unknown
        ? t('{0} is not known: {1}', name, value.reason)
        : t('{0} is not a value this program reads', name);
    return fallback;
  }
}
