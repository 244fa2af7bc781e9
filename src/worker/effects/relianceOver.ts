/** Reliance over the pictures of a data set: accuracy against the share of features off, and how features vary together. */
import { t } from '../../core/texts';
import { channelStrength, correlation, fallingOrder, shuffled, type Channels } from '../../analyses/dropout/channels';
import { decisions, meaningOf } from '../../analyses/dropout/meaning';
import { batchNormBeside, dropoutBeside, graphWith } from '../../analyses/dropout/neighbours';
import type { DenseTensor } from '../../core/tensor';
import { drawPlane } from '../../drawing/plane';
import type { ChannelCorrelation, RelianceCurves } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { layerOf, type Session } from '../session';
import type { PictureTails } from './pictureTails';
import { readyAt, switchOffAll, type Question } from './reliance';
import type { Tails } from './tails';

const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;
const orders = 3;
const fewStrongest = 3;
const correlated = 64;
const samplesAtMost = 20_000;

type Asked = Question & { readonly set: string | null; readonly pictures: number };

/** The strength of each channel and what the network answers, over all pictures. */
async function survey(session: Session, tails: Tails, sets: PictureTails, question: Asked, context: HandlerContext) {
  const node = layerOf(session, question.layer);
  const place = { layer: node.id, occurrence: question.occurrence };
  const answers: string[] = [];
  const truths: (number | null)[] = [];
  let strength = new Float64Array();
  let [title, labelled] = ['', true];
  for await (const part of sets.parts(session, place, 'after', question, context)) {
    const { value, channels } = readyAt(session, node, part.tail);
    const output = await tails.plain(session, part.tail, context);
    const kind = meaningOf(session.model, output);
    if (kind === 'values')
      throw inputFailure(
        session.model.name,
        t('answers with numbers: none is right or wrong'),
        t('Look at one input instead')
      );
    labelled &&= kind === 'classes';
    title = part.title;
    const count = part.batch.indices.length;
    answers.push(...decisions(output.data, count, kind));
    truths.push(...part.batch.labels);
    if (strength.length === 0) strength = new Float64Array(channels.count);
    channelStrength(value, channels).forEach((one, c) => (strength[c] = (strength[c] ?? 0) + one * count));
    context.progress({ share: (0.2 * answers.length) / part.total, message: node.name });
  }
  const measure = labelled && truths.every((label) => label !== null) ? 'accuracy' : 'agreement';
  return {
    node,
    place,
    answers,
    wanted: measure === 'accuracy' ? truths.map(String) : answers,
    measure,
    strength,
    title
  } as const;
}

/**
 * Channels of one layer set to zero, ever more of them: by falling mean |a| over the pictures, and in random orders.
 * Two passes over the pictures, so that only a part of them is in memory at a time.
 */
