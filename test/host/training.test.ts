import assert from 'node:assert/strict';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import { forkWorker } from '../../src/extension/forkWorker';
import { commands } from '../../src/extension/names';
import type { PanelController } from '../../src/extension/panel/controller';
import { offerUnfinished } from '../../src/extension/runs/questions';
import { runsFolder } from '../../src/extension/runs/runsFolder';
import type { RunPlan } from '../../src/extension/runs/session';
import type { TrainingChange } from '../../src/extension/runs/trainings';
import { UnfinishedRuns } from '../../src/extension/runs/unfinished';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { TrainingForm } from '../../src/protocol/training';
import { api, closeAll, extensionRoot, until, workspaceFile } from './support';

const context: HandlerContext = { signal: new AbortController().signal, progress: () => undefined };

function plan(form: Partial<TrainingForm> = {}): RunPlan {
  const whole = { epochs: 4, batchSize: 40, loss: 'fine', seed: 1, ...form } as TrainingForm;
  return { data: { kind: 'digits' }, form: whole, resume: null };
}

/** What a page would ask, through the host's routing. */
function ask(panel: PanelController, method: string, params: unknown): Promise<unknown> {
  return (
    panel as unknown as { passOn: (method: string, params: unknown, context: HandlerContext) => Promise<unknown> }
  ).passOn(method, params, context);
}

function eventsOf(panel: PanelController): [string, unknown][] {
  const sent: [string, unknown][] = [];
  const emit = panel.emit.bind(panel);
  panel.emit = (name, payload) => {
    sent.push([name, payload]);
    emit(name, payload);
  };
  return sent;
}

async function openFile() {
  const { services } = await api();
  await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
  const panel = await until('the panel', () => services.panels.active);
  const opened = await until('the model', () => panel.openModel);
  return { panel, model: opened.model };
}

type Asked = 'showErrorMessage' | 'showWarningMessage' | 'showInformationMessage';

/** Answers questions with the button of that name; `null` where the person leaves. */
function answering(kind: Asked, answer: string | null) {
  const texts: string[] = [];
  const before = vscode.window[kind];
  Object.assign(vscode.window, {
    [kind]: (text: string, ...rest: readonly unknown[]) => {
      const [options] = rest;
      const detail = typeof options === 'object' && options !== null && 'detail' in options ? options.detail : '';
      texts.push(`${text} ${String(detail)}`);
      return Promise.resolve(answer === null || !rest.includes(answer) ? undefined : answer);
    }
  });
  return { texts, restore: () => Object.assign(vscode.window, { [kind]: before }) };
}

