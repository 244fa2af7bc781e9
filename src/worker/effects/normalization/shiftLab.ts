/** Shifted inputs, answered with moving statistics, with the batch's own, with the batch norms folded away, and by another network. */
import { t } from '../../../core/texts';
import { foldableOf } from '../../../analyses/normalization/foldable';
import { foldExperiment, foldPair } from '../../../analyses/normalization/fold';
import { shifted, type Brightness } from '../../../analyses/normalization/pictureChange';
import { areClasses, rowOf, scoreOf } from '../../../analyses/normalization/score';
import { largestDifference } from '../../../analyses/normalization/xray';
import { createRandom, seedFor } from '../../../core/random';
import { elementCount, type DenseTensor } from '../../../core/tensor';
import type { Experiment } from '../../../engine/experiment';
import type { AnswerScore, NormShift, NormTwin, ShiftName } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { Pixels } from '../../../protocol/values';
import type { DataSets } from '../../data';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { brightnessOf, probeBatch, type ProbeBatch } from './batches';
import { statisticsExperiment } from './layerValues';
import { demandBatchNorm, hasBatchNorm, outputsIn, pictureCount } from './passes';

export const shiftStrengths = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;
const shiftBatch = 32;
const noiseSeed = 5;
/** Up to four curves; each point is worth waiting for, with progress and Cancel. */
const shiftWork = 250e9;

export interface ShiftAsk {
  readonly set: string | null;
  readonly shift: ShiftName;
  /** The network without batch norm to compare with. */
  readonly twin: Session | null;
}

/** A network with the pictures prepared for it, to be asked at one strength after the other. */
interface Subject {
  readonly session: Session;
  readonly batch: ProbeBatch;
  readonly input: DenseTensor;
  readonly brightness: Brightness;
  /** By the name of the run: its unshifted answers. */
  readonly first: Map<string, DenseTensor>;
}

/** @throws {RequestFailure} where the model has no batch norm or does not read one picture */
export async function compareShifts(
  runner: Runner,
  data: DataSets,
  session: Session,
  { set, shift, twin }: ShiftAsk,
  context: HandlerContext
): Promise<NormShift> {
  demandBatchNorm(session);
  const size = pictureCount(session, 4 * shiftStrengths.length, shiftWork);
  const subject = await subjectOf(session, data, { set, size }, context.signal);
  const { batch } = subject;
  const together = Math.min(shiftBatch, batch.facts.size);
  const other = twin === null ? null : await twinSubject(subject, twin, data, { set, size }, context.signal);
  const folded = await foldedTwin(session, context.signal);
  const runs = 2 + (folded.experiment === null ? 0 : 1) + (other?.subject === undefined ? 0 : 1);
  const steps = runs * shiftStrengths.length * Math.ceil(batch.facts.size / together);
  let done = 0;
  const step = () => {
    context.progress({ share: Math.min(1, ++done / steps), message: t('shifting the pictures') });
  };
  const ask = async (of: Subject, name: string, experiment: Experiment, strength: number) => {
    const inputs = shiftedInput(of, shift, strength);
    const { answers } = await outputsIn(runner, of.session, [inputs], together, experiment, context, step);
    const unshifted = of.first.get(name) ?? answers;
    of.first.set(name, unshifted);
    return { answers, score: scoreOf(answers, unshifted, of.batch.labels) };
  };
  const points: NormShift['points'][number][] = [];
  let difference = 0;
  for (const strength of shiftStrengths) {
    const moving = await ask(subject, 'moving', {}, strength);
    const own = await ask(subject, 'batch', statisticsExperiment(session, 'batch'), strength);
    let foldedScore: AnswerScore | null = null;
    if (folded.experiment !== null) {
      const without = await ask(subject, 'folded', folded.experiment, strength);
      foldedScore = without.score;
      difference = Math.max(difference, largestDifference(without.answers.data, moving.answers.data));
    }
    points.push({
      strength,
      preview: previewOf(subject, rowOf(shiftedInput(subject, shift, strength), 0)),
      moving: moving.score,
      batch: own.score,
      folded: foldedScore,
      twin: other?.subject === undefined ? null : (await ask(other.subject, 'twin', {}, strength)).score
    });
  }
  return {
    batch: batch.facts,
    batchSize: together,
    classes: areClasses(subject.first.get('moving') ?? { shape: [0], data: new Float32Array() }),
    points,
    folded: folded.experiment === null ? null : { ...folded.count, largestDifference: difference },
    twin: other?.facts ?? null
  };
}

async function subjectOf(
  session: Session,
  data: DataSets,
  ask: { readonly set: string | null; readonly size: number },
  signal: AbortSignal
): Promise<Subject> {
  const batch = await probeBatch(session, data, ask, signal);
  const [input] = batch.inputs;
  const brightness = input === undefined ? null : brightnessOf(session, input.shape);
  if (input === undefined || brightness === null)
    throw inputFailure(session.model.name, t('does not read one picture'), t('Shifts of brightness need a picture'));
  return { session, batch, input, brightness, first: new Map() };
}

/** The other network, with the same pictures prepared in its own way; or why the two cannot be compared. */
async function twinSubject(
  { session, input, batch }: Subject,
  twin: Session,
  data: DataSets,
  ask: { readonly set: string | null; readonly size: number },
  signal: AbortSignal
): Promise<{ readonly facts: NormTwin; readonly subject?: Subject }> {
  const { name } = twin.model;
  const no = (why: 'batchNorm' | 'inputs' | 'answers') => ({ facts: { fits: false, name, why } }) as const;
  if (hasBatchNorm(twin)) return no('batchNorm');
  if (twin.ports.length !== 1 || twin.ports[0]?.role !== 'image') return no('inputs');
  if (answerSize(twin) !== answerSize(session)) return no('answers');
  const same = { ...ask, set: ask.set ?? (await data.get(session, null)).id, size: batch.facts.size };
  if (!(await data.list(twin)).some(({ id }) => id === same.set)) return no('inputs');
  const subject = await subjectOf(twin, data, same, signal);
  if (elementCount(subject.input.shape) !== elementCount(input.shape)) return no('inputs');
  return { facts: { fits: true, name }, subject };
}

function answerSize(session: Session): number | null {
  return session.opened.summary.outputs[0]?.shape?.at(-1) ?? null;
}

function shiftedInput({ input, brightness }: Subject, shift: ShiftName, strength: number): DenseTensor {
  const random = createRandom(seedFor(noiseSeed, shift));
  return { shape: input.shape, data: shifted(input.data, brightness, shift, strength, random) };
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

/** The first picture as the network sees it, brightness 0 to 1. */
function previewOf({ session, brightness: { black, white } }: Subject, row: DenseTensor): Pixels {
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
