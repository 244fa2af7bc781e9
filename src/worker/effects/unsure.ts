/** A data set under masks: which answers flip, and which pictures the network is least sure about. */
import { leaderOf } from '../../analyses/answerChange';
import { decisions, meaningOf, type AnswerMeaning } from '../../analyses/dropout/meaning';
import { asProbabilities, leaders, meanAndStd, uncertainty } from '../../analyses/dropout/spread';
import type { DenseTensor } from '../../core/tensor';
import type { LeastSure, NoiseQuestion, PicturesUnderMasks, UnsurePicture } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import type { Pixels } from '../../protocol/values';
import { inputFailure } from '../problem';
import type { Session } from '../session';
import { allOn, firstNoisy, noiseLayer, noiseLayers } from './masks';
import type { PictureTails } from './pictureTails';
import type { Tails } from './tails';
import { t } from '../../core/texts';

const shown = 12;

export async function picturesUnderMasks(
  session: Session,
  tails: Tails,
  sets: PictureTails,
  question: NoiseQuestion & { readonly set: string | null; readonly seed: number; readonly pictures: number },
  context: HandlerContext
): Promise<PicturesUnderMasks> {
  const { node, experiment } = noiseLayer(session, question.layer, question.occurrence, question.strength);
  let flipped = 0;
  let pictures = 0;
  let title = '';
  let kind: AnswerMeaning = 'values';
  const right = { off: 0, on: 0, of: 0 };
  const place = { layer: node.id, occurrence: question.occurrence };
  for await (const { batch, tail, total, title: of } of sets.parts(session, place, 'before', question, context)) {
    title = of;
    const seeds = batch.indices.map((index) => question.seed + index);
    const clean = await tails.plain(session, tail, context);
    const masked = await tails.run(session, tail, { seeds, experiment }, context);
    kind = meaningOf(session.model, clean);
    const [was, is] = [clean, masked].map(({ data }) => decisions(data, seeds.length, kind));
    const [off, on] = [clean, masked].map(({ data }) => leaders(data, seeds.length));
    batch.labels.forEach((label, i) => {
      pictures++;
      if (was?.[i] !== is?.[i]) flipped++;
      if (label === null) return;
      right.of++;
      if (off?.[i] === label) right.off++;
      if (on?.[i] === label) right.on++;
    });
    context.progress({ share: pictures / total, message: `${String(pictures)} / ${String(total)}` });
  }
  return { title, pictures, kind, flipped, right: right.of === 0 || kind !== 'classes' ? null : right };
}

/** N passes over each of the pictures under the masks of all random layers. */
export async function leastSure(
  session: Session,
  tails: Tails,
  sets: PictureTails,
  question: { readonly set: string | null; readonly pictures: number; readonly passes: number; readonly seed: number },
  context: HandlerContext
): Promise<LeastSure> {
  const layers = noiseLayers(session);
  const place = { layer: firstNoisy(session, layers).id, occurrence: 0 };
  const { passes } = question;
  const all: (UnsurePicture & { readonly right: boolean | null })[] = [];
  let [set, title] = ['', ''];
  let meaning: AnswerMeaning = 'classes';
  for await (const part of sets.parts(session, place, 'before', question, context)) {
    const { batch, tail, total } = part;
    ({ set, title } = part);
    const plain = await tails.plain(session, tail, context);
    meaning = meaningOf(session.model, plain);
    if (meaning === 'values')
      throw inputFailure(
        session.model.name,
        t('answers with numbers, not with classes'),
        t('Look at the spread instead')
      );
    const clean = decisions(plain.data, batch.indices.length, meaning);
    const rows = batch.indices.flatMap((_, row) => Array.from({ length: passes }, () => row));
    const seeds = rows.map((_, i) => question.seed + (i % passes));
    const output = await tails.run(session, tail, { rows, seeds, experiment: allOn(layers) }, context);
    const size = output.data.length / Math.max(1, batch.indices.length);
    batch.indices.forEach((index, i) => {
      const own: DenseTensor = { shape: [passes, size / passes], data: output.data.subarray(i * size, (i + 1) * size) };
      const known = { index, preview: batch.previews[i] ?? nothing, truth: batch.labels[i] ?? null };
      all.push(judge(session, own, passes, meaning, clean[i] ?? '', known));
    });
    context.progress({ share: all.length / total, message: `${String(all.length)} / ${String(total)}` });
  }
  const byEntropy = [...all].sort((a, b) => b.entropy - a.entropy);
  const byInformation = [...all].sort((a, b) => b.mutualInformation - a.mutualInformation);
  const unsure = [...new Set([...byEntropy.slice(0, shown), ...byInformation.slice(0, shown)])];
  unsure.sort((a, b) => b.entropy - a.entropy);
  const quarter = Math.ceil(all.length / 4);
  const labelled = all.filter(({ right }) => right !== null);
  return {
    set,
    title,
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
  meaning: AnswerMeaning,
  clean: string,
  known: Pick<UnsurePicture, 'index' | 'preview' | 'truth'>
): UnsurePicture & { readonly right: boolean | null } {
  const outputs = rows.data.length / passes;
  const chances = new Float32Array(rows.data.length);
  for (let row = 0; row < passes; row++) {
    const own = rows.data.subarray(row * outputs, (row + 1) * outputs);
    chances.set(meaning === 'labels' ? own : asProbabilities(own), row * outputs);
  }
  const { mean } = meanAndStd(chances, passes);
  const answer = leaderOf(mean);
  const agree = decisions(rows.data, passes, meaning).filter((one) => one === clean).length;
  return {
    ...known,
    answer,
    answerLabel: session.labels?.names.length === outputs ? (session.labels.names[answer] ?? null) : null,
    probability: mean[answer] ?? 0,
    ...uncertainty(rows.data, passes, meaning),
    agreement: agree / passes,
    right: known.truth === null || meaning !== 'classes' ? null : known.truth === answer
  };
}
