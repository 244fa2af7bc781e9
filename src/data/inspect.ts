/** What a person should know of a data set before training on it. Every example is read once; nothing is kept but counts. */
import { createHash } from 'node:crypto';
import type { Example, TrainingSet } from './dataSet';

const MOST_NAMED = 50;
/** Between two looks at whether somebody has cancelled. */
const SLICE_MS = 15;

export interface ClassCount {
  readonly name: string;
  readonly train: number;
  readonly validation: number;
}

export interface Inspection {
  /** Examples that can be read. */
  readonly train: number;
  readonly validation: number;
  /** Empty where there are no classes. */
  readonly classes: readonly ClassCount[];
  /** Examples without a label. */
  readonly unlabelled: number;
  /**
   * Of the training part: Shannon entropy of the classes' shares over that of equal shares, 1 for perfect balance, and how
   * many times the largest class is as large as the smallest (Infinity with an empty class). `null` without classes.
   */
  readonly balance: { readonly evenness: number; readonly ratio: number } | null;
  /** Of all values before any preprocessing (pictures: red, green and blue of 0..255); `null` where nothing was read. */
  readonly values: { readonly low: number; readonly high: number; readonly mean: number; readonly std: number } | null;
  /** `28 x 28 x 1` and how many examples have it, most frequent first. */
  readonly shapes: readonly { readonly shape: string; readonly count: number }[];
  /** Validation examples whose values stand in the training part too, by name; at most 50 are named. */
  readonly leaks: readonly { readonly train: string; readonly validation: string }[];
  readonly leakCount: number;
  /** Training examples that repeat an earlier one. */
  readonly repeats: number;
  /** Repeats whose label differs from the first one's. */
  readonly contradictions: number;
  /** What cannot be read and is skipped; at most 50 are named. */
  readonly bad: readonly { readonly name: string; readonly problem: string }[];
  readonly badCount: number;
  /** Indices of those in each part, to be left out of training. */
  readonly badIndices: { readonly train: Uint32Array; readonly validation: Uint32Array };
  /** What the readers read around. */
  readonly notices: readonly string[];
}

export interface InspectOptions {
  readonly signal?: AbortSignal;
  /** @param done examples so far */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Duplicates are found by 53 bits of SHA-256 of shape and values: among a million examples a false alarm has odds of 1 to 18,000.
 * @throws the signal's reason where it was aborted
 */
export async function inspect(
  parts: { readonly train: TrainingSet; readonly validation: TrainingSet | null },
  options: InspectOptions = {}
): Promise<Inspection> {
  const names = parts.train.classNames ?? parts.validation?.classNames ?? [];
  const counts = { train: new Float64Array(names.length), validation: new Float64Array(names.length) };
  const read = { train: 0, validation: 0 };
  const first = new Map<number, number>();
  const shapes = new Map<string, number>();
  const spread = new Spread();
  const leaks: { train: string; validation: string }[] = [];
  const bad: { name: string; problem: string }[] = [];
  const badIndices = { train: [] as number[], validation: [] as number[] };
  let [unlabelled, leakCount, repeats, contradictions] = [0, 0, 0, 0];
  const total = parts.train.size + (parts.validation?.size ?? 0);
  let done = 0;
  let rested = performance.now();

  for (const part of ['train', 'validation'] as const) {
    const set = parts[part];
    for (let index = 0; index < (set?.size ?? 0); index++) {
      if (set === null) break;
      if (performance.now() - rested > SLICE_MS) {
        options.progress?.(done, total);
        await new Promise((resolve) => setImmediate(resolve));
        options.signal?.throwIfAborted();
        rested = performance.now();
      }
      done += 1;
      const example = await set.example(index);
      if (!example.ok) {
        if (bad.length < MOST_NAMED) bad.push({ name: set.nameOf(index), problem: example.error.problem });
        badIndices[part].push(index);
        continue;
      }
      read[part] += 1;
      const label = set.label(index);
      if (label === null) unlabelled += set.targets === 'classes' ? 1 : 0;
      else counts[part][label] = (counts[part][label] ?? 0) + 1;
      const shape = shapeOf(example.value);
      shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
      spread.add(example.value);
      const key = hashOf(example.value, shape);
      const twin = first.get(key);
      if (part === 'train') {
        if (twin === undefined) first.set(key, index);
        else {
          repeats += 1;
          if (parts.train.label(twin) !== label) contradictions += 1;
        }
      } else if (twin !== undefined) {
        leakCount += 1;
        if (leaks.length < MOST_NAMED) leaks.push({ train: parts.train.nameOf(twin), validation: set.nameOf(index) });
      }
    }
  }
  options.signal?.throwIfAborted();
  options.progress?.(total, total);
  return {
    ...read,
    classes: names.map((name, i) => ({ name, train: counts.train[i] ?? 0, validation: counts.validation[i] ?? 0 })),
    unlabelled,
    balance: names.length === 0 ? null : balanceOf([...counts.train]),
    values: spread.result(),
    shapes: [...shapes].map(([shape, count]) => ({ shape, count })).sort((a, b) => b.count - a.count),
    leaks,
    leakCount,
    repeats,
    contradictions,
    bad,
    badCount: badIndices.train.length + badIndices.validation.length,
    badIndices: { train: Uint32Array.from(badIndices.train), validation: Uint32Array.from(badIndices.validation) },
    notices: [...parts.train.notices, ...(parts.validation?.notices ?? [])]
  };
}

/** @param counts examples of each class. */
export function balanceOf(counts: readonly number[]): { readonly evenness: number; readonly ratio: number } {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const entropy = counts.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0);
  const [smallest, largest] = [Math.min(...counts), Math.max(...counts)];
  return {
    evenness: counts.length < 2 ? 1 : entropy / Math.log(counts.length),
    ratio: smallest === 0 ? Infinity : largest / smallest
  };
}

function shapeOf(example: Example): string {
  const shape = example.kind === 'tensor' ? example.shape : [example.image.height, example.image.width, 3];
  return shape.join(' x ');
}

function hashOf(example: Example, shape: string): number {
  const values = example.kind === 'tensor' ? example.values : example.image.data;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const digest = createHash('sha256').update(shape).update(bytes).digest();
  return (digest.readUInt32BE(0) & 0x1fffff) * 2 ** 32 + digest.readUInt32BE(4);
}

/** Range, mean and deviation in one pass (Chan, Golub and LeVeque's pairwise update, one example at a time). */
class Spread {
  private count = 0;
  private mean = 0;
  private squares = 0;
  private low = Infinity;
  private high = -Infinity;

  add(example: Example): void {
    const values = example.kind === 'tensor' ? example.values : example.image.data;
    const alpha = example.kind === 'picture';
    let [sum, n] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      if (alpha && i % 4 === 3) continue;
      const value = values[i] ?? 0;
      sum += value;
      n += 1;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
    if (n === 0) return;
    const mean = sum / n;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      if (!alpha || i % 4 !== 3) squares += ((values[i] ?? 0) - mean) ** 2;
    }
    const all = this.count + n;
    const difference = mean - this.mean;
    this.squares += squares + (difference * difference * this.count * n) / all;
    this.mean += (difference * n) / all;
    this.count = all;
  }

  result(): Inspection['values'] {
    if (this.count === 0) return null;
    return { low: this.low, high: this.high, mean: this.mean, std: Math.sqrt(this.squares / this.count) };
  }
}
