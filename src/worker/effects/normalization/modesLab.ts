/** Training against inference, batch sizes, and shifted inputs, for the whole network. */
import { answerChange } from '../../../analyses/answerChange';
import { foldableOf } from '../../../analyses/normalization/foldable';
import { foldExperiment, foldPair } from '../../../analyses/normalization/fold';
import { bothExperiments, logitExperiment, softmaxRows } from '../../../analyses/normalization/logits';
import { shifted } from '../../../analyses/normalization/pictureChange';
import { areClasses, joinRows, rowOf, rowsFrom, scoreOf } from '../../../analyses/normalization/score';
import { largestDifference } from '../../../analyses/normalization/xray';
import { createRandom, seedFor } from '../../../core/random';
import type { DenseTensor } from '../../../core/tensor';
import type { Experiment } from '../../../engine/experiment';
import type { NormModes, NormShift, ShiftName, StatisticsMode } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { brightnessOf, probeBatch } from './batches';
import { statisticsExperiment } from './layerValues';
import { t } from '../../../core/texts';

const batchSizes = [1, 2, 8, 32, 128] as const;
const strengths = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;
/** Multiply-adds that one question may cost: about 20 s on one core. */
const work = 120e9;
const shiftBatch = 32;
const noiseSeed = 5;

/** First output of all rows, in batches; logits where there are any. */
interface Outputs {
  readonly answers: DenseTensor;
  readonly logits: DenseTensor | null;
}

async function outputsIn(
  runner: Runner,
  session: Session,
  inputs: readonly DenseTensor[],
  size: number,
  experiment: Experiment,
  context: HandlerContext,
  step: () => void
): Promise<Outputs> {
  const logits = logitExperiment(session.model);
  const parts: DenseTensor[] = [];
  const rows = inputs[0]?.shape[0] ?? 0;
  for (let start = 0; start < rows; start += size) {
    const part = inputs.map((input) => rowsFrom(input, start, Math.min(rows, start + size)));
    const ask = { inputs: part, experiment: bothExperiments(experiment, logits) };
    const [first] = await runner.outputs(session, ask, context);
    if (first !== undefined) parts.push(first);
    step();
  }
  const joined = joinRows(parts);
  return logits === null ? { answers: joined, logits: null } : { answers: softmaxRows(joined), logits: joined };
}

/** As many pictures of 128, 32, 8 as `passes` passes over them can be waited for. */
function pictureCount(session: Session, passes: number): number {
  const macs = session.opened.summary.totals.macs ?? 1e6;
  return [128, 32, 8].find((count) => count * passes * macs <= work) ?? 8;
}

/** @throws {RequestFailure} where the model has no batch norm */
export async function compareModes(
  runner: Runner,
  data: DataSets,
  session: Session,
  set: string | null,
  context: HandlerContext
): Promise<NormModes> {
  demandBatchNorm(session);
  const size = pictureCount(session, 6);
  const batch = await probeBatch(session, data, { set, size, leading: true });
  const count = batch.facts.size;
  const sizes = batchSizes.filter((one) => one <= count);
  const steps = Math.ceil(count / shiftBatch) + sizes.reduce((sum, one) => sum + Math.ceil(count / one), 0);
  let done = 0;
  const step = () => {
    context.progress({ share: ++done / steps, message: t('comparing batch sizes') });
  };
  const run = (one: number, mode: StatisticsMode) =>
    outputsIn(runner, session, batch.inputs, one, statisticsExperiment(session, mode), context, step);
  const moving = await run(shiftBatch, 'moving');
  const found: NormModes['sizes'][number][] = [];
  for (const one of sizes) {
    const { answers, logits } = await run(one, 'batch');
    found.push({
      size: one,
      score: scoreOf(answers, moving.answers, batch.labels),
      answer: answerChange(rowOf(moving.answers, 0), rowOf(answers, 0), session.labels?.names ?? null),
      logits:
        logits === null || moving.logits === null
          ? null
          : answerChange(rowOf(moving.logits, 0), rowOf(logits, 0), session.labels?.names ?? null)
    });
  }
  return {
    batch: batch.facts,
    classes: areClasses(moving.answers),
    moving: scoreOf(moving.answers, moving.answers, batch.labels),
    sizes: found
  };
}

