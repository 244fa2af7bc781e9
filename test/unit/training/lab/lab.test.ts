import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { costOf, secondsOf } from '../../../../src/training/lab/cost';
import { resultsToCsv } from '../../../../src/training/lab/csv';
import { labJobs } from '../../../../src/training/lab/grids';
import {
  jobsFor,
  type CurvePoint,
  type JobResult,
  type JobRunner,
  type LabJob
} from '../../../../src/training/lab/job';
import { lessonNetwork } from '../../../../src/training/lab/lessonNetwork';
import { LESSONS } from '../../../../src/training/lab/lessons';
import { applyChanges } from '../../../../src/training/lab/changes';
import { meanCurve, meanSpread, stepsTo } from '../../../../src/training/lab/measures';
import { LabQueue, type QueueEvent } from '../../../../src/training/lab/queue';
import { resultFolder, resultFromJson, resultToJson } from '../../../../src/training/lab/resultFile';
import { partingText, summarizeTwins, twinExperiment, type TwinPlan } from '../../../../src/training/lab/twin';
import { judge, timeDifferences, verdictText } from '../../../../src/training/lab/verdict';

const training = {
  size: 100,
  randomLabels: false,
  epochs: 2,
  batchSize: 10,
  checkEvery: null,
  everyEpochs: 1,
  learningRate: null
};
const [without, dropout] = [
  { id: 'none', label: 'Without', changes: [] },
  { id: 'dropout', label: '=Dropout, "half"', changes: [] }
] as const;

const both = (value: number) => ({ loss: 1 - value, accuracy: value });

/** A run that ends with a training accuracy of 1 and the given validation accuracy. */
function resultOf(job: LabJob, validation: readonly number[]): JobResult {
  const points = validation.map((value, i): CurvePoint => ({
    step: 10 * (i + 1),
    epoch: i + 1,
    running: both(0.9),
    train: both(1),
    validation: both(value),
    validationOnBatch: null
  }));
  return { version: 1, job, points, ending: { kind: 'finished' }, refreshed: [], seconds: 1 };
}

/** Dropout is 10 points better, and a seed is worth a point. */
const stub: JobRunner = (job) => {
  const end = (job.variant.id === 'dropout' ? 0.8 : 0.7) + job.seed / 100;
  return Promise.resolve(resultOf(job, [end - 0.2, end]));
};

describe('the verdict', () => {
  const verdict = (values: readonly number[], worth = 0.5) =>
    judge(
      values.map((value, i) => ({ seed: i + 6, value })),
      worth
    ).judgement;

  it('holds with four of five seeds and a mean beyond the spread', () => {
    expect(verdict([3, 4, 5, 4, -0.1])).toBe('holds');
    expect(verdict([3, 4, 5, -0.1, -0.1])).toBe('tooNoisy');
    expect(verdict([30, 1, 1, 1, 1])).toBe('tooNoisy');
    expect(verdict([1, 1, 1])).toBe('holds');
  });

  it('does not where the opposite is clear, or nothing worth naming is there', () => {
    expect(verdict([-3, -4, -5, -4, -3])).toBe('doesNot');
    expect(verdict([0.1, -0.1, 0.1, 0, 0])).toBe('doesNot');
    expect(verdict([0.4, 0.4, 0.4, 0.4, 0.4], 0.3)).toBe('holds');
    expect(verdict([0.4, -0.4, 0.4, -0.4, 0.4])).toBe('tooNoisy');
  });

  it('says nothing on fewer than three seeds', () => {
    expect(verdict([5, 5])).toBe('tooNoisy');
    expect(verdict([])).toBe('tooNoisy');
  });

  it('counts a twin that never arrived with the steps it had, as a bound', () => {
    const differences = timeDifferences(
      [
        { seed: 1, a: null, b: 40 },
        { seed: 2, a: 60, b: 30 },
        { seed: 3, a: null, b: null }
      ],
      100
    );
    expect(differences.map(({ value, bound }) => [value, bound])).toEqual([
      [60, true],
      [30, false],
      [0, false]
    ]);
    expect(verdictText(judge(differences, 1), 'steps')).toBe(
      'too noisy to say: 2 of 3 seeds as claimed, mean difference 30 steps, spread 30 steps (seeds 1, 2, 3); ' +
        '1 of the differences are larger than counted: one twin never arrived'
    );
  });

  it('tells accuracies in percentage points', () => {
    const text = verdictText(
      judge(
        [0.031, 0.029, 0.03].map((value, seed) => ({ seed, value })),
        0
      ),
      'points'
    );
    expect(text).toContain('holds: 3 of 3 seeds as claimed, mean difference 3 percentage points, spread 0.1');
  });
});

