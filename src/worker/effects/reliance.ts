/** How much an answer leans on single channels of a layer: the requests about switching them off, answered. */
import { leaderOf } from '../../analyses/answerChange';
import { channelStrength, channelsOf, fallingOrder, switchOff, type Channels } from '../../analyses/dropout/channels';
import { takeRows } from '../../analyses/dropout/cut';
import { decisions, meaningOf } from '../../analyses/dropout/meaning';
import { formatOf } from '../../analyses/layers';
import { areProbabilities } from '../../analyses/outputs';
import type { LayerNode } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import type { AnswerChange } from '../../protocol/answer';
import type { Reliance } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { layerOf, type Session } from '../session';
import { changeOf } from './masks';
import type { Tail, Tails } from './tails';
import { t } from '../../core/texts';

/** Switched off one by one; of wider layers, the strongest. */
const mostAlone = 512;
const mostTogether = 64;

export interface Question {
  readonly layer: string;
  readonly occurrence: number;
}

/** A layer's value with the network behind it. */
export interface Ready {
  readonly node: LayerNode;
  readonly tail: Tail;
  readonly value: DenseTensor;
  readonly channels: Channels;
}

/** @throws {RequestFailure} where the tail holds no value of the layer */
export function readyAt(session: Session, node: LayerNode, tail: Tail): Ready {
  const value = tail.values.get(tail.cut.at);
  if (value === undefined) throw inputFailure(node.name, t('has no value'), t('Choose another layer'));
  return { node, tail, value, channels: channelsOf(value, formatOf(node, session.model)) };
}

async function ready(session: Session, tails: Tails, question: Question, context: HandlerContext): Promise<Ready> {
  const node = layerOf(session, question.layer);
  const place = { layer: node.id, occurrence: question.occurrence };
  return readyAt(session, node, await tails.at(session, place, 'after', context));
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
export function switchOffAll(row: Float32Array, channels: Channels, off: readonly number[]): void {
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
  const kind = meaningOf(session.model, outputs[0] ?? { shape: [1], data: clean });
  const winner = kind === 'values' ? 0 : leaderOf(clean);
  const [answer] = decisions(clean, 1, kind);
  const alone = new Float32Array(channels.count).fill(Number.NaN);
  const flips = new Uint8Array(channels.count);
  const flipped = (row: Float32Array | undefined) => row !== undefined && decisions(row, 1, kind)[0] !== answer;
  single.forEach((channel, i) => {
    alone[channel] = rows[i]?.[winner] ?? Number.NaN;
    flips[channel] = flipped(rows[i]) ? 1 : 0;
  });
  const together = rows.slice(single.length);
  return {
    layer: node.id,
    channels: channels.count,
    winner,
    winnerLabel: session.labels?.names.length === clean.length ? (session.labels.names[winner] ?? null) : null,
    probabilities: kind === 'labels' || areProbabilities(clean),
    kind,
    tried: single.length,
    base: clean[winner] ?? 0,
    alone,
    strength,
    flips,
    order: order.slice(0, mostTogether),
    together: Float32Array.from(together, (row) => row[winner] ?? Number.NaN),
    togetherFlips: Uint8Array.from(together, (row) => (flipped(row) ? 1 : 0))
  };
}

export async function channelsOff(
  session: Session,
  tails: Tails,
  question: Question & { readonly off: readonly number[] },
  context: HandlerContext
): Promise<AnswerChange> {
  const { node, tail, value, channels } = await ready(session, tails, question, context);
  if (question.off.some((channel) => !(channel >= 0 && channel < channels.count)))
    throw inputFailure(node.name, t('has no such channel'), t('Choose others'));
  const clean = await tails.plain(session, tail, context);
  if (question.off.length === 0) return changeOf(session, clean, clean);
  const changed = variants(value, tail.batch, channels, [question.off]);
  return changeOf(session, clean, await tails.run(session, tail, { rows: [0], value: changed }, context));
}
