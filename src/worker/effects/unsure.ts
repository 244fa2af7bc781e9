/** A data set under masks: which answers flip, and which pictures the network is least sure about. */
import { leaderOf } from '../../analyses/answerChange';
import { asProbabilities, leaders, meanAndStd, uncertainty } from '../../analyses/dropout/spread';
import type { DenseTensor } from '../../core/tensor';
import type { LeastSure, NoiseQuestion, PicturesUnderMasks, UnsurePicture } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import type { Pixels } from '../../protocol/values';
import { spreadIndices, type DataSets } from '../data';
import { inputFailure } from '../problem';
import type { Session } from '../session';
import { allOn, noiseLayer, noiseLayers } from './masks';
import type { Tails } from './tails';
import { t } from '../../core/texts';

const picturesAtOnce = 20;
const shown = 12;

export async function picturesUnderMasks(
  session: Session,
  tails: Tails,
  data: DataSets,
  question: NoiseQuestion & { readonly set: string | null; readonly seed: number; readonly pictures: number },
  context: HandlerContext
): Promise<PicturesUnderMasks> {
  const { node, experiment } = noiseLayer(session, question.layer, question.strength);
  const set = await data.get(session, question.set);
  const indices = spreadIndices(set.size, question.pictures);
  let flipped = 0;
  let pictures = 0;
  const right = { off: 0, on: 0, of: 0 };
  for (let from = 0; from < indices.length; from += picturesAtOnce) {
    const batch = await data.batch(session, set, indices.slice(from, from + picturesAtOnce));
    const place = { layer: node.id, occurrence: question.occurrence };
    const tail = await tails.at(session, place, 'before', context, [batch.inputs]);
    const seeds = batch.indices.map((index) => question.seed + index);
    const off = leaders((await tails.run(session, tail, {}, context)).data, seeds.length);
    const on = leaders((await tails.run(session, tail, { seeds, experiment }, context)).data, seeds.length);
    batch.labels.forEach((label, i) => {
      pictures++;
      if (off[i] !== on[i]) flipped++;
      if (label === null) return;
      right.of++;
      if (off[i] === label) right.off++;
      if (on[i] === label) right.on++;
    });
    context.progress({ share: pictures / indices.length, message: `${String(pictures)} / ${String(indices.length)}` });
  }
  return { title: set.title, pictures, flipped, right: right.of === 0 ? null : right };
}

/** N passes over each of the pictures under the masks of all random layers. */
export async function leastSure(
  session: Session,
  tails: Tails,
  data: DataSets,
  question: { readonly set: string | null; readonly pictures: number; readonly passes: number; readonly seed: number },
  context: HandlerContext
): Promise<LeastSure> {
  const layers = noiseLayers(session);
  const [first] = layers;
  if (first === undefined) throw inputFailure(session.model.name, t('has no dropout layer'), t('Choose another model'));
  const set = await data.get(session, question.set);
  const indices = spreadIndices(set.size, question.pictures);
  const { passes } = question;
  const all: (UnsurePicture & { readonly right: boolean | null })[] = [];
  for (let from = 0; from < indices.length; from += picturesAtOnce) {
    const batch = await data.batch(session, set, indices.slice(from, from + picturesAtOnce));
    const tail = await tails.at(session, { layer: first.id, occurrence: 0 }, 'before', context, [batch.inputs]);
    const clean = leaders((await tails.run(session, tail, {}, context)).data, batch.indices.length);
    const rows = batch.indices.flatMap((_, row) => Array.from({ length: passes }, () => row));
    const seeds = rows.map((_, i) => question.seed + (i % passes));
    const output = await tails.run(session, tail, { rows, seeds, experiment: allOn(layers) }, context);
    const part = output.data.length / Math.max(1, batch.indices.length);
    batch.indices.forEach((index, i) => {
      const own: DenseTensor = { shape: [passes, part / passes], data: output.data.subarray(i * part, (i + 1) * part) };
      all.push(judge(session, own, passes, index, clean[i] ?? 0, batch.previews[i], batch.labels[i] ?? null));
    });
    context.progress({
      share: all.length / indices.length,
      message: `${String(all.length)} / ${String(indices.length)}`
    });
  }
  const byEntropy = [...all].sort((a, b) => b.entropy - a.entropy);
  const byInformation = [...all].sort((a, b) => b.mutualInformation - a.mutualInformation);
  const unsure = [...new Set([...byEntropy.slice(0, shown), ...byInformation.slice(0, shown)])];
  unsure.sort((a, b) => b.entropy - a.entropy);
  const quarter = Math.ceil(all.length / 4);
  const labelled = all.filter(({ right }) => right !== null);
  return {
    set: set.id,
    title: set.title,
    pictures: all.length,
    passes,
    meanEntropy: all.reduce((sum, one) => sum + one.entropy, 0) / Math.max(1, all.length),
    unsure: unsure.map(({ right: _right, ...one }) => one),
    wrong:
      labelled.length === 0
        ? null
        : {
            all: labelled.filter(({ right }) => right === false).length,
            amongUnsurest: byEntropy.slice(0, quarter).filter(({ right }) => right === false).length,
            quarter
          }
  };
}

const nothing: Pixels = { width: 1, height: 1, rgba: new Uint8Array(4) };

function judge(
  session: Session,
  rows: DenseTensor,
  passes: number,
  index: number,
  clean: number,
  preview: Pixels | undefined,
  truth: number | null
): UnsurePicture & { readonly right: boolean | null } {
  const outputs = rows.data.length / passes;
  const chances = new Float32Array(rows.data.length);
  for (let row = 0; row < passes; row++) {
    chances.set(asProbabilities(rows.data.subarray(row * outputs, (row + 1) * outputs)), row * outputs);
  }
  const { mean } = meanAndStd(chances, passes);
  const answer = leaderOf(mean);
  const agree = leaders(rows.data, passes).filter((leader) => leader === clean).length;
  return {
    index,
    preview: preview ?? nothing,
    truth,
    answer,
    answerLabel: session.labels?.names.length === outputs ? (session.labels.names[answer] ?? null) : null,
    probability: mean[answer] ?? 0,
    ...uncertainty(rows.data, passes),
    agreement: agree / passes,
    right: truth === null ? null : truth === answer
  };
}
