/** Training with the real child process, the real digits and a small network: nothing is played. */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { commands } from '../../src/extension/names';
import type { PanelController } from '../../src/extension/panel/controller';
import { offerUnfinished } from '../../src/extension/runs/questions';
import type { RunEnd } from '../../src/extension/runs/session';
import type { TrainingChange } from '../../src/extension/runs/trainings';
import { UnfinishedRuns } from '../../src/extension/runs/unfinished';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { RunSummary, TrainingForm, TrainingOffer } from '../../src/protocol/training';
import { api, closeAll, until, workspaceFile } from './support';

const context: HandlerContext = { signal: new AbortController().signal, progress: () => undefined };
const digits = { kind: 'digits' } as const;
const name = 'small_net.py';
const code = `import keras
from keras import layers

small = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, strides=2, activation="relu"),
    layers.BatchNormalization(momentum=0.9),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
small.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
`;

function ask<T>(panel: PanelController, method: string, params: unknown): Promise<T> {
  return (
    panel as unknown as { passOn: (method: string, params: unknown, context: HandlerContext) => Promise<T> }
  ).passOn(method, params, context);
}

type Question = 'showErrorMessage' | 'showInformationMessage';

/** Presses the button of that name wherever it is offered; `null` closes the message. */
function answering(kind: Question, answer: string | null) {
  const texts: string[] = [];
  const before = vscode.window[kind];
  Object.assign(vscode.window, {
    [kind]: (text: string, ...rest: readonly unknown[]) => {
      texts.push(text);
      return Promise.resolve(answer === null || !rest.includes(answer) ? undefined : answer);
    }
  });
  return { texts, restore: () => Object.assign(vscode.window, { [kind]: before }) };
}

