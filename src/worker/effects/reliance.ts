/** How much an answer leans on single channels of a layer: the requests about switching them off, answered. */
import { answerChange, leaderOf } from '../../analyses/answerChange';
import {
  channelStrength,
  channelsOf,
  correlation,
  fallingOrder,
  shuffled,
  switchOff,
  type Channels
} from '../../analyses/dropout/channels';
import { takeRows } from '../../analyses/dropout/cut';
import { batchNormBeside, dropoutBeside, graphWith } from '../../analyses/dropout/neighbours';
import { leaders } from '../../analyses/dropout/spread';
import { formatOf } from '../../analyses/layers';
import { areProbabilities } from '../../analyses/outputs';
import type { LayerNode } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import { drawPlane } from '../../drawing/plane';
import type { AnswerChange } from '../../protocol/answer';
import type { ChannelCorrelation, Reliance, RelianceCurves } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import { spreadIndices, type DataBatch, type DataSets } from '../data';
import { inputFailure } from '../problem';
import { inputsOf } from '../running';
import { layerOf, type Session } from '../session';
import type { Tail, Tails } from './tails';
import { t } from '../../core/texts';

/** Switched off one by one; of wider layers, the strongest. */
const mostAlone = 512;
const mostTogether = 64;
const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;
const orders = 3;
const fewStrongest = 3;
const correlated = 64;
const samplesAtMost = 20_000;
const picturesAtOnce = 20;
/** Values at the cut that are held for the curves; where they grow larger, fewer pictures are taken. */
const bytesHeld = 200e6;

interface Question {
  readonly layer: string;
  readonly occurrence: number;
}

interface Ready {
  readonly node: LayerNode;
  readonly tail: Tail;
  readonly value: DenseTensor;
  readonly channels: Channels;
}

async function ready(
  session: Session,
  tails: Tails,
  question: Question,
  context: HandlerContext,
  inputs?: readonly DenseTensor[]
): Promise<Ready> {
  const node = layerOf(session, question.layer);
  const place = { layer: node.id, occurrence: question.occurrence };
  const tail = await tails.at(session, place, 'after', context, inputs);
  const value = tail.values.get(tail.cut.at);
  if (value === undefined) throw inputFailure(node.name, t('has no value'), t('Choose another layer'));
  return { node, tail, value, channels: channelsOf(value, formatOf(node, session.model)) };
}

/** The value of the first row again and again, each with other channels off. */
function variants(
  value: DenseTensor,
  batch: number,
  channels: Channels,
  off: readonly (readonly number[])[]
): DenseTensor {
  const changed = takeRows(
    value,
    batch,
    off.map(() => 0)
  );
  const part = changed.data.length / Math.max(1, off.length);
  off.forEach((some, row) => {
    switchOffAll(changed.data.subarray(row * part, (row + 1) * part), channels, some);
  });
  return changed;
}

/** As `switchOff`, on a row that may hold several time steps folded into the batch. */
function switchOffAll(row: Float32Array, channels: Channels, off: readonly number[]): void {
  const size = channels.count * channels.positions;
  for (let from = 0; from < row.length; from += size) switchOff(row.subarray(from, from + size), channels, off);
}

export async function reliance(
  session: Session,
  tails: Tails,
  question: Question,
  context: HandlerContext
): Promise<Reliance> {
  const { node, tail, value, channels } = await ready(session, tails, question, context);
  const strength = Float32Array.from(channelStrength(value, channels));
  const order = fallingOrder(strength);
  const single = order.slice(0, mostAlone);
  const sums = Array.from({ length: Math.min(mostTogether, channels.count) + 1 }, (_, k) => order.slice(0, k));
  const off = [...single.map((channel) => [channel]), ...sums];
  const outputs: DenseTensor[] = [];
  for (let from = 0; from < off.length; from += tail.rowsAtOnce) {
    const some = off.slice(from, from + tail.rowsAtOnce);
    const changed = variants(value, tail.batch, channels, some);
    outputs.push(await tails.run(session, tail, { rows: some.map(() => 0), value: changed }, context));
    context.progress({
      share: Math.min(1, (from + some.length) / off.length),
      message: `${String(Math.min(from + some.length, single.length))} / ${String(single.length)}`
    });
  }
  const rows = outputs.flatMap((output) => {
    const size = output.data.length / (output.shape[0] ?? 1);
    return Array.from({ length: output.shape[0] ?? 0 }, (_, i) => output.data.subarray(i * size, (i + 1) * size));
  });
  // Nothing off: the first of the sums.
  const clean = rows[single.length] ?? new Float32Array();
  const { kind } = answerChange(
    { shape: [1, clean.length], data: clean },
    { shape: [1, clean.length], data: clean },
    null
  );
  const winner = kind === 'classes' ? leaderOf(clean) : 0;
  const alone = new Float32Array(channels.count).fill(Number.NaN);
  const flips = new Uint8Array(channels.count);
  const flipped = (row: Float32Array | undefined) =>
    kind === 'classes' && row !== undefined && leaderOf(row) !== winner;
  single.forEach((channel, i) => {
    alone[channel] = rows[i]?.[winner] ?? Number.NaN;
    flips[channel] = flipped(rows[i]) ? 1 : 0;
  });
  const together = rows.slice(single.length);
  const graph = graphWith(session.model.root, node.id);
  return {
    layer: node.id,
    channels: channels.count,
    winner,
    winnerLabel: session.labels?.names.length === clean.length ? (session.labels.names[winner] ?? null) : null,
    probabilities: areProbabilities(clean),
    kind,
    base: clean[winner] ?? 0,
    alone,
    strength,
    flips,
    order: order.slice(0, mostTogether),
    together: Float32Array.from(together, (row) => row[winner] ?? Number.NaN),
    togetherFlips: Uint8Array.from(together, (row) => (flipped(row) ? 1 : 0)),
    batchNorm: graph === null ? null : (batchNormBeside(graph, node.id)?.name ?? null),
    dropout: graph === null ? null : (dropoutBeside(graph, node.id)?.name ?? null)
  };
}

