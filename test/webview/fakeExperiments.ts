/** Plays experiments with timers: variants on several seeds, curves with noise, verdicts by the program's own rule. */
import type {
  ChangeableLayer,
  CurvePoint,
  ExperimentEvent,
  ExperimentFindings,
  ExperimentOffer,
  ExperimentPlan,
  ExperimentRequests,
  ExperimentSummary,
  JobResult,
  JudgedClaim,
  LabJob,
  LabName
} from '../../src/protocol/experiments';
import { RequestFailure, type HandlerContext } from '../../src/protocol/rpc';
import type { OpenedModel } from '../../src/protocol/requests';
import type { Variant } from '../../src/training/lab/changes';
import { jobsFor } from '../../src/training/lab/job';
import { summarizeTwins, type TwinSummary } from '../../src/training/lab/twin';
import { judgementWord, verdictText, type Unit, type Verdict } from '../../src/training/lab/verdict';
import { fakeForm } from './fakeTraining';

type Named = { readonly [K in keyof ExperimentRequests as string extends K ? never : K]: ExperimentRequests[K] };
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const all = 2000;
const seconds = { wasm: 3.4 };
/** Milliseconds of a look. */
const pace = 30;
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How a variant learns: where training and validation end, in how many epochs, and how its norms lag. */
interface Character {
  readonly train: number;
  readonly validation: number;
  readonly loss: number;
  readonly slow: number;
  readonly norm: boolean;
}

const characters: Readonly<Record<string, Character>> = {
  none: { train: 1, validation: 0.912, loss: 0.354, slow: 1.6, norm: false },
  asWritten: { train: 0.954, validation: 0.902, loss: 0.366, slow: 2.2, norm: true },
  changed: { train: 1, validation: 0.889, loss: 0.51, slow: 1.5, norm: true },
  dropout: { train: 0.954, validation: 0.902, loss: 0.366, slow: 2.4, norm: false },
  batchNorm: { train: 0.998, validation: 0.94, loss: 0.205, slow: 0.9, norm: true },
  both: { train: 0.972, validation: 0.944, loss: 0.19, slow: 1.2, norm: true },
  weightNoise: { train: 0.991, validation: 0.915, loss: 0.33, slow: 1.7, norm: false },
  l2: { train: 0.996, validation: 0.913, loss: 0.341, slow: 1.6, norm: false },
  augmentation: { train: 0.954, validation: 0.921, loss: 0.29, slow: 2, norm: false },
  heavyDropout: { train: 0.61, validation: 0.64, loss: 1.12, slow: 4, norm: false },
  'none-scale0_1': { train: 0.982, validation: 0.931, loss: 0.26, slow: 2.6, norm: false },
  'none-scale1': { train: 0.991, validation: 0.933, loss: 0.314, slow: 1.2, norm: false },
  'none-scale10': { train: 0.942, validation: 0.817, loss: 2.793, slow: 2.1, norm: false },
  'batchNorm-scale0_1': { train: 0.998, validation: 0.939, loss: 0.21, slow: 0.9, norm: true },
  'batchNorm-scale1': { train: 0.998, validation: 0.94, loss: 0.205, slow: 0.9, norm: true },
  'batchNorm-scale10': { train: 0.998, validation: 0.919, loss: 0.272, slow: 1.6, norm: true }
};

const labels: Readonly<Record<string, string>> = {
  none: 'Without',
  dropout: 'Dropout',
  batchNorm: 'Batch norm',
  both: 'Dropout and batch norm',
  weightNoise: 'Weight noise, 0.2 of each kernel’s deviation',
  l2: 'L2 penalty 0.001',
  augmentation: 'Augmentation',
  heavyDropout: 'Dropout 0.7 behind every hidden layer'
};

const norm = {
  kind: 'put',
  after: 'conv2d',
  insertion: { kind: 'batchNorm', momentum: 0.9, beforeActivation: true }
} as const;
const drop = { kind: 'put', after: 'flatten', insertion: { kind: 'dropout', rate: 0.5 } } as const;
const variant = (id: string, label = labels[id] ?? id, changes: Variant['changes'] = []): Variant => ({
  id,
  label,
  changes
});

