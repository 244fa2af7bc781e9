/** Which examples train and which validate, and the order they are shown in. Everything follows from a seed. */
import { createRandom, seedFor, type Random } from '../core/random';
import type { TrainingSet } from './dataSet';

export interface Split {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * The last part of the data, unshuffled, as `fit(validation_split=…)` takes it: the split stands at
 * `floor(n * (1 - fraction))` (keras/src/trainers/data_adapters/data_adapter_utils.py).
 * @param size examples @param fraction in (0, 1)
 * @returns `null` where one of the two would be empty: Keras refuses that too
 */
export function lastPart(size: number, fraction: number): Split | null {
  const at = Math.floor(size * (1 - fraction));
  if (!(at > 0 && at < size)) return null;
  const all = counting(size);
  return { train: all.slice(0, at), validation: all.slice(at) };
}

/**
 * A share of every class, drawn by the seed. Counts are rounded so that their sum is `round(n * fraction)` (largest
 * remainders first, then the lower label); examples without a label count as one more class. Both parts keep the data's order.
 * @returns `null` where one of the two would be empty
 */
export function stratified(set: Pick<TrainingSet, 'size' | 'label'>, fraction: number, seed: number): Split | null {
  const wanted = Math.round(set.size * fraction);
  if (!(wanted > 0 && wanted < set.size)) return null;
  const groups = new Map<number, number[]>();
  for (let i = 0; i < set.size; i++) {
    const label = set.label(i) ?? -1;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [i]);
    else group.push(i);
  }
  const shares = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([label, indices]) => {
      const exact = (indices.length * wanted) / set.size;
      return { label, indices, count: Math.floor(exact), rest: exact - Math.floor(exact) };
    });
  let open = wanted - shares.reduce((sum, { count }) => sum + count, 0);
  for (const share of [...shares].sort((a, b) => b.rest - a.rest)) {
    if (open === 0) break;
    share.count += 1;
    open -= 1;
  }
  const chosen = new Uint8Array(set.size);
  for (const { label, indices, count } of shares) {
    const order = Uint32Array.from(indices);
    shuffle(order, createRandom(seedFor(seed, `split ${String(label)}`)));
    for (const index of order.subarray(0, count)) chosen[index] = 1;
  }
  const all = counting(set.size);
  return { train: all.filter((i) => chosen[i] === 0), validation: all.filter((i) => chosen[i] === 1) };
}

/**
 * As many examples of each class as there can be, `count` in all: for learning curves. Smaller samples of one seed are
 * contained in larger ones.
 */
export function sampled(set: Pick<TrainingSet, 'size' | 'label'>, count: number, seed: number): Uint32Array {
  const groups = new Map<number, number[]>();
  for (const index of epochOrder(set.size, seed, 0)) {
    const label = set.label(index) ?? -1;
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [index]);
    else group.push(index);
  }
  const queues = [...groups].sort(([a], [b]) => a - b).map(([, indices]) => indices);
  const taken: number[] = [];
  for (let round = 0; taken.length < Math.min(count, set.size); round++) {
    for (const queue of queues) {
      const index = queue[round];
      if (index !== undefined && taken.length < count) taken.push(index);
    }
  }
  return Uint32Array.from(taken);
}

/** The order of one epoch: another for every epoch, the same for the same seed, so that a run can be resumed anywhere. */
export function epochOrder(size: number, seed: number, epoch: number): Uint32Array {
  const order = counting(size);
  shuffle(order, createRandom(seedFor(seed, `epoch ${String(epoch)}`)));
  return order;
}

/** Fisher and Yates's shuffle, in place. */
export function shuffle(order: Uint32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a = 0, b = 0] = [order[i], order[j]];
    order[i] = b;
    order[j] = a;
  }
}

/** `0, 1, … size - 1` */
export function counting(size: number): Uint32Array {
  return new Uint32Array(size).map((_, i) => i);
}