/** @throws {RequestFailure} where the model has no batch norm or does not read one picture */
export async function compareShifts(
  runner: Runner,
  data: DataSets,
  session: Session,
  { set, shift }: { readonly set: string | null; readonly shift: ShiftName },
  context: HandlerContext
): Promise<NormShift> {
  demandBatchNorm(session);
  const size = pictureCount(session, 2 * strengths.length);
  const batch = await probeBatch(session, data, { set, size });
  const [input] = batch.inputs;
  const brightness = input === undefined ? null : brightnessOf(session, input.shape);
  if (input === undefined || brightness === null)
    throw inputFailure(session.model.name, t('does not read one picture'), t('Shifts of brightness need a picture'));
  const together = Math.min(shiftBatch, batch.facts.size);
  const steps = (2 * strengths.length + 1) * Math.ceil(batch.facts.size / together);
  let done = 0;
  const step = () => {
    context.progress({ share: Math.min(1, ++done / steps), message: t('shifting the pictures') });
  };
  const run = (inputs: DenseTensor, experiment: Experiment) =>
    outputsIn(runner, session, [inputs], together, experiment, context, step);
  const at = (strength: number): DenseTensor => ({
    shape: input.shape,
    data: shifted(input.data, brightness, shift, strength, createRandom(seedFor(noiseSeed, shift)))
  });
  const points: NormShift['points'][number][] = [];
  const first = new Map<StatisticsMode, DenseTensor>();
  const last = new Map<StatisticsMode, DenseTensor>();
  for (const strength of strengths) {
    const inputs = at(strength);
    const score = async (mode: StatisticsMode) => {
      const { answers } = await run(inputs, statisticsExperiment(session, mode));
      const unshifted = first.get(mode) ?? answers;
      first.set(mode, unshifted);
      last.set(mode, answers);
      return scoreOf(answers, unshifted, batch.labels);
    };
    const [moving, own] = [await score('moving'), await score('batch')];
    points.push({ strength, preview: previewOf(rowOf(inputs, 0), brightness, session), moving, batch: own });
  }
  const twin = await foldedTwin(session, context.signal);
  const folded = twin.experiment === null ? null : (await run(at(1), twin.experiment)).answers;
  const strongest = last.get('moving') ?? null;
  return {
    batch: batch.facts,
    batchSize: together,
    classes: areClasses(first.get('moving') ?? { shape: [0], data: new Float32Array() }),
    points,
    twin:
      folded === null || strongest === null
        ? null
        : { ...twin.count, largestDifference: largestDifference(folded.data, strongest.data) }
  };
}

/** Every batch norm that can be folded, folded: the network without them. */
async function foldedTwin(session: Session, signal: AbortSignal) {
  const norms = [...session.layers.values()].filter((layer) => layer.kind.kind === 'batchNorm');
  const folds = [];
  for (const norm of norms) {
    const found = foldableOf(session.model.root, norm);
    if (found.ok) folds.push({ pair: found.pair, folded: await foldPair(found.pair, signal) });
  }
  const count = { folded: folds.length, total: norms.length };
  return { count, experiment: folds.length === 0 ? null : foldExperiment(folds) };
}

function demandBatchNorm(session: Session): void {
  const has = [...session.layers.values()].some((layer) => layer.kind.kind === 'batchNorm');
  if (!has)
    throw inputFailure(
      session.model.name,
      t('has no batch norm layer: it computes the same in training and at inference, dropout aside'),
      t('Try adding BatchNormalization after a convolution')
    );
}

/** The first picture as the network sees it, brightness 0 to 1. */
function previewOf(row: DenseTensor, { black, white }: { black: Float32Array; white: Float32Array }, session: Session) {
  const first = session.ports[0]?.channelsFirst === true;
  const [a = 1, b = 1, c = 1] = row.shape.slice(1);
  const [height, width, channels] = first ? [b, c, a] : [a, b, c];
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) {
      const channel = Math.min(k, channels - 1);
      const at = first ? channel * width * height + i : i * channels + channel;
      const low = black[at] ?? 0;
      const span = (white[at] ?? 1) - low || 1;
      rgba[4 * i + k] = Math.round(255 * Math.max(0, Math.min(1, ((row.data[at] ?? 0) - low) / span)));
    }
  }
  return { width, height, rgba };
}
