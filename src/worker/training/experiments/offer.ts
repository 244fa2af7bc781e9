/** What can be tried on a network and data, with plans that fit into minutes; and what a plan costs. */
import type { Model } from '../../../core/model';
import { problemLine } from '../../../core/result';
import { summarize } from '../../../core/summarize';
import { t } from '../../../core/texts';
import type { Engine } from '../../../engine/engine';
import { applyChanges, type Variant } from '../../../training/lab/changes';
import { secondsOf, type Speed } from '../../../training/lab/cost';
import type { LabJob } from '../../../training/lab/job';
import { formDefaults } from '../../../training/run/formDefaults';
import type { ExperimentCost, ExperimentOffer, ExperimentPlan } from '../../../protocol/experiments';
import type { DataChoice } from '../../../protocol/training';
import { valueOf } from '../../problem';
import type { Session } from '../../session';
import { formFacts } from '../task';
import { changeableLayers, ownMomentum, ownNorms } from './changeable';
import { settingsFor, type LabTask } from './labTask';
import { jobsOf, LABS, variantsOf } from './planned';
import { fitted, type Size } from './sizing';
import type { Speeds } from './speed';

/** Batches that are read for timing, at most. */
const timedBatches = 40;
/** Batches of few images: larger ones would leave a lab of 500 images without steps. */
const largestBatch = 32;
/** What is timed where the data are as easy as digits, and where they are not. */
const targets = { easy: 0.9, other: 0.7 } as const;

export interface Timing {
  readonly signal: AbortSignal;
  turn(): Promise<void>;
}

export async function experimentOffer(
  engine: Engine,
  speeds: Speeds,
  session: Session,
  { data: choice, validationShare }: { readonly data: DataChoice; readonly validationShare: number },
  task: LabTask,
  timing: Timing
): Promise<ExperimentOffer> {
  const form = { ...formDefaults(formFacts(session, task.data)).form, validationShare };
  const easy = choice.kind === 'digits' || (choice.kind === 'known' && choice.name === 'mnist');
  const plain = {
    data: choice,
    form,
    batchSize: Math.min(form.batchSize, largestBatch),
    learningRate: null,
    target: easy ? targets.easy : targets.other
  };
  const twin = { ...plain, seeds: [1], size: null, epochs: 1 };
  const measured = await speedOf(engine, speeds, session, task, twin, timing);
  const seconds = (plan: ExperimentPlan): number | null => {
    const jobs = jobsOf(task.model, plan, task.trainImages);
    return jobs.ok ? timeOf(jobs.value, plan.size, task, measured) : null;
  };
  const labs = LABS.map((lab) => {
    const what = { kind: 'lab', lab } as const;
    const at = ({ seeds, size, epochs }: Size): ExperimentPlan => ({ ...plain, what, seeds, size, epochs });
    const size = fitted(lab, (one) => seconds(at(one)));
    const plan = at(size ?? { seeds: [1, 2, 3], size: null, epochs: 1 });
    return { lab, plan, seconds: size?.seconds ?? 0, refused: refusal(task, plan, size) };
  });
  // Any layer will do: what a twin changes hardly changes what it costs.
  const change = { kind: 'twin', label: '', changes: [{ kind: 'weightNoise', size: 0 }] } as const;
  const size = fitted('twin', (one) => seconds({ ...plain, what: change, ...one }));
  return {
    layers: await changeableLayers(task.model, timing.signal, () => timing.turn()),
    labs,
    twinPlan: { ...plain, seeds: size?.seeds ?? [1, 2, 3], size: size?.size ?? null, epochs: size?.epochs ?? 1 },
    trainImages: task.trainImages,
    validationImages: task.validationImages(null),
    batchNormMomentum: ownMomentum(task.model)
  };
}

/** Why a lab cannot be run, in a sentence: it has no network to compare with, nothing to compare, or no time. */
function refusal(task: LabTask, plan: ExperimentPlan, size: ReturnType<typeof fitted>): string | null {
  const jobs = jobsOf(task.model, plan, task.trainImages);
  if (!jobs.ok) return problemLine(jobs.error);
  const [base, ...others] = variantsOf(jobs.value).map((variant) => refusedVariant(task, variant));
  if (base !== undefined && base !== null) return base;
  const [first] = others;
  if (first !== undefined && first !== null && others.every((one) => one !== null)) return first;
  if (size === null || !size.tooSlow) return null;
  const minutes = Math.round(size.seconds / 60);
  return t('Even the smallest plan would take {0} minutes here, which is too long for a lab.', minutes);
}

/** Why a variant of this network cannot be trained, in a sentence; `null`: it can. */
export function refusedVariant(
  { model, pictures }: Pick<LabTask, 'model' | 'pictures'>,
  variant: Variant
): string | null {
  const applied = applyChanges(model, variant.changes);
  if (!applied.ok) return problemLine(applied.error);
  const augments = variant.changes.some((one) => one.kind === 'augmentation' && one.layers.length > 0);
  if (!augments || pictures) return null;
  return t('Augmentation is for networks that read pictures with the colours last; this one reads other values.');
}

export async function experimentCost(
  engine: Engine,
  speeds: Speeds,
  session: Session,
  plan: ExperimentPlan,
  task: LabTask,
  timing: Timing
): Promise<ExperimentCost> {
  const jobs = valueOf(jobsOf(task.model, plan, task.trainImages));
  const measured = await speedOf(engine, speeds, session, task, plan, timing);
  return {
    jobs: jobs.length,
    seconds: timeOf(jobs, plan.size, task, measured),
    engine: engine.name,
    variants: variantsOf(jobs).map((variant) => {
      const applied = applyChanges(task.model, variant.changes);
      return {
        id: variant.id,
        label: variant.label,
        refreshed: applied.ok ? namesOf(task.model, applied.value.refreshed) : [],
        parameters: applied.ok ? summarize(applied.value.model).totals.params : null,
        refused: refusedVariant(task, variant)
      };
    })
  };
}

const namesOf = (model: Model, ids: readonly string[]): string[] =>
  ids.map((id) => model.root.layers.get(id)?.name ?? id);

async function speedOf(
  engine: Engine,
  speeds: Speeds,
  session: Session,
  task: LabTask,
  { form, batchSize, size }: Pick<ExperimentPlan, 'form' | 'batchSize' | 'size'>,
  timing: Timing
): Promise<Required<Speed>> {
  const settings = { ...(await settingsFor(engine, task, form, timing.signal)), batchSize };
  const data = await task.read(size, timing.signal);
  return speeds.measure(session.model, task.model, {
    engine,
    settings,
    train: await data.train(timedBatches * batchSize, 1),
    validation: data.validation,
    lookedAtOnce: task.lookedAtOnce,
    signal: timing.signal,
    turn: () => timing.turn()
  });
}

function timeOf(jobs: readonly LabJob[], size: number | null, task: LabTask, speed: Speed): number {
  const validation = task.validationImages(size);
  const norms = ownNorms(task.model);
  return secondsOf(jobs, speed, { validation, measured: validation, all: task.trainImages, norms });
}