export async function relianceCurves(
  session: Session,
  tails: Tails,
  sets: PictureTails,
  question: Asked & { readonly seed: number },
  context: HandlerContext
): Promise<RelianceCurves> {
  const { node, place, answers, wanted, measure, strength, title } = await survey(
    session,
    tails,
    sets,
    question,
    context
  );
  const count = strength.length;
  const ways = [
    fallingOrder(strength),
    ...Array.from({ length: orders }, (_, i) => shuffled(count, question.seed + i))
  ];
  const few = Math.min(fewStrongest, count);
  const amounts = shares.map((share) => Math.round(share * count));
  // The first entry of each way, nothing off, is known; the few strongest come last.
  const tried = [
    ...ways.flatMap((order) => amounts.slice(1).map((amount) => order.slice(0, amount))),
    (ways[0] ?? []).slice(0, few)
  ];
  const hits = tried.map(() => 0);
  let [seen, changed] = [0, 0];
  for await (const { tail, batch } of sets.parts(session, place, 'after', question, context)) {
    const { value, channels } = readyAt(session, node, tail);
    const n = batch.indices.length;
    for (const [at, off] of tried.entries()) {
      const without: DenseTensor = { shape: value.shape, data: Float32Array.from(value.data) };
      switchOffAll(without.data, channels, off);
      const output = await tails.run(session, tail, { value: without }, context);
      decisions(output.data, n, meaningOf(session.model, output)).forEach((one, i) => {
        if (one === wanted[seen + i]) hits[at] = (hits[at] ?? 0) + 1;
        if (at === tried.length - 1 && one !== answers[seen + i]) changed++;
      });
      const share = (seen + (n * (at + 1)) / tried.length) / answers.length;
      context.progress({ share: 0.2 + 0.8 * share, message: `${String(seen)} / ${String(answers.length)}` });
    }
    seen += n;
  }
  const full = answers.filter((one, i) => one === wanted[i]).length;
  const steps = shares.length - 1;
  const curves = ways.map((_, way) =>
    [full, ...hits.slice(way * steps, (way + 1) * steps)].map((hit) => hit / answers.length)
  );
  const [strongestFirst = [], ...atRandom] = curves;
  const graph = graphWith(session.model.root, node.id);
  return {
    model: session.model.name,
    layer: node.id,
    channels: count,
    title,
    pictures: answers.length,
    measure,
    off: [...shares],
    random: shares.map((_, i) => atRandom.reduce((sum, curve) => sum + (curve[i] ?? 0), 0) / orders),
    randomRange: shares.map((_, i) => {
      const values = atRandom.map((curve) => curve[i] ?? 0);
      return [Math.min(...values), Math.max(...values)] as const;
    }),
    strongestFirst,
    orders,
    few: { channels: few, changed },
    batchNorm: graph === null ? null : (batchNormBeside(graph, node.id, question.occurrence)?.name ?? null),
    dropout: graph === null ? null : (dropoutBeside(graph, node.id, question.occurrence)?.name ?? null)
  };
}

export async function channelCorrelation(
  session: Session,
  tails: Tails,
  sets: PictureTails,
  question: Asked,
  context: HandlerContext
): Promise<ChannelCorrelation> {
  const node = layerOf(session, question.layer);
  const place = { layer: node.id, occurrence: question.occurrence };
  const samples = new Samples();
  let title = '';
  if (question.set === null) {
    const { value, channels } = readyAt(session, node, await tails.at(session, place, 'after', context));
    samples.add(value, channels, 1);
  } else {
    let seen = 0;
    for await (const { tail, batch, total, title: of } of sets.parts(session, place, 'after', question, context)) {
      const { value, channels } = readyAt(session, node, tail);
      title = of;
      samples.add(value, channels, total / batch.indices.length);
      seen += batch.indices.length;
      context.progress({ share: seen / total, message: node.name });
    }
  }
  const { tensor, channels, count } = samples.taken();
  if (count < 2)
    throw inputFailure(node.name, t('one picture gives one number a channel'), t('Choose a data set to compare over'));
  const chosen = fallingOrder(channelStrength(tensor, channels))
    .slice(0, correlated)
    .sort((a, b) => a - b);
  const found = correlation(tensor, channels, chosen);
  let [sum, pairs, constant] = [0, 0, 0];
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
    samples: count,
    constant,
    title
  };
}

/** Evenly spread positions of all values, `[samples, channels]`, without holding the values. */
class Samples {
  private readonly rows: Float32Array[] = [];
  private step = 0;
  private seen = 0;
  private width = 0;

  /** @param parts how many values of this size are to come in all */
  add(value: DenseTensor, channels: Channels, parts: number): void {
    const size = channels.count * channels.positions;
    const all = value.data.length / channels.count;
    if (this.step === 0) this.step = Math.max(1, Math.ceil((all * parts) / samplesAtMost));
    this.width = channels.count;
    for (let at = (this.step - (this.seen % this.step)) % this.step; at < all; at += this.step) {
      const from = Math.floor(at / channels.positions) * size;
      const row = new Float32Array(channels.count);
      for (let c = 0; c < channels.count; c++) {
        row[c] = value.data[from + channels.offset(c, at % channels.positions)] ?? 0;
      }
      this.rows.push(row);
    }
    this.seen += all;
  }

  taken() {
    const data = new Float32Array(this.rows.length * this.width);
    this.rows.forEach((row, i) => {
      data.set(row, i * this.width);
    });
    const channels: Channels = { count: this.width, positions: 1, offset: (channel) => channel };
    return { tensor: { shape: [this.rows.length, this.width], data }, channels, count: this.rows.length };
  }
}