describe('measures', () => {
  it('take the sample deviation, the first arrival, and steps all runs share', () => {
    expect(meanSpread([1, 2, 3])).toEqual({ mean: 2, spread: 1, count: 3 });
    expect(meanSpread([])).toBeNull();
    const [a, b] = jobsFor([without], [1, 2], training);
    if (a === undefined || b === undefined) throw new Error('no jobs');
    const [first, second] = [resultOf(a, [0.5, 0.9, 0.8]), resultOf(b, [0.7, 0.7])];
    expect(stepsTo(first.points, 0.85, 'moving')).toBe(20);
    expect(stepsTo(second.points, 0.85, 'moving')).toBeNull();
    const curve = meanCurve([first, second], ({ validation }) => validation.accuracy);
    expect(curve.map(({ step, mean }) => [step, mean])).toEqual([
      [10, 0.6],
      [20, expect.closeTo(0.8)]
    ]);
  });

  it('name the statistics of batch norm, and say why their curves part', () => {
    const point = {
      step: 20,
      epoch: 1,
      running: null,
      train: null,
      validation: both(0.2),
      validationOnBatch: both(0.7)
    };
    expect(stepsTo([point], 0.6, 'batch')).toBe(20);
    expect(stepsTo([point], 0.6, 'moving')).toBeNull();
    expect(partingText(point, 0.99)).toContain('hold 18 % of the data');
    expect(partingText({ ...point, validation: both(0.69) }, 0.99)).toBeNull();
  });
});

describe('the queue', () => {
  const jobs = jobsFor([without, dropout], [1, 2], training);

  it('runs all variants of a seed before the next seed, tells progress that only rises, and keeps each result', async () => {
    const events: QueueEvent[] = [];
    const kept: string[] = [];
    const run: JobRunner = async (job, hooks) => {
      for (const share of [0.5, 1]) hooks.onShare?.(share);
      return stub(job, hooks);
    };
    const queue = new LabQueue({
      jobs,
      run,
      onEvent: (event) => events.push(event),
      keep: async ({ job }) => void kept.push(job.id)
    });
    expect(await queue.start()).toBe('finished');
    expect(kept).toEqual(['none-100-seed1', 'dropout-100-seed1', 'none-100-seed2', 'dropout-100-seed2']);
    const overall = events.flatMap((event) => (event.kind === 'progress' ? [event.overall] : []));
    expect(overall).toEqual([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]);
    expect(events.at(-1)).toEqual({ kind: 'ended', how: 'finished' });
    expect(queue.state).toBe('done');
  });

  it('stops in the middle of a job, which begins anew when it is taken up again', async () => {
    const begun: string[] = [];
    const run: JobRunner = async (job, hooks) => {
      begun.push(job.id);
      if (begun.length === 2) queue.stop();
      await hooks.turn();
      hooks.signal.throwIfAborted();
      return stub(job, hooks);
    };
    const queue: LabQueue = new LabQueue({ jobs, run });
    expect(await queue.start()).toBe('stopped');
    expect(queue.results.map(({ job }) => job.id)).toEqual(['none-100-seed1']);
    expect(queue.state).toBe('idle');
    expect(await queue.start()).toBe('finished');
    expect(begun).toEqual([jobs[0], jobs[1], jobs[1], jobs[2], jobs[3]].map((job) => job?.id));
  });

  it('goes on after a job that fails, and refuses to run twice at once', async () => {
    const run: JobRunner = (job, hooks) => (job.seed === 1 ? Promise.reject(new Error('no memory')) : stub(job, hooks));
    const queue = new LabQueue({ jobs, run });
    const started = queue.start();
    await expect(queue.start()).rejects.toThrow('runs already');
    expect(await started).toBe('finished');
    expect(queue.results.map(({ ending }) => ending.kind)).toEqual(['refused', 'refused', 'finished', 'finished']);
  });
});