function variantsOf({ what }: ExperimentPlan): readonly Variant[] {
  if (what.kind === 'twin') return [variant('asWritten', 'As written'), variant('changed', what.label, what.changes)];
  const known: Readonly<Record<string, Variant>> = {
    none: variant('none'),
    dropout: variant('dropout', labels['dropout'], [drop]),
    batchNorm: variant('batchNorm', labels['batchNorm'], [norm]),
    both: variant('both', labels['both'], [norm, drop]),
    weightNoise: variant('weightNoise', labels['weightNoise'], [{ kind: 'weightNoise', size: 0.2 }]),
    l2: variant('l2', labels['l2'], [{ kind: 'l2', strength: 0.001 }]),
    augmentation: variant('augmentation', labels['augmentation'], [
      { kind: 'augmentation', layers: [{ kind: 'noise', stddev: 0.1 }] }
    ]),
    heavyDropout: variant('heavyDropout', labels['heavyDropout'], [drop])
  };
  const of = (...names: readonly string[]) => names.flatMap((name) => known[name] ?? []);
  switch (what.lab) {
    case 'regularisation':
      return of('none', 'dropout', 'batchNorm', 'both', 'weightNoise', 'l2', 'augmentation');
    case 'initialScale':
      return of('none', 'batchNorm').flatMap(({ id, label, changes }) =>
        [0.1, 1, 10].map((factor) =>
          variant(`${id}-scale${String(factor).replace('.', '_')}`, `${label}, initial weights times ${factor}`, [
            ...changes,
            { kind: 'initialScale', factor, of: 'hidden' }
          ])
        )
      );
    case 'smallData':
      return of('none', 'dropout', 'weightNoise', 'augmentation');
    case 'randomLabels':
      return of('none', 'dropout', 'augmentation');
    case 'underfitting':
      return of('none', 'heavyDropout');
  }
}

function sizesOf({ what, size }: ExperimentPlan): readonly (number | null)[] {
  return what.kind === 'lab' && what.lab === 'smallData' ? [50, 100, 500, 1000, null] : [size];
}

function jobsOf(plan: ExperimentPlan): LabJob[] {
  const randomLabels = plan.what.kind === 'lab' && plan.what.lab === 'randomLabels';
  return sizesOf(plan).flatMap((size) =>
    jobsFor(variantsOf(plan), plan.seeds, {
      size,
      randomLabels,
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      checkEvery: null,
      everyEpochs: 1,
      learningRate: plan.learningRate
    })
  );
}

/** Between -1 and 1, the same for the same numbers. */
function noise(...numbers: readonly number[]): number {
  const mixed = numbers.reduce((sum, one, at) => sum + one * (at * 78.233 + 12.9898), 0);
  return 2 * ((((Math.sin(mixed) * 43_758.5453) % 1) + 1) % 1) - 1;
}

function pointAt(job: LabJob, epoch: number, momentum: number): CurvePoint {
  const character = characters[job.variant.id] ?? characters['none'];
  const { train, validation, loss, slow, norm: norms } = character as Character;
  const step = epoch * Math.ceil((job.size ?? all) / job.batchSize);
  const learned = 1 - Math.exp(-epoch / slow);
  const few = job.size === null ? 1 : Math.min(1, 0.55 + 0.14 * Math.log10(job.size / 10));
  const shake = noise(job.seed, epoch, job.variant.id.length);
  const held = 1 - momentum ** step;
  const right = job.randomLabels ? 0.09 : validation * few;
  const knows = job.randomLabels ? (job.variant.id === 'none' ? 1 : 0.55) : train;
  // Two seeds end two points apart, and learn at other speeds.
  const wobble = noise(job.seed, 0, job.variant.id.length * 3.1);
  const onBatch = {
    accuracy: (right + 0.02 * wobble) * (1 - Math.exp(-epoch / (slow * (1 + 0.15 * wobble)))) + 0.012 * shake,
    loss: (loss / few) * (1 - 0.1 * wobble) + 2 * Math.exp(-epoch / slow)
  };
  // An unregularised network grows surer of its mistakes.
  const risen = Math.max(0, train - 0.96) * epoch * 0.12 + 0.02 * shake;
  const batch = { accuracy: onBatch.accuracy, loss: onBatch.loss + risen };
  return {
    step,
    epoch,
    running: null,
    train: {
      accuracy: Math.min(1, (knows + 0.01 * wobble) * learned),
      loss: Math.max(0.012, (1 - knows) * 1.8 + 2.2 * Math.exp(-epoch / slow))
    },
    validation: norms
      ? { accuracy: batch.accuracy * Math.min(1, held * 1.25), loss: batch.loss + 2.4 * (1 - Math.min(1, held * 1.25)) }
      : batch,
    validationOnBatch: norms ? batch : null
  };
}