export async function channelsOff(
  session: Session,
  tails: Tails,
  question: Question & { readonly off: readonly number[] },
  context: HandlerContext
): Promise<AnswerChange> {
  const { tail, value, channels } = await ready(session, tails, question, context);
  const changed = variants(value, tail.batch, channels, [[], question.off]);
  const both = await tails.run(session, tail, { rows: [0, 0], value: changed }, context);
  const size = both.data.length / 2;
  const row = (i: number): DenseTensor => ({
    shape: [1, ...both.shape.slice(1)],
    data: both.data.slice(i * size, (i + 1) * size)
  });
  return answerChange(row(0), row(1), session.labels?.names ?? null);
}

/** Pictures in parts, each with what crosses the cut after the layer. */
async function* parts(
  session: Session,
  tails: Tails,
  data: DataSets,
  question: Question & { readonly set: string | null; readonly pictures: number },
  context: HandlerContext
): AsyncGenerator<Ready & { readonly batch: DataBatch; readonly title: string; readonly total: number }> {
  const set = await data.get(session, question.set);
  const indices = spreadIndices(set.size, question.pictures);
  for (let from = 0; from < indices.length; from += picturesAtOnce) {
    const batch = await data.batch(session, set, indices.slice(from, from + picturesAtOnce));
    const at = await ready(session, tails, question, context, [batch.inputs]);
    yield { ...at, batch, title: set.title, total: indices.length };
  }
}

export async function relianceCurves(
  session: Session,
  tails: Tails,
  data: DataSets,
  question: Question & { readonly set: string | null; readonly pictures: number; readonly seed: number },
  context: HandlerContext
): Promise<RelianceCurves> {
  const held: (Ready & { batch: DataBatch })[] = [];
  let title = '';
  let bytes = 0;
  for await (const part of parts(session, tails, data, question, context)) {
    held.push(part);
    title = part.title;
    bytes += [...part.tail.values.values()].reduce((sum, { data: { byteLength } }) => sum + byteLength, 0);
    if (bytes > bytesHeld) break;
    context.progress({ share: (0.2 * held.length * picturesAtOnce) / part.total, message: part.node.name });
  }
  const [first] = held;
  if (first === undefined) throw inputFailure('data', t('there is no picture'), t('Choose another data set'));
  const count = first.channels.count;
  const strength = new Float64Array(count);
  for (const { value, channels, batch } of held) {
    const own = channelStrength(value, channels);
    own.forEach((one, c) => (strength[c] = (strength[c] ?? 0) + one * batch.indices.length));
  }
  const ways = [
    fallingOrder(strength),
    ...Array.from({ length: orders }, (_, i) => shuffled(count, question.seed + i))
  ];
  const pictures = held.reduce((sum, { batch }) => sum + batch.indices.length, 0);
  const truths: (number | null)[] = [];
  const answers: number[] = [];
  for (const { tail, batch } of held) {
    const output = await tails.run(session, tail, {}, context);
    answers.push(...leaders(output.data, batch.indices.length));
    truths.push(...batch.labels);
  }
  const measure = truths.every((label) => label !== null) ? 'accuracy' : 'agreement';
  const wanted = measure === 'accuracy' ? truths : answers;
  let done = 0;
  const total = ways.length * shares.length + 1;
  const answersWithout = async (off: readonly number[]): Promise<number[]> => {
    const found: number[] = [];
    for (const { tail, value, channels, batch } of held) {
      const n = batch.indices.length;
      const changed: DenseTensor = { shape: value.shape, data: Float32Array.from(value.data) };
      switchOffAll(changed.data, channels, off);
      const output = await tails.run(session, tail, { value: changed }, context);
      found.push(...leaders(output.data, n));
    }
    done++;
    context.progress({ share: 0.2 + (0.8 * done) / total, message: `${String(done)} / ${String(total)}` });
    return found;
  };
  const hits = (found: readonly number[]) => found.filter((leader, i) => leader === wanted[i]).length / pictures;
  const curves: number[][] = [];
  for (const order of ways) {
    const curve: number[] = [];
    for (const share of shares) {
      curve.push(hits(share === 0 ? answers : await answersWithout(order.slice(0, Math.round(share * count)))));
    }
    curves.push(curve);
  }
  const [strongestFirst = [], ...atRandom] = curves;
  const few = Math.min(fewStrongest, count);
  const withoutFew = await answersWithout((ways[0] ?? []).slice(0, few));
  return {
    model: session.model.name,
    layer: first.node.id,
    channels: count,
    title,
    pictures,
    measure,
    off: [...shares],
    random: shares.map((_, i) => atRandom.reduce((sum, curve) => sum + (curve[i] ?? 0), 0) / orders),
    randomRange: shares.map((_, i) => {
      const values = atRandom.map((curve) => curve[i] ?? 0);
      return [Math.min(...values), Math.max(...values)] as const;
    }),
    strongestFirst,
    orders,
    few: { channels: few, changed: withoutFew.filter((leader, i) => leader !== answers[i]).length }
  };
}

