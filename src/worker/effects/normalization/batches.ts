/** Batches to probe a network with: pictures of a data set, filled up with seeded copies, never silently one picture. */
import { guessPreprocessing } from '../../../analyses/inputs';
import { copyOf, type Brightness, type PictureLayout } from '../../../analyses/normalization/pictureChange';
import { joinRows } from '../../../analyses/normalization/score';
import type { Pause } from '../../../analyses/normalization/stages';
import { createRandom, seedFor } from '../../../core/random';
import type { LayerRow } from '../../../core/summary';
import type { DenseTensor } from '../../../core/tensor';
import { preprocess } from '../../../images/preprocess';
import type { BatchFacts } from '../../../protocol/effects/normalization';
import { spreadIndices, type DataSets } from '../../data';
import { inputsOf } from '../../running';
import type { Session } from '../../session';

export interface ProbeBatch {
  /** One for each input of the network. */
  readonly inputs: readonly DenseTensor[];
  /** Output index of each picture's class. */
  readonly labels: readonly (number | null)[];
  readonly facts: BatchFacts;
}

export interface BatchAsk {
  /** `null`: the best fitting one. */
  readonly set: string | null;
  readonly size: number;
  /** The input now set comes first. */
  readonly leading?: boolean;
  /** Values of one sample that are kept beyond the pass. */
  readonly held?: number;
}

/** The largest value of a pass that a batch may lead to: 256 MB in float32, two or three of which live at a time. */
const passingValues = 64_000_000;
/** Values that may be kept beyond the pass: 96 MB. */
const heldValues = 24_000_000;
/** Pictures that are read before a cancellation is heeded. */
const readAtOnce = 4;
const copySeed = 11;

/** @throws {RequestFailure} without a data set and without an input */
export async function probeBatch(
  session: Session,
  data: DataSets,
  ask: BatchAsk,
  signal: AbortSignal
): Promise<ProbeBatch> {
  const size = Math.min(ask.size, affordable(session, ask.held ?? 1));
  const sets = await data.list(session);
  if (sets.length === 0) return copiesOfInputs(session, ask.size, size);
  const set = await data.get(session, ask.set);
  const own = ask.leading === true ? (session.inputs.get(0)?.tensor ?? null) : null;
  const wanted = size - (own === null ? 0 : 1);
  const indices = wanted > 0 ? spreadIndices(set.size, wanted) : [];
  const rows: DenseTensor[] = own === null ? [] : [own];
  const labels: (number | null)[] = own === null ? [] : [null];
  const pause = pauseOf(signal);
  for (let start = 0; start < indices.length; start += readAtOnce) {
    await pause();
    const found = await data.batch(session, set, indices.slice(start, start + readAtOnce));
    rows.push(found.inputs);
    labels.push(...found.labels);
  }
  const distinct = labels.length;
  const shape = rows[0]?.shape ?? [];
  const brightness = brightnessOf(session, shape);
  if (distinct < size && brightness !== null) {
    const base = joinRows(rows);
    const sample = base.data.length / distinct;
    const copies = new Float32Array((size - distinct) * sample);
    for (let i = 0; i < size - distinct; i++) {
      const from = i % distinct;
      const original = base.data.subarray(from * sample, (from + 1) * sample);
      const random = createRandom(seedFor(copySeed, `copy ${String(i)}`));
      copies.set(copyOf(original, layoutOf(session, shape), brightness, random), i * sample);
      labels.push(labels[from] ?? null);
    }
    rows.push({ shape: [size - distinct, ...shape.slice(1)], data: copies });
  }
  const inputs = joinRows(rows);
  const facts = { title: set.title, asked: ask.size, size: inputs.shape[0] ?? 0, distinct };
  return { inputs: [inputs], labels, facts };
}

/** Inputs of a black and of a white picture; `null` where the network does not read one picture. */
export function brightnessOf(session: Session, shape: readonly number[]): Brightness | null {
  const [port] = session.ports;
  if (session.ports.length !== 1 || port?.role !== 'image') return null;
  const { height, width } = layoutOf(session, shape);
  const given = session.inputs.get(0);
  const chosen = given?.image
    ? given.prepared.preprocessing
    : guessPreprocessing(session.model, port, false).preprocessing;
  const flat = (value: number): Float32Array => {
    const picture = { width, height, data: new Uint8Array(width * height * 4).fill(value) };
    for (let i = 3; i < picture.data.length; i += 4) picture.data[i] = 255;
    return preprocess(picture, { ...port, height, width }, { ...chosen, invert: false }).data;
  };
  return { black: flat(0), white: flat(255) };
}

function layoutOf(session: Session, shape: readonly number[]): PictureLayout {
  const channelsFirst = session.ports[0]?.channelsFirst === true;
  const [a = 1, b = 1, c = 1] = shape.slice(1);
  return channelsFirst
    ? { channels: a, height: b, width: c, channelsFirst }
    : { height: a, width: b, channels: c, channelsFirst };
}

/** Inputs that are no single picture: seeded noisy copies, a tenth of the input's own deviation. */
function copiesOfInputs(session: Session, asked: number, size: number): ProbeBatch {
  const inputs = inputsOf(session).map(({ shape, data }, port): DenseTensor => {
    const mean = data.reduce((sum, value) => sum + value, 0) / Math.max(1, data.length);
    const deviation = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, data.length));
    const all = new Float32Array(size * data.length);
    const random = createRandom(seedFor(copySeed, `input ${String(port)}`));
    for (let i = 0; i < all.length; i++) {
      const value = data[i % data.length] ?? 0;
      all[i] = i < data.length ? value : value + 0.1 * deviation * random.normal();
    }
    return { shape: [size, ...shape.slice(1)], data: all };
  });
  const facts = { title: null, asked, size, distinct: 1 };
  return { inputs, labels: Array.from({ length: size }, () => null), facts };
}

/** How many samples fit: the largest value of the network counts, and what is kept of it. */
function affordable(session: Session, held: number): number {
  const sizes = (rows: readonly LayerRow[]): number[] =>
    rows.flatMap((row) => [(row.activationBytes ?? 0) / Math.max(1, row.calls), ...sizes(row.layers ?? [])]);
  const bytes = sizes(session.opened.summary.layers);
  const largest = Math.max(1, ...bytes) / 4;
  return Math.max(1, Math.floor(Math.min(passingValues / largest, heldValues / Math.max(1, held))));
}

/** Lets messages in every few milliseconds and heeds a cancellation. */
export function pauseOf(signal: AbortSignal): Pause {
  let last = performance.now();
  return async () => {
    signal.throwIfAborted();
    if (performance.now() - last < 8) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
    signal.throwIfAborted();
  };
}