interface Kept {
  readonly plan: ExperimentPlan;
  readonly title: string;
  readonly begun: string;
  status: ExperimentSummary['status'];
  results: JobResult[];
}

function summaryOf(experiment: string, kept: Kept): ExperimentSummary {
  return {
    experiment,
    title: kept.title,
    plan: kept.plan,
    data: 'Bundled digits',
    engine: 'wasm',
    begun: kept.begun,
    status: kept.status,
    finishedJobs: kept.results.length,
    jobs: jobsOf(kept.plan).length
  };
}

function resultOf(job: LabJob, momentum: number, scenario: string): JobResult {
  const diverges = scenario === 'experimentDiverges' && job.variant.id === 'changed' && job.seed === 2;
  const epochs = diverges ? 1 : job.epochs;
  return {
    version: 1,
    job,
    points: Array.from({ length: epochs }, (_, index) => pointAt(job, index + 1, momentum)),
    ending: diverges ? { kind: 'diverged', step: 20, layer: 'conv2d_1' } : { kind: 'finished' },
    refreshed: [],
    seconds: seconds.wasm
  };
}

function findingsOf(experiment: string, kept: Kept): ExperimentFindings {
  const { plan, results, status } = kept;
  const variants = variantsOf(plan);
  const groups = sizesOf(plan).map((size) => ({
    size,
    twins: summarizeTwins(
      results.filter(({ job }) => job.size === size),
      { ...plan, size, variants, all, checkEvery: null }
    )
  }));
  const twins = groups[0]?.twins;
  const parted = results.some(({ points }) =>
    points.some(({ validation, validationOnBatch }) => (validationOnBatch?.accuracy ?? 0) - validation.accuracy > 0.05)
  );
  return {
    summary: summaryOf(experiment, kept),
    jobs: jobsOf(plan),
    results,
    groups,
    claims: twins === undefined ? [] : claimsOf(twins),
    sentence: sentenceOf(twins),
    notices: parted
      ? [
          'After 16 steps with momentum 0.99 the moving statistics hold 15 % of the data; the rest is what they started from. With momentum 0.9 they follow sooner.'
        ]
      : [],
    keptNetworks:
      status === 'running' || results.length === 0 ? [] : variants.map(({ id, label }) => ({ variant: id, label }))
  };
}

function claimsOf({ comparisons, variants }: TwinSummary): JudgedClaim[] {
  return comparisons.slice(0, 3).flatMap((one) => {
    const label = variants.find(({ variant: { id } }) => id === one.variant)?.variant.label ?? '';
    const claim = (text: string, verdict: Verdict, unit: Unit): JudgedClaim => ({
      text,
      judgement: verdict.judgement,
      word: judgementWord(verdict.judgement),
      detail: verdictText(verdict, unit).replace(/^[^:]*: /, '')
    });
    return [
      claim(`${label} narrows the gap in accuracy`, one.narrowsGapAccuracy, 'points'),
      claim(`${label} narrows the gap in loss`, one.narrowsGapLoss, 'loss'),
      claim(`${label} reaches the target in fewer steps (moving statistics)`, one.faster.moving, 'steps')
    ];
  });
}

function sentenceOf(twins: TwinSummary | undefined): string {
  const [first, second] = twins?.variants ?? [];
  const [a, b] = [first?.gapAccuracy ?? null, second?.gapAccuracy ?? null];
  if (first === undefined || second === undefined || a === null || b === null)
    return 'One training of each variant is still to come.';
  const gap = (value: number) => (100 * value).toFixed(1);
  return `“${first.variant.label}” learns by heart by ${gap(a.mean)} points, “${second.variant.label}” by ${gap(b.mean)}.`;
}