export async function channelCorrelation(
  session: Session,
  tails: Tails,
  data: DataSets,
  question: Question & { readonly set: string | null; readonly pictures: number },
  context: HandlerContext
): Promise<ChannelCorrelation> {
  const values: DenseTensor[] = [];
  let title = '';
  let at: Ready | null = null;
  if (question.set === null) {
    at = await ready(session, tails, question, context, inputsOf(session));
    values.push(at.value);
  } else {
    for await (const part of parts(session, tails, data, question, context)) {
      at = part;
      title = part.title;
      values.push(part.value);
      context.progress({ share: (values.length * picturesAtOnce) / part.total, message: part.node.name });
    }
  }
  if (at === null) throw inputFailure('data', t('there is no picture'), t('Choose another data set'));
  const thin = thinned(values, at.channels);
  if (thin.samples < 2)
    throw inputFailure(
      at.node.name,
      t('one picture gives one number a channel'),
      t('Choose a data set to compare over')
    );
  const strength = channelStrength(thin.tensor, thin.channels);
  const chosen = fallingOrder(strength)
    .slice(0, correlated)
    .sort((a, b) => a - b);
  const found = correlation(thin.tensor, thin.channels, chosen);
  let sum = 0;
  let pairs = 0;
  let constant = 0;
  chosen.forEach((_, i) => {
    if (Number.isNaN(found[i * chosen.length + i])) constant++;
    for (let j = i + 1; j < chosen.length; j++) {
      const r = found[i * chosen.length + j] ?? Number.NaN;
      if (Number.isNaN(r)) continue;
      sum += Math.abs(r);
      pairs++;
    }
  });
  return {
    channels: chosen,
    values: found,
    picture: drawPlane(found, chosen.length, chosen.length, { min: -1, max: 1 }, 'diverging'),
    meanAbs: pairs === 0 ? 0 : sum / pairs,
    samples: thin.samples,
    constant,
    title
  };
}

/** Evenly spread samples of all values, `[samples, channels]`. */
function thinned(values: readonly DenseTensor[], channels: Channels) {
  const size = channels.count * channels.positions;
  const rows = values.flatMap((value) =>
    Array.from({ length: value.data.length / size }, (_, i) => value.data.subarray(i * size, (i + 1) * size))
  );
  const all = rows.length * channels.positions;
  const step = Math.max(1, Math.ceil(all / samplesAtMost));
  const samples = Math.ceil(all / step);
  const data = new Float32Array(samples * channels.count);
  for (let s = 0; s < samples; s++) {
    const at = s * step;
    const row = rows[Math.floor(at / channels.positions)];
    for (let c = 0; c < channels.count; c++) {
      data[s * channels.count + c] = row?.[channels.offset(c, at % channels.positions)] ?? 0;
    }
  }
  const flat: Channels = { count: channels.count, positions: 1, offset: (channel) => channel };
  return { tensor: { shape: [samples, channels.count], data }, channels: flat, samples };
}