describe('training', () => {
  const restores: (() => void)[] = [];
  const changes: TrainingChange[] = [];
  const ends = () => changes.flatMap(({ end }) => (end === null ? [] : [end.kind]));

  // Hooks that are made while hooks run belong to all suites, so what is to be put back is noted.
  let putBack = () => {};
  before(async () => {
    const { services } = await api();
    const { processes } = services.training;
    const real = processes.start;
    const script = path.join(extensionRoot(), 'test/unit/extension/fakeTraining.cjs');
    processes.start = () => forkWorker(script, { CONVLENS_RUNS: runsFolder(services.context) }, services.log);
    const listening = services.training.onDidChange((change) => changes.push(change));
    putBack = () => {
      processes.start = real;
      listening.dispose();
    };
  });
  after(() => {
    putBack();
  });

  afterEach(async () => {
    const { services } = await api();
    for (const { session } of services.training.going) session.stop();
    await until('the end of all runs', () => services.training.going.length === 0);
    for (const restore of restores.splice(0)) restore();
    await closeAll();
    changes.length = 0;
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('opens on its tab from the command, for a file, for code, and for the panel used last', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.train, workspaceFile('digits_cnn.keras'));
    const first = await until('the panel', () => services.panels.active);
    assert.equal(path.posix.basename(first.uri.path), 'digits_cnn.keras');
    const sent = eventsOf(first);
    await vscode.commands.executeCommand(commands.train);
    assert.equal(services.panels.active, first);
    assert.deepEqual(sent, [['showView', { view: 'train', layer: null }]]);
    await vscode.commands.executeCommand(commands.train, workspaceFile('digits_cnn.py'));
    assert.equal(services.panels.active?.subject.kind, 'source');
    assert.equal(services.training.going.length, 0, 'something began unasked');
  });

  it('has a lens beside "Inspect" on each definition', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.py');
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
    const train = lenses.filter(({ command }) => command?.command === commands.train);
    const inspect = lenses.filter(({ command }) => command?.command === commands.inspectDefinition);
    assert.ok(train.length > 0);
    assert.deepEqual(
      train.map(({ command, range }) => [command?.title, command?.arguments, range.start.line]),
      inspect.map(({ command, range }) => ['Train', command?.arguments, range.start.line])
    );
    await vscode.commands.executeCommand(commands.train, ...(train[0]?.command?.arguments ?? []));
    const panel = await until('the panel', () => services.panels.active);
    assert.equal(panel.uri.toString(), uri.toString());
  });

  it('goes to a process of its own, with the runs folder, and trained weights to the panel’s', async () => {
    const { services } = await api();
    const { panel, model } = await openFile();
    const passed: string[] = [];
    const { worker } = panel;
    const own = worker.requestUntyped.bind(worker);
    worker.requestUntyped = (method, params, options) => {
      passed.push(method);
      return method === 'useTrainedWeights' ? Promise.resolve(null) : own(method, params, options);
    };
    restores.push(() => (worker.requestUntyped = own));
    const answer = (await ask(panel, 'trainingOffer', { model, data: null })) as Record<string, unknown>;
    assert.equal(answer['model'], 't1');
    assert.equal(answer['environment'], runsFolder(services.context));
    assert.match(runsFolder(services.context), /convlens.convlens.runs$/);
    const pid = services.training.find(panel.subject)?.pid;
    assert.ok(pid !== undefined && pid !== worker.pid);
    await ask(panel, 'useTrainedWeights', { model, run: 'r', epoch: 1 });
    await assert.rejects(ask(panel, 'trainingAlive', null), /unknown request/);
    assert.deepEqual(
      passed.filter((name) => /train/i.test(name)),
      ['useTrainedWeights']
    );
  });

  it('shows epoch, loss and accuracy in the status bar, pauses and goes on by command', async () => {
    const { services, indicator } = await api();
    const { panel } = await openFile();
    const sent = eventsOf(panel);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    panel.startTraining(plan({ epochs: 8, batchSize: 100 }));
    await until('the first epoch', () => /epoch \d\/8 · loss \d\.\d{3} · accuracy \d+\.\d %/.test(indicator.item.text));
    assert.match(indicator.item.text, /^\$\(pulse\) digits_cnn\.keras: /);
    assert.equal(indicator.isNotified(panel.subject), false);
    await vscode.commands.executeCommand(commands.pauseTraining);
    assert.match(indicator.item.text, /^\$\(debug-pause\)/);
    const { session } = services.training.going[0] ?? {};
    const done = session?.state?.reports.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(session?.state?.reports.length, done);
    await vscode.commands.executeCommand(commands.resumeTraining);
    await until('the end', () => ends().includes('done'));
    delay.disable();
    console.log(`the host was held up for ${(delay.max / 1e6).toFixed(0)} ms at most while a run went`);
    const statuses = sent.flatMap(([name, payload]) => (name === 'trainingChanged' ? [payload] : []));
    assert.deepEqual(
      statuses.map((payload) => (payload as { status: string }).status),
      ['running', 'paused', 'running', 'done']
    );
  });

  it('goes on when its panel closes, says so, and ends where the person wants it', async () => {
    const { services, indicator } = await api();
    const { panel } = await openFile();
    const { subject } = panel;
    panel.startTraining(plan({ epochs: 1000 }));
    await until('an epoch', () => (services.training.going[0]?.state.reports.length ?? 0) > 0);
    const kept = answering('showWarningMessage', 'Keep Training');
    await closeAll();
    kept.restore();
    assert.deepEqual(kept.texts, ['The panel of digits_cnn.keras was closed while it trains. ']);
    assert.equal(services.training.going.length, 1);
    assert.ok(indicator.isNotified(subject), 'no notification with Cancel');
    await vscode.commands.executeCommand(commands.showTraining);
    const again = await until('the panel again', () => services.panels.active);
    await until('the end of the notification', () => !indicator.isNotified(subject));
    assert.equal(services.training.find(again.subject)?.state?.plan.form.epochs, 1000);
    assert.deepEqual(ends(), []);
    const stopped = answering('showWarningMessage', 'Stop Training');
    restores.push(stopped.restore);
    await closeAll();
    await until('the end', () => ends().includes('stopped'));
    assert.equal(stopped.texts.length, 1);
  });

  it('tells of a crash in mid-run and resumes the run', async () => {
    const { services } = await api();
    const { panel } = await openFile();
    const { texts, restore } = answering('showErrorMessage', 'Resume');
    restores.push(restore);
    const unfinished = new UnfinishedRuns(services.context.workspaceState);
    panel.startTraining(plan({ loss: 'crash', seed: 2 }));
    await until('the note', () => unfinished.all().some(({ epoch }) => epoch === 1));
    await until('the crash', () => ends().includes('crashed'));
    await until('the end', () => ends().includes('done'));
    assert.equal(texts.length, 1);
    assert.match(texts[0] ?? '', /digits_cnn\.keras ended: it exited with code 3\. Everything up to epoch 2 is kept/);
    // Closing the run is told once more after its end.
    const last = changes.filter(({ end }) => end?.kind === 'done').at(-1);
    assert.ok(last?.end?.kind === 'done');
    assert.deepEqual(
      last.state.reports.map(({ epoch }) => epoch),
      [3, 4]
    );
    assert.equal(last.end.summary.epochs.length, 4);
    // Storing takes a moment after the run's end.
    await until('nothing unfinished', () => unfinished.all().length === 0);
  });

  it('left by a reloaded window is offered once, and resumed', async () => {
    const { services, panels } = await api();
    const unfinished = new UnfinishedRuns(services.context.workspaceState);
    const subject = {
      kind: 'file',
      path: workspaceFile('digits_cnn.keras').fsPath,
      title: 'digits_cnn.keras'
    } as const;
    const { data, form } = plan({ seed: 3 });
    const note = { run: 'kept', subject, data, form, epoch: 3, kept: true, epochs: 4 };
    await unfinished.note(note);
    const refused = answering('showInformationMessage', 'Not now');
    await offerUnfinished(services, panels);
    await offerUnfinished(services, panels);
    refused.restore();
    assert.deepEqual(refused.texts, ['Training of digits_cnn.keras was interrupted after epoch 3 of 4. ']);
    assert.equal(services.panels.all.length, 0);
    await unfinished.note(note);
    restores.push(answering('showInformationMessage', 'Resume').restore);
    await offerUnfinished(services, panels);
    // The line may still tell of a run of before: what counts is the end of the one that trained.
    const end = await until('the end', () =>
      changes.find((change) => change.end?.kind === 'done' && change.state.reports.length > 0)
    );
    assert.deepEqual(
      end.state.reports.map(({ epoch }) => epoch),
      [4]
    );
  });

  it('fetches a data set only after a yes to its addresses', async () => {
    const { panel } = await openFile();
    const no = answering('showWarningMessage', null);
    assert.deepEqual(await ask(panel, 'downloadData', { name: 'mnist' }), { downloaded: false });
    no.restore();
    assert.match(no.texts.join(), /https:\/\/example\.org\/d\.npz[^]*2\.0 MB[^]*Someone[^]*MIT[^]*\/data/);
    const asked = (await ask(panel, 'trainingOffer', { model: '', data: null })) as { asked: string[] };
    assert.ok(asked.asked.includes('downloadFacts') && !asked.asked.includes('downloadData'));
    restores.push(answering('showWarningMessage', 'Download').restore);
    assert.deepEqual(await ask(panel, 'downloadData', { name: 'mnist' }), { downloaded: true });
  });
});