const layer = (id: string, type: string, line: number, patch: Partial<ChangeableLayer> = {}): ChangeableLayer => ({
  layer: id,
  name: id,
  type,
  line,
  without: null,
  rate: null,
  putBehind: { dropout: false, batchNorm: false },
  ...patch
});
const out = { without: { possible: true } } as const;

const layers: readonly ChangeableLayer[] = [
  layer('conv2d', 'Conv2D', 10, { putBehind: { dropout: true, batchNorm: true } }),
  layer('batch_normalization', 'BatchNormalization', 11, out),
  layer('max_pooling2d', 'MaxPooling2D', 12, {
    without: { possible: false, reason: 'flatten would need 61 million weights' },
    putBehind: { dropout: true, batchNorm: true }
  }),
  layer('dropout', 'Dropout', 13, { ...out, rate: 0.25 }),
  layer('conv2d_1', 'Conv2D', 14, { putBehind: { dropout: true, batchNorm: true } }),
  layer('batch_normalization_1', 'BatchNormalization', 15, out),
  layer('flatten', 'Flatten', 16, { putBehind: { dropout: true, batchNorm: false } })
];

const twinPlan: ExperimentOffer['twinPlan'] = {
  data: { kind: 'digits' },
  form: fakeForm,
  seeds: [1, 2, 3, 4, 5],
  size: 500,
  epochs: 8,
  batchSize: 32,
  learningRate: null,
  target: 0.85
};

const labPlan = (lab: LabName): ExperimentPlan => ({
  ...twinPlan,
  what: { kind: 'lab', lab },
  seeds: lab === 'regularisation' || lab === 'smallData' ? [1, 2, 3] : twinPlan.seeds
});

const secondsOf = (plan: ExperimentPlan) =>
  jobsOf(plan).reduce((sum, { size, epochs }) => sum + ((size ?? all) * epochs) / 220, 0);

function offerOf(scenario: string): ExperimentOffer {
  return {
    layers:
      scenario === 'noDropout'
        ? layers.filter(({ type }) => type === 'Conv2D' || type === 'Flatten')
        : scenario === 'nothingToChange'
          ? []
          : layers,
    labs: (['regularisation', 'initialScale', 'smallData', 'randomLabels', 'underfitting'] as const).map((lab) => ({
      lab,
      plan: labPlan(lab),
      seconds: secondsOf(labPlan(lab)),
      refused:
        scenario === 'noDropout' && lab === 'initialScale'
          ? 'The network has no layer in front of which batch norm could be put.'
          : null
    })),
    twinPlan,
    trainImages: all,
    validationImages: 500,
    batchNormMomentum: scenario === 'noDropout' ? null : 0.99
  };
}

