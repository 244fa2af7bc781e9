/** The requests about experiments, in process, with real trainings of a small network on the bundled digits. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExperimentEvent, ExperimentOffer, ExperimentPlan } from '../../src/protocol/experiments';
import { toPortable } from '../../src/protocol/portableModel';
import type { HandlerContext } from '../../src/protocol/rpc';
import { openModelFile } from '../../src/readers/open';
import { analyzeSource } from '../../src/source/analyze';
import { createHandlers } from '../../src/worker/handlers';
import { Runner } from '../../src/worker/running';
import { Sessions } from '../../src/worker/session';
import { requestOf, type Request } from './inProcess';

const code = (last: string): string => `import keras
from keras import layers
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(4, 5, strides=3, activation="relu"),
    layers.MaxPooling2D(2, name="pool"),
    layers.BatchNormalization(name="norm"),
    layers.Flatten(),
    layers.Dropout(0.5, name="drop"),
    ${last}
])
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="${last.includes('softmax') ? 'sparse_categorical_crossentropy' : 'mse'}")
`;
const digits = { kind: 'digits' } as const;
const folder = mkdtempSync(path.join(tmpdir(), 'convlens-experiments-'));
const sessions = new Sessions();
const runner = new Runner('wasm', 64e6);
const handlers = createHandlers(sessions, runner, folder);
const ask: Request = requestOf(handlers);
let model = '';
let offer: ExperimentOffer;

async function open(last = 'layers.Dense(10, activation="softmax"),'): Promise<string> {
  const [definition] = analyzeSource({ kind: 'file', text: code(last), language: 'python' }).models;
  if (definition === undefined) throw new Error('no model');
  return (await ask('openDefinition', { definition: toPortable(definition), seed: 5 })).model;
}

beforeAll(async () => {
  model = await open();
  offer = await ask('experimentOffer', { model, data: digits });
}, 60_000);
afterAll(async () => {
  (await runner.ready()).dispose();
  rmSync(folder, { recursive: true, force: true });
});

function listening(on: (event: ExperimentEvent, stop: () => void) => void = () => undefined) {
  const stop = new AbortController();
  const events: ExperimentEvent[] = [];
  const progress: HandlerContext['progress'] = ({ partial }) => {
    if (partial === undefined) return;
    events.push(partial as ExperimentEvent);
    on(partial as ExperimentEvent, () => stop.abort());
  };
  return { events, context: { signal: stop.signal, progress } };
}

function twin(changes: Partial<ExperimentPlan> = {}): ExperimentPlan {
  const what = { kind: 'twin', label: 'Without drop', changes: [{ kind: 'without', layer: 'drop' }] } as const;
  return { ...offer.twinPlan, what, seeds: [1, 2, 3], size: 100, epochs: 2, ...changes };
}

const run = (plan: ExperimentPlan, context: HandlerContext, resume: string | null = null) => {
  if (handlers.runExperiment === undefined) throw new Error('no handler');
  return handlers.runExperiment({ model, plan, resume }, context);
};
const kinds = (events: readonly ExperimentEvent[]) =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'progress' && kind !== 'point');

describe('before an experiment', () => {
  it('offers what can be taken out, changed and put behind, found by trying', () => {
    const of = (name: string) => offer.layers.find((one) => one.name === name);
    expect(of('drop')).toMatchObject({ type: 'Dropout', line: 8, without: { possible: true }, rate: 0.5 });
    expect(of('norm')).toMatchObject({ without: { possible: true }, rate: null, putBehind: { batchNorm: false } });
    expect(of('pool')?.without).toEqual({ possible: true });
    const answer = offer.layers.find(({ type }) => type === 'Dense');
    expect(answer).toBeUndefined();
    expect(offer.batchNormMomentum).toBe(0.99);
    expect(offer).toMatchObject({ trainImages: 6000, validationImages: 500 });
  });

  it('sizes each lab to minutes on this engine', () => {
    expect(offer.labs.map(({ lab }) => lab)).toEqual([
      'regularisation',
      'initialScale',
      'smallData',
      'randomLabels',
      'underfitting'
    ]);
    for (const { refused, seconds, plan } of offer.labs) {
      expect(refused).toBeNull();
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(600);
      expect(plan.seeds.length).toBeGreaterThanOrEqual(1);
    }
    expect(offer.twinPlan.seeds.length).toBeGreaterThanOrEqual(3);
  });

  it('tells the cost, and which weights a twin cannot share', async () => {
    const cost = await ask('experimentCost', { model, plan: twin() });
    expect(cost).toMatchObject({ jobs: 6, engine: 'wasm' });
    expect(cost.variants.map(({ id, refreshed, refused }) => [id, refreshed, refused])).toEqual([
      ['asWritten', [], null],
      ['changed', [], null]
    ]);
    const pooling = twin({ what: { kind: 'twin', label: 'x', changes: [{ kind: 'without', layer: 'pool' }] } });
    const more = await ask('experimentCost', { model, plan: pooling });
    expect(more.variants[1]?.refreshed).toEqual(['dense']);
    expect(more.variants[1]?.parameters ?? 0).toBeGreaterThan(2 * (more.variants[0]?.parameters ?? 0));
    const longer = await ask('experimentCost', { model, plan: twin({ epochs: 4 }) });
    expect(longer.seconds).toBeGreaterThan(1.5 * cost.seconds);
  });

  it('refuses in one line what cannot be compared', async () => {
    const bad = async (changes: Partial<ExperimentPlan>, words: RegExp) =>
      expect(ask('experimentCost', { model, plan: twin(changes) })).rejects.toThrow(words);
    await bad({ seeds: [] }, /seeds/);
    await bad({ seeds: [1, 1] }, /each once/);
    await bad({ epochs: 0 }, /epochs/);
    await bad({ target: 2 }, /accuracy to reach/);
    await bad(
      { what: { kind: 'twin', label: '', changes: [{ kind: 'without', layer: 'dense' }] } },
      /cannot be taken out/
    );
    await bad({ what: { kind: 'twin', label: '', changes: [] } }, /nothing is changed/);
    await bad({ form: { ...offer.twinPlan.form, optimizer: 'none' } }, /no optimizer/);
    const numbers = path.join(folder, 'numbers.csv');
    writeFileSync(numbers, 'a,b\n1,2\n');
    await expect(ask('experimentOffer', { model, data: { kind: 'path', path: numbers } })).rejects.toThrow(/numbers/);
  });
});

describe('a twin', () => {
  let experiment = '';

  it('stops at once and goes on where its finished trainings end', async () => {
    let asked = 0;
    const first = listening((event, stop) => {
      if (event.kind !== 'job' || event.index !== 2) return;
      asked = performance.now();
      stop();
    });
    const stopped = await run(twin(), first.context);
    expect(performance.now() - asked).toBeLessThan(500);
    expect(stopped).toMatchObject({ status: 'stopped', finishedJobs: 2, jobs: 6, title: 'Without drop' });
    experiment = stopped.experiment;
    const kept = path.join(folder, 'experiments', experiment, 'results');
    const before = readdirSync(kept).map((name) => readFileSync(path.join(kept, name), 'utf8'));
    expect(before).toHaveLength(2);

    const second = listening();
    const done = await run(twin({ epochs: 9 }), second.context, experiment);
    expect(done).toMatchObject({ status: 'finished', finishedJobs: 6, experiment, plan: { epochs: 2 } });
    // What was found before is told again, and not trained again.
    expect(kinds(second.events).slice(0, 4)).toEqual(['started', 'result', 'result', 'job']);
    expect(second.events.filter(({ kind }) => kind === 'job')).toHaveLength(4);
    const after = readdirSync(kept).map((name) => readFileSync(path.join(kept, name), 'utf8'));
    expect(after).toEqual(expect.arrayContaining(before));
  });

  it('is listed, and finds curves, verdicts, a sentence and what must be known', async () => {
    const [listed] = await ask('experiments', { model });
    expect(listed).toMatchObject({ experiment, status: 'finished', data: expect.stringContaining('Digits') });
    const found = await ask('experimentFindings', { model, experiment });
    expect(found.groups).toHaveLength(1);
    const { variants, comparisons } = found.groups[0]?.twins ?? { variants: [], comparisons: [] };
    expect(variants.map(({ results }) => results.length)).toEqual([3, 3]);
    expect(variants[0]?.curves.validationAccuracy.length).toBeGreaterThanOrEqual(2);
    expect(comparisons).toHaveLength(1);
    expect(found.claims.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['drop narrows the gap in accuracy', 'drop narrows the gap in loss'])
    );
    for (const claim of found.claims) {
      expect(['holds', 'does not hold', 'too noisy to say']).toContain(claim.word);
      expect(claim.detail).toMatch(/^\d of 3 seeds as claimed, .*\(seeds 1, 2, 3\)/);
    }
    // What the layer does is the opposite of what going without it does.
    const [own] = found.claims;
    const narrows = comparisons[0]?.narrowsGapAccuracy.mean ?? 0;
    const points = String(Number((-100 * narrows).toFixed(1)));
    expect(own?.detail).toContain(`mean difference ${points} percentage points`);
    expect(found.sentence).toMatch(/drop.*gap.*validation accuracy/s);
    // Keras's momentum of 0.99 holds little of the data after eight steps.
    expect(found.notices.join('\n')).toMatch(/momentum 0\.99 the moving statistics hold \d+ % of the data/);
    expect(found.keptNetworks).toEqual([
      { variant: 'asWritten', label: 'As written' },
      { variant: 'changed', label: 'Without drop' }
    ]);
  });

  it('keeps the trained networks, which open with the weights that were measured', async () => {
    const opened = await ask('openExperimentNetwork', { model, experiment, variant: 'changed' });
    expect(opened.title).toBe('Without drop');
    expect(opened.opened.summary.layers.map(({ name }) => name)).not.toContain('drop');
    const again = await ask('openExperimentNetwork', { model, experiment, variant: 'changed' });
    expect(again.opened.model).not.toBe(opened.opened.model);
    await ask('closeExperimentNetwork', { model: opened.opened.model });
    await expect(ask('closeExperimentNetwork', { model: opened.opened.model })).rejects.toThrow(/not open any more/);
    await expect(ask('closeExperimentNetwork', { model })).rejects.toThrow(/no network of an experiment/);
    const file = path.join(folder, 'experiments', experiment, 'networks', 'changed.keras');
    const read = await openModelFile(file);
    if (!read.ok) throw new Error(read.error.problem);
    const fresh = sessions.get(model).model;
    const kernelOf = async (layers: typeof fresh.root.layers) =>
      Float32Array.from(
        (await [...layers.values()].find(({ kind }) => kind.kind === 'conv')?.weights[0]?.read()) ?? []
      );
    expect(await kernelOf(read.value.model.root.layers)).not.toEqual(await kernelOf(fresh.root.layers));
    read.value.close();
    await expect(ask('openExperimentNetwork', { model, experiment, variant: '../plan' })).rejects.toThrow(/keeps no/);
  });

  it('becomes a table and a page that needs nothing beside itself', async () => {
    const { csv } = await ask('experimentCsv', { model, experiment });
    expect(csv.split('\r\n')[0]).toContain('validation_accuracy_moving');
    expect(csv.split('\r\n').length).toBeGreaterThan(12);
    const { html } = await ask('experimentReport', { model, experiment });
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href)=|https?:\/\/|<script/);
    expect(html.match(/<polyline/g)?.length).toBeGreaterThanOrEqual(8);
    expect(html).toContain('too noisy to say.');
    expect(html).toContain('As written');
    expect(html).not.toMatch(/NaN|undefined|\[object/);
  });

  it('gives equal numbers when it is run again', async () => {
    const again = await run(twin({ seeds: [1] }), listening().context);
    const [one, two] = await Promise.all(
      [experiment, again.experiment].map((id) => ask('experimentFindings', { model, experiment: id }))
    );
    const scores = (found: typeof one) =>
      found?.results.filter(({ job }) => job.seed === 1).map(({ job, points }) => [job.variant.id, points]);
    expect(scores(two)).toEqual(scores(one));
    expect(two?.claims.every(({ judgement }) => judgement === 'tooNoisy')).toBe(true);
    await ask('deleteExperiment', { experiment: again.experiment });
    expect(existsSync(path.join(folder, 'experiments', again.experiment))).toBe(false);
    expect(await ask('experiments', { model })).toHaveLength(1);
  });
});

describe('in line', () => {
  it('an experiment waits for another, a run is refused, and what goes cannot be deleted', async () => {
    const { train } = handlers;
    if (train === undefined) throw new Error('no handler');
    const second = listening();
    const said: string[] = [];
    let waiting: Promise<unknown> = Promise.resolve();
    const first = listening((event, stop) => {
      if (event.kind === 'started') {
        waiting = run(twin({ seeds: [4] }), second.context);
        const { form } = offer.twinPlan;
        const refusals = [
          train({ model, data: digits, form, resume: null }, listening().context),
          ask('deleteExperiment', { experiment: event.experiment })
        ];
        for (const one of refusals)
          void one.then(
            () => said.push('done'),
            (error: unknown) => said.push(String(error))
          );
      }
      if (said.length === 2) stop();
    });
    // Long enough for the run to lose its patience.
    await run(twin({ epochs: 200, size: 400 }), first.context);
    expect(said.sort()).toEqual([
      expect.stringMatching(/is running now/),
      expect.stringMatching(/in an experiment now/)
    ]);
    await waiting;
    expect(kinds(second.events)).toEqual(['waiting', 'started', 'job', 'result', 'job', 'result']);
    const [named, started] = second.events;
    expect(named).toMatchObject({ experiment: (started as { experiment: string }).experiment });
  });

  it('a waiting one that is stopped stays in the list and lets others by', async () => {
    const second = listening((event, stop) => {
      if (event.kind === 'waiting') stop();
    });
    let waiting: ReturnType<typeof run> | null = null;
    const first = listening((event) => {
      if (event.kind === 'started') waiting = run(twin({ seeds: [5] }), second.context);
    });
    expect(await run(twin({ seeds: [6] }), first.context)).toMatchObject({ status: 'finished' });
    expect(await waiting).toMatchObject({ status: 'stopped', finishedJobs: 0 });
  });
});

describe('labs', () => {
  it('of a network that reads no pictures go without augmentation, and say so', async () => {
    const text = `import keras
from keras import layers
flat = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
`;
    const [definition] = analyzeSource({ kind: 'file', text, language: 'python' }).models;
    if (definition === undefined) throw new Error('no model');
    const flat = (await ask('openDefinition', { definition: toPortable(definition), seed: 1 })).model;
    const { labs } = await ask('experimentOffer', { model: flat, data: digits });
    const plan = labs.find(({ lab }) => lab === 'regularisation')?.plan;
    if (plan === undefined) throw new Error('no lab');
    const { variants } = await ask('experimentCost', { model: flat, plan });
    expect(variants.filter(({ refused }) => refused !== null).map(({ id }) => id)).toEqual(['augmentation']);
    if (handlers.runExperiment === undefined) throw new Error('no handler');
    const small = { ...plan, seeds: [1, 2, 3], size: 100, epochs: 2 };
    const done = await handlers.runExperiment({ model: flat, plan: small, resume: null }, listening().context);
    expect(done).toMatchObject({ status: 'finished', jobs: 21, title: 'Regularisation lab' });
    const found = await ask('experimentFindings', { model: flat, experiment: done.experiment });
    expect(found.notices.join('\n')).toMatch(/Augmentation could not be trained: .*pictures/);
    expect(found.sentence).toMatch(/^Without any of them the network/);
    expect(found.claims.some(({ text: claim }) => claim.includes('fewer steps (batch statistics)'))).toBe(
      found.groups[0]?.twins.variants.some(({ stepsToTarget }) => stepsToTarget.batch.arrived > 0)
    );
  });

  it.each([
    ['smallData', { size: 100, epochs: 1 }, /after training on 50 images, and at [\d.]+ % with 100/],
    ['randomLabels', { size: 50, epochs: 2 }, /of meaningless labels by heart .* chance is 10 %/],
    ['underfitting', { size: 50, epochs: 2 }, /on its own training images/],
    ['initialScale', { size: 50, epochs: 1 }, /ten times as large .* without batch norm/]
  ] as const)('%s: every claim is judged on all seeds', async (lab, small, sentence) => {
    const plan = offer.labs.find((one) => one.lab === lab)?.plan;
    if (plan === undefined) throw new Error('no lab');
    const done = await run({ ...plan, ...small, seeds: [1, 2, 3] }, listening().context);
    expect(done.status).toBe('finished');
    const found = await ask('experimentFindings', { model, experiment: done.experiment });
    expect(found.sentence).toMatch(sentence);
    expect(found.groups.map(({ size }) => size)).toEqual(lab === 'smallData' ? [50, 100] : [small.size]);
    expect(found.claims.length).toBeGreaterThan(2);
    for (const { detail } of found.claims) expect(detail).toContain('(seeds 1, 2, 3)');
  });

  it('are not lost to a damaged or foreign folder, and no id leads out of it', async () => {
    const damaged = path.join(folder, 'experiments', 'damaged');
    mkdirSync(damaged, { recursive: true });
    writeFileSync(path.join(damaged, 'plan.json'), '{"version":1,');
    const before = await ask('experiments', { model });
    expect(before.map(({ experiment }) => experiment)).not.toContain('damaged');
    await expect(ask('experimentFindings', { model, experiment: 'damaged' })).rejects.toThrow(/damaged plan/);
    await expect(ask('deleteExperiment', { experiment: '../experiments' })).rejects.toThrow(/is no experiment/);
    await expect(ask('deleteRun', { run: 'experiments' })).rejects.toThrow(/is no run/);
    const runs = await ask('trainingRuns', { model });
    expect(runs.map(({ run: id }) => id)).not.toContain('experiments');
  });
});