describe('kept results', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'convlens-lab-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are read again for jobs with equal settings only, damaged files left out', async () => {
    const jobs = jobsFor([without, dropout], [1], training);
    const store = resultFolder(path.join(folder, 'twins'));
    expect(await store.read(jobs)).toEqual([]);
    for (const job of jobs) await store.write(resultOf(job, [0.5]));
    expect(await store.read(jobs)).toEqual(jobs.map((job) => resultOf(job, [0.5])));
    expect(await store.read(jobsFor([without], [1], { ...training, epochs: 3 }))).toEqual([]);
    const [file = ''] = await readdir(path.join(folder, 'twins'));
    const text = await readFile(path.join(folder, 'twins', file), 'utf8');
    await writeFile(path.join(folder, 'twins', file), text.slice(0, -20));
    expect(await store.read(jobs)).toHaveLength(1);
  });

  it('do not let hostile values in', () => {
    const jobs = jobsFor([without], [1], training);
    const [job] = jobs;
    if (job === undefined) throw new Error('no job');
    const good = resultToJson(resultOf(job, [0.5]));
    expect(resultFromJson(good, jobs)).not.toBeNull();
    for (const [from, to] of [
      ['"accuracy":0.5', '"accuracy":"0.5"'],
      ['"version":1', '"version":2'],
      ['"kind":"finished"', '"kind":"refused"'],
      ['"refreshed":[]', '"refreshed":[1]'],
      ['"points":[', '"points":[7,']
    ] as const) {
      expect(good).toContain(from);
      expect(resultFromJson(good.replace(from, to), jobs)).toBeNull();
    }
  });

  it('become a table whose words cannot be formulas', () => {
    const jobs = jobsFor([{ ...dropout, id: '=1+1,"x"' }], [1], training);
    const csv = resultsToCsv(jobs.map((job) => resultOf(job, [0.5, 0.75])));
    const [head, first] = csv.split('\r\n');
    expect(head).toContain('validation_accuracy_moving');
    expect(first).toContain(`"'=1+1,""x""",1,100,0,10,1,`);
    expect(first).toMatch(/,0\.5,0\.5,,,finished$/);
  });
});

describe('twins', () => {
  const plan: TwinPlan = {
    variants: [without, dropout],
    seeds: [6, 7, 8, 9, 10],
    size: 100,
    all: 100,
    epochs: 2,
    batchSize: 10,
    learningRate: null,
    checkEvery: null,
    target: 0.82
  };

  it('are compared seed by seed: gap, accuracy, loss and time', async () => {
    const { queue, summary } = twinExperiment(plan, stub);
    expect(summary().variants[0]?.finalAccuracy).toBeNull();
    await queue.start();
    const { variants, comparisons } = summary();
    expect(variants[1]?.finalAccuracy?.mean).toBeCloseTo(0.88);
    expect(variants[0]?.gapAccuracy?.mean).toBeCloseTo(0.22);
    expect(variants[0]?.stepsToTarget.moving).toEqual({ steps: null, arrived: 0, of: 5 });
    expect(variants[1]?.stepsToTarget.batch).toMatchObject({ arrived: 5, steps: { mean: 20 } });
    expect(comparisons[0]?.narrowsGapAccuracy).toMatchObject({ judgement: 'holds', agreeing: 5 });
    expect(comparisons[0]?.narrowsGapAccuracy.mean).toBeCloseTo(0.1);
    expect(comparisons[0]?.lowersLoss.judgement).toBe('holds');
    // Arriving with the very last step is no faster than the budget itself.
    expect(comparisons[0]?.faster.moving).toMatchObject({ judgement: 'doesNot', mean: 0, bounds: 5 });
  });

  it('with a single seed are too noisy to say', async () => {
    const one = { ...plan, seeds: [6] };
    const { queue } = twinExperiment(one, stub);
    await queue.start();
    expect(summarizeTwins(queue.results, one).comparisons[0]?.raisesAccuracy.judgement).toBe('tooNoisy');
  });
});

