import { describe, expect, it } from 'vitest';
import type { ChangeableLayer, ExperimentFindings, ExperimentPlan, JobResult } from '../../../src/protocol/experiments';
import { jobsFor } from '../../../src/training/lab/job';
import { summarizeTwins, twinsOf } from '../../../src/training/lab/twin';
import { basePlan, edited, lengthsOf, sameLength } from '../../../webview/train/lab/labPlan';
import { answersTo, questionsOf } from '../../../webview/train/lab/questions';
import { hasBoth, partsByStatistics } from '../../../webview/train/lab/statistics';
import { otherRate, readTwin } from '../../../webview/train/lab/twinChoice';

const form: ExperimentPlan['form'] = {
  optimizer: 'adam',
  optimizerParameters: { learningRate: 0.001 },
  loss: 'SparseCategoricalCrossentropy',
  labelSmoothing: 0,
  fromLogits: false,
  epochs: 30,
  batchSize: 32,
  seed: 1,
  shuffle: true,
  validationShare: 0.2,
  examples: null,
  classWeights: null,
  schedule: null,
  earlyStopping: null,
  reduceOnPlateau: null,
  augment: false,
  l2: 0,
  weightNoise: 0,
  batchNormMomentum: null,
  frozen: [],
  start: 'fresh'
};
const plan: ExperimentPlan = {
  what: { kind: 'twin', label: 'Without drop', changes: [{ kind: 'without', layer: 'drop' }] },
  data: { kind: 'digits' },
  form,
  seeds: [1, 2, 3],
  size: 320,
  epochs: 2,
  batchSize: 32,
  learningRate: null,
  target: 0.9
};
const offer = {
  layers: [],
  labs: [],
  twinPlan: plan,
  trainImages: 2000,
  validationImages: 500,
  batchNormMomentum: null
};

/** @param ends by variant and seed: training and validation accuracy at the end, and the step that reaches the target */
function findings(
  ends: Readonly<Record<string, readonly (readonly [number, number, number])[]>>,
  lag = 0
): ExperimentFindings {
  const variants = twinsOf('Without drop', [{ kind: 'without', layer: 'drop' }]);
  const jobs = jobsFor(variants, plan.seeds, {
    size: plan.size,
    randomLabels: false,
    epochs: 2,
    batchSize: 32,
    checkEvery: null,
    everyEpochs: 1,
    learningRate: null
  });
  const results = jobs.map((job): JobResult => {
    const [train, validation, reached] = ends[job.variant.id]?.[job.seed - 1] ?? [0, 0, 0];
    const look = (step: number, epoch: number) => {
      const right = step >= reached ? Math.max(0.9, validation) : Math.min(0.5, validation);
      const score = { loss: 1, accuracy: epoch === 2 ? validation : right };
      return {
        step,
        epoch,
        running: null,
        train: { loss: 0.5, accuracy: train },
        validation: { ...score, accuracy: score.accuracy - lag },
        validationOnBatch: lag === 0 ? null : score
      };
    };
    const points = [look(10, 1), look(20, 2)];
    return { version: 1, job, points, ending: { kind: 'finished' }, refreshed: [], seconds: 1 };
  });
  const twins = summarizeTwins(results, { ...plan, variants, all: 2000, checkEvery: null });
  const summary = {
    experiment: 'one',
    title: 'Without drop',
    plan,
    data: 'digits',
    engine: 'wasm',
    begun: '',
    status: 'finished',
    finishedJobs: 6,
    jobs: 6
  } as const;
  return {
    summary,
    jobs,
    results,
    groups: [{ size: 320, twins }],
    claims: [],
    sentence: '',
    notices: [],
    keptNetworks: []
  };
}

const kindOf = (layer: string) => (layer === 'drop' ? 'dropout' : null);