/** @param scenario see the switches below; what is kept from the start stands in `keptExperiments` and `experimentGoing` */
export function fakeExperiments(scenario: string, opened: OpenedModel): Answers {
  const momentumOf = ({ form }: ExperimentPlan) => form.batchNormMomentum ?? 0.99;
  const done = (plan: ExperimentPlan, count = jobsOf(plan).length) =>
    jobsOf(plan)
      .slice(0, count)
      .map((job) => resultOf(job, momentumOf(plan), scenario));
  const without = (id: string): ExperimentPlan => ({
    ...twinPlan,
    what: { kind: 'twin', label: `Without ${id}`, changes: [{ kind: 'without', layer: id }] }
  });
  const kept = new Map<string, Kept>();
  const keep = (id: string, title: string, plan: ExperimentPlan, status: Kept['status'], count?: number) =>
    kept.set(id, { plan, title, begun: '2026-03-01T10:12:00Z', status, results: done(plan, count) });
  if (scenario === 'keptExperiments' || scenario === 'experimentDiverges') {
    keep('twin', 'Without dropout', without('dropout'), 'finished');
    keep('regular', 'Regularisation lab', labPlan('regularisation'), 'stopped', 9);
    keep('scale', 'Initial scale of the weights', labPlan('initialScale'), 'finished');
    keep('small', 'Small-data lab', labPlan('smallData'), 'finished');
    keep('random', 'Random labels', labPlan('randomLabels'), 'finished');
    keep('under', 'Too much dropout', labPlan('underfitting'), 'finished');
  }
  if (scenario === 'experimentGoing' || scenario === 'experimentElsewhere')
    keep('going', 'Without dropout', without('dropout'), 'running', 3);
  const find = (id: string): Kept => {
    const found = kept.get(id);
    if (found !== undefined) return found;
    const problem = { file: id, problem: 'this experiment is not kept any more', remedy: 'Start it again' };
    throw new RequestFailure({ kind: 'input', problem });
  };
  let crashes = scenario === 'experimentCrash' ? 1 : 0;
  return {
    experimentOffer: async () => {
      if (scenario === 'regression')
        throw new RequestFailure({
          kind: 'input',
          problem: {
            file: 'digits_cnn',
            problem: 'these data have numbers, not classes, to learn, and experiments compare accuracies',
            remedy: 'Choose data with classes'
          }
        });
      return offerOf(scenario);
    },
    experimentCost: async ({ plan }) => {
      await wait(20);
      return {
        jobs: jobsOf(plan).length,
        seconds: secondsOf(plan),
        engine: 'wasm',
        variants: variantsOf(plan).map(({ id, label }) => ({
          id,
          label,
          refreshed: id === 'changed' && label.includes('max_pooling2d') ? ['dense'] : [],
          parameters: 93_322,
          refused: null
        }))
      };
    },
    runExperiment: async ({ plan, resume }, { progress, signal }) => {
      if (scenario === 'experimentElsewhere' && resume === 'going')
        throw new RequestFailure({
          kind: 'input',
          problem: { file: 'going', problem: 'this experiment goes in another panel', remedy: 'Stop it there first' }
        });
      const id = resume ?? `experiment${kept.size + 1}`;
      const jobs = jobsOf(plan);
      const before = kept.get(id);
      const title = plan.what.kind === 'twin' ? plan.what.label : 'A lab';
      const now: Kept = before ?? { plan, title, begun: '2026-03-01T12:00:00Z', status: 'running', results: [] };
      const tell = (partial: ExperimentEvent) => progress({ share: null, message: 'experiment', partial });
      kept.set(id, now);
      now.status = 'running';
      tell({ kind: 'waiting', experiment: id });
      for (let waited = 0; scenario === 'line' && waited < 200; waited++) {
        await wait(20);
        if (!signal.aborted) continue;
        kept.delete(id);
        throw new RequestFailure({ kind: 'cancelled' });
      }
      tell({ kind: 'started', experiment: id, engine: 'wasm', jobs });
      for (const { job } of now.results) tell({ kind: 'result', job: job.id, ending: { kind: 'finished' } });
      for (const [index, job] of jobs.entries()) {
        if (now.results.some((result) => result.job.id === job.id)) continue;
        tell({ kind: 'job', job: job.id, index });
        const result = resultOf(job, momentumOf(plan), scenario);
        for (const point of result.points) {
          await wait(pace);
          if (signal.aborted) {
            now.status = 'stopped';
            throw new RequestFailure({ kind: 'cancelled' });
          }
          const share = point.epoch / job.epochs;
          const overall = (now.results.length + share) / jobs.length;
          tell({ kind: 'point', job: job.id, point });
          tell({ kind: 'progress', job: job.id, share, overall, secondsLeft: (1 - overall) * jobs.length * 3.4 });
        }
        if (crashes > 0 && index === 2) {
          crashes--;
          now.status = 'stopped';
          throw new RequestFailure({ kind: 'crashed', message: 'It ran out of memory.' });
        }
        now.results.push(result);
        tell({ kind: 'result', job: job.id, ending: result.ending });
      }
      now.status = 'finished';
      return summaryOf(id, now);
    },
    experiments: async () => [...kept].map(([id, one]) => summaryOf(id, one)),
    experimentFindings: async ({ experiment }) => findingsOf(experiment, find(experiment)),
    deleteExperiment: async ({ experiment }) => {
      kept.delete(experiment);
      return null;
    },
    closeExperimentNetwork: async () => null,
    experimentCsv: async ({ experiment }) => ({ csv: `job,variant\r\n${experiment},none\r\n` }),
    experimentReport: async ({ experiment }) => ({ html: `<!DOCTYPE html><title>${experiment}</title>` }),
    openExperimentNetwork: async ({ variant: id }) => ({
      opened: { ...opened, model: `trained-${id}` },
      title: `${labels[id] ?? (id === 'asWritten' ? 'As written' : 'Without dropout')}, seed 1`
    })
  };
}