describe('training for real', () => {
  const restores: (() => void)[] = [];
  const changes: TrainingChange[] = [];
  const ended = (kind: RunEnd['kind']) => changes.find(({ end }) => end?.kind === kind);

  let listening: vscode.Disposable | null = null;
  before(async () => {
    const { services } = await api();
    await vscode.workspace.fs.writeFile(workspaceFile(name), Buffer.from(code));
    listening = services.training.onDidChange((change) => changes.push(change));
  });
  after(() => {
    listening?.dispose();
  });

  afterEach(async () => {
    const { services } = await api();
    for (const { session } of services.training.going) session.stop();
    await until('the end of all runs', () => services.training.going.length === 0);
    for (const restore of restores.splice(0)) restore();
    await closeAll();
    changes.length = 0;
  });

  /** A run on 3,000 digits in steps of 10, where nothing else is asked: an epoch takes about a second. */
  async function start(changed: Partial<TrainingForm>) {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.train, workspaceFile(name));
    const panel = await until('the panel', () => services.panels.active);
    const { model } = await until('the model', () => panel.openModel);
    const { form } = await ask<TrainingOffer>(panel, 'trainingOffer', { model, data: digits });
    assert.equal(form.optimizer, 'adam', 'the form does not say what the code says');
    const whole = { ...form, epochs: 200, batchSize: 10, examples: 3000, ...changed };
    panel.startTraining({ data: digits, form: whole, resume: null });
    const session = await until('the run', () => services.training.going[0]?.session);
    const state = () => session.state;
    /** Inside an epoch, at least that far. */
    const midway = (epochs: number, step: number) =>
      until(
        `epoch ${epochs + 1}, step ${step}`,
        () => (state()?.reports.length ?? 0) >= epochs && (state()?.step?.step ?? 0) >= step && session
      );
    const kept = async (): Promise<RunSummary> => {
      const runs = await ask<readonly RunSummary[]>(panel, 'trainingRuns', { model });
      const latest = [...runs].sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
      assert.ok(latest, 'no run was kept');
      return latest;
    };
    return { services, panel, model, session, midway, kept, state };
  }

  it('learns, and stops within half a second in the middle of an epoch, with all full epochs kept', async () => {
    const { session, midway, kept, state } = await start({ seed: 11 });
    await midway(2, 50);
    const done = state()?.reports.length ?? 0;
    const asked = performance.now();
    session.stop();
    await until('the end', () => ended('stopped'), 5000);
    const took = performance.now() - asked;
    console.log(`stopped ${took.toFixed(0)} ms after it was asked to`);
    // The probe itself looks every 50 ms.
    assert.ok(took < 550, `stopping took ${took.toFixed(0)} ms`);
    const run = await kept();
    assert.equal(run.status, 'stopped');
    assert.ok(run.epochs.length >= done && run.epochs.length <= done + 1, `${run.epochs.length} of ${done} are kept`);
    const [first, last] = [run.epochs[0], run.epochs.at(-1)];
    assert.ok((last?.train.loss ?? 9) < (first?.train.loss ?? 0), 'the loss did not fall');
    assert.ok((last?.validation?.metrics[0] ?? 0) > 0.6, `validation accuracy ${last?.validation?.metrics[0]}`);
  });

  it('does not hold up the extension host', async () => {
    const { midway, state } = await start({ seed: 12, examples: 1500 });
    await midway(1, 20);
    const worst: number[] = [];
    // Other programs may hold the machine up for a moment; what the host itself does comes again in every epoch.
    for (let turn = 0; turn < 4; turn++) {
      const before = state()?.reports.length ?? 0;
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      await until('an epoch', () => (state()?.reports.length ?? 0) > before);
      delay.disable();
      worst.push(delay.max / 1e6);
    }
    console.log(`held up at most ${worst.map((ms) => ms.toFixed(0)).join(', ')} ms in four epochs`);
    assert.ok(Math.min(...worst) < 50, `held up ${worst.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  });

  it('loses at most one epoch when its process is killed, and goes on from there at a click', async () => {
    const { services, midway, kept, state, panel } = await start({ seed: 13, epochs: 4, examples: 2000 });
    const { texts, restore } = answering('showErrorMessage', 'Resume');
    restores.push(restore);
    await midway(2, 50);
    const done = state()?.reports.length ?? 0;
    const pid = services.training.find(panel.subject)?.pid;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await until('the crash', () => ended('crashed'));
    await until('the end', () => ended('done'));
    assert.equal(texts.length, 1);
    assert.match(texts[0] ?? '', new RegExp(`small_net\\.py: small ended: .*Everything up to epoch ${done} is kept`));
    const after = ended('done');
    assert.deepEqual(
      after?.state.reports.map(({ epoch }) => epoch),
      Array.from({ length: 4 - done }, (_, i) => done + 1 + i)
    );
    const run = await kept();
    assert.deepEqual(
      [run.status, run.epochs.map(({ epoch }) => epoch)],
      ['done', [1, 2, 3, 4]],
      'the run is not whole'
    );
  });

  it('is offered again to the next window, where nobody answered, and goes on there', async () => {
    const { services, midway, state, panel } = await start({ seed: 14, epochs: 3, examples: 2000 });
    const { panels } = await api();
    const unfinished = new UnfinishedRuns(services.context.workspaceState);
    const ignored = answering('showErrorMessage', null);
    await midway(1, 50);
    const pid = services.training.find(panel.subject)?.pid;
    assert.ok(pid !== undefined);
    const note = unfinished.all().find(({ run }) => run === state()?.run);
    assert.ok(note, 'nothing was noted while it went');
    process.kill(pid, 'SIGKILL');
    await until('the crash', () => ended('crashed'));
    ignored.restore();
    await closeAll();
    // As the next window finds it.
    await unfinished.note(note);
    const { texts, restore } = answering('showInformationMessage', 'Resume');
    restores.push(restore);
    await offerUnfinished(services, panels);
    assert.match(texts[0] ?? '', /Training of small_net\.py: small was interrupted after epoch \d of 3/);
    const done = await until('the end', () => ended('done'));
    assert.ok(done.end?.kind === 'done');
    assert.deepEqual(
      done.end.summary.epochs.map(({ epoch }) => epoch),
      [1, 2, 3]
    );
  });
});