describe('the labs', () => {
  const plan = { seeds: [1, 2], size: 500, all: 2500, epochs: 10, batchSize: 50, learningRate: null };

  it.each(['regularisation', 'initialScale', 'smallData', 'randomLabels', 'underfitting'] as const)(
    '%s: every job can be applied to the network, and has a name of its own',
    (lab) => {
      const jobs = labJobs(lab, lessonNetwork(), plan);
      if (!jobs.ok) throw new Error(jobs.error.problem);
      expect(new Set(jobs.value.map(({ id }) => id)).size).toBe(jobs.value.length);
      for (const { variant } of jobs.value) expect(applyChanges(lessonNetwork(), variant.changes).ok).toBe(true);
      expect(jobs.value.length % 2).toBe(0);
    }
  );

  it('give few images as many steps as many', () => {
    const jobs = labJobs('smallData', lessonNetwork(), plan);
    if (!jobs.ok) throw new Error(jobs.error.problem);
    const steps = jobs.value.map(({ size, epochs }) => epochs * Math.ceil((size ?? 2500) / 50));
    expect(new Set(steps)).toEqual(new Set([100]));
    expect(new Set(jobs.value.map(({ size }) => size))).toEqual(new Set([50, 100, 500]));
  });

  it('take a model’s own dropout and batch norm out where a variant goes without', () => {
    const changed = applyChanges(lessonNetwork(), [
      { kind: 'put', after: 'flatten', insertion: { kind: 'dropout', rate: 0.25 } }
    ]);
    if (!changed.ok) throw new Error(changed.error.problem);
    const jobs = labJobs('regularisation', changed.value.model, plan);
    if (!jobs.ok) throw new Error(jobs.error.problem);
    const ofVariant = (id: string) => {
      const found = jobs.value.find(({ variant }) => variant.id === id);
      const applied = applyChanges(changed.value.model, found?.variant.changes ?? []);
      return applied.ok ? [...applied.value.model.root.layers.keys()] : [];
    };
    expect(ofVariant('none')).not.toContain('flatten_dropout');
    expect(ofVariant('dropout')).toContain('flatten_dropout');
    expect(ofVariant('both')).toContain('conv2_batch_norm');
  });

  it('tell their cost: twice the images, twice the training', () => {
    const [small, large] = [training, { ...training, size: 200 }].map((one) => jobsFor([without], [1], one)[0]);
    if (small === undefined || large === undefined) throw new Error('no job');
    const options = { validation: 0, measured: 0 };
    expect(costOf(large, options)).toBe(2 * costOf(small, options));
    expect(secondsOf([small], { trained: 100 }, options)).toBe(2);
    expect(secondsOf([small], { trained: 100, looked: 50 }, { validation: 25, measured: 0 })).toBe(3);
  });

  it('of the lessons claim what their jobs can answer', () => {
    for (const lesson of LESSONS) {
      const results = lesson.jobs([6, 7, 8, 9, 10]).map((job) => resultOf(job, [0.5, 0.95]));
      for (const { verdict } of lesson.claims(results)) expect(verdict.seeds).toEqual([6, 7, 8, 9, 10]);
    }
  });
});