describe('predict, then reveal', () => {
  const clear = findings({
    asWritten: [
      [0.95, 0.91, 20],
      [0.95, 0.92, 20],
      [0.94, 0.91, 20]
    ],
    changed: [
      [1, 0.9, 10],
      [1, 0.91, 10],
      [1, 0.9, 10]
    ]
  });

  it('asks a twin about what is changed in it', () => {
    const { overfit, first, percent } = questionsOf(
      plan,
      clear.groups[0]?.twins.variants.map((one) => one.variant) ?? []
    );
    expect(overfit).toBe('Which of them overfits most?');
    expect(first).toContain('90.0 %');
    expect(percent.variant).toBe('changed');
  });

  it('says right, wrong and why', () => {
    const [right] = answersTo(clear, { overfit: 'changed' }, kindOf);
    expect(right?.right).toBe('yes');
    expect(right?.found).toContain('9.7 points');
    expect(right?.why).toContain('Dropout trains another part');
    expect(answersTo(clear, { overfit: 'asWritten' }, kindOf)[0]?.right).toBe('no');
    const [first] = answersTo(clear, { first: 'changed' }, kindOf);
    expect([first?.right, first?.found]).toEqual([
      'yes',
      'Without drop, after 10 steps on moving statistics; As written needs 20.'
    ]);
    expect(answersTo(clear, { first: 'never' }, kindOf)[0]?.right).toBe('no');
  });

  it('takes a percentage within two points for right, within five for nearly right', () => {
    const answer = (percent: number) => answersTo(clear, { percent }, kindOf)[0];
    expect(answer(91)?.right).toBe('yes');
    expect(answer(94)?.right).toBe('nearly');
    expect(answer(60)?.right).toBe('no');
    expect(answer(60)?.why).toBe('You expected 30.3 points less.');
  });

  it('calls a difference within the spread too close', () => {
    const noisy = findings({
      asWritten: [
        [1, 0.9, 10],
        [1, 0.8, 10],
        [1, 0.95, 10]
      ],
      changed: [
        [1, 0.88, 10],
        [1, 0.93, 10],
        [1, 0.83, 10]
      ]
    });
    for (const overfit of ['asWritten', 'changed'])
      expect(answersTo(noisy, { overfit }, kindOf)[0]?.right).toBe('level');
  });
});

describe('statistics of batch norm', () => {
  const ends = { asWritten: [[1, 0.9, 10] as const], changed: [[1, 0.9, 10] as const] };

  it('are two curves where they part, and one without batch norm', () => {
    const parted = findings(ends, 0.2);
    expect(partsByStatistics(parted)).toBe(true);
    expect(parted.groups[0]?.twins.variants.every(hasBoth)).toBe(true);
    const single = findings(ends);
    expect(partsByStatistics(single)).toBe(false);
    expect(single.groups[0]?.twins.variants.some(hasBoth)).toBe(false);
  });
});

describe('the plan of an experiment', () => {
  const layer = (id: string, patch: Partial<ChangeableLayer>): ChangeableLayer => ({
    layer: id,
    name: id,
    type: 'Dropout',
    line: null,
    without: null,
    rate: null,
    putBehind: { dropout: false, batchNorm: false },
    ...patch
  });
  const layers = [
    layer('conv', { putBehind: { dropout: true, batchNorm: true } }),
    layer('pool', {
      without: { possible: false, reason: 'too large' },
      putBehind: { dropout: true, batchNorm: false }
    }),
    layer('drop', { without: { possible: true }, rate: 0.25 })
  ];
  const none = { layer: null, way: null, rate: null, momentum: 0.9 };

  it('suggests what can be taken out, and says why something cannot', () => {
    expect(readTwin(layers, none)?.change).toEqual({ kind: 'without', layer: 'drop' });
    const pool = readTwin(layers, { ...none, layer: 'pool' });
    expect([pool?.way, pool?.refused]).toEqual(['dropout', null]);
    expect(readTwin(layers, { ...none, layer: 'pool', way: 'without' })?.refused).toBe('too large');
    expect(readTwin(layers, { ...none, layer: 'gone' })?.missing).toBe('gone');
    expect(readTwin([], none)).toBeNull();
  });

  it('puts dropout before the answer and batch norm at the start', () => {
    expect(readTwin(layers, { ...none, way: 'dropout' })?.layer.layer).toBe('pool');
    expect(readTwin(layers, { ...none, way: 'batchNorm' })?.layer.layer).toBe('conv');
    expect([otherRate(0.25), otherRate(0.5), otherRate(0)]).toEqual([0.5, 0.25, 0.5]);
  });

  it('holds what was changed, and three lengths', () => {
    const base = basePlan(offer, { kind: 'twin' }, readTwin(layers, none));
    expect(base?.what).toEqual({
      kind: 'twin',
      label: 'Without drop',
      changes: [{ kind: 'without', layer: 'drop' }]
    });
    expect(edited(plan, { epochs: 7, batchNormMomentum: 0.9 })).toEqual({
      ...plan,
      epochs: 7,
      form: { ...form, batchNormMomentum: 0.9 }
    });
    const { quick, full } = lengthsOf({ ...plan, seeds: [1, 2, 3, 4, 5], epochs: 8 }, offer);
    expect(quick).toEqual({ seeds: [1, 2, 3], size: 160, epochs: 4 });
    expect(full).toEqual({ seeds: [1, 2, 3, 4, 5], size: null, epochs: 30 });
    expect(sameLength(plan, lengthsOf(plan, offer).default)).toBe(true);
  });
});
