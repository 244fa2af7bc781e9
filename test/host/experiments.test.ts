/** Experiments as the host owns them, with a child process that pretends to train. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { forkWorker } from '../../src/extension/forkWorker';
import { commands } from '../../src/extension/names';
import type { PanelController } from '../../src/extension/panel/controller';
import { offerUnfinishedExperiments } from '../../src/extension/runs/experimentQuestions';
import type { ExperimentStart } from '../../src/extension/runs/experimentRuns';
import { runsFolder } from '../../src/extension/runs/runsFolder';
import type { ExperimentChange } from '../../src/extension/runs/trainings';
import { UnfinishedExperiments } from '../../src/extension/runs/unfinished';
import type { ExperimentPlan } from '../../src/protocol/experiments';
import { api, closeAll, extensionRoot, until, workspaceFile } from './support';

/** `batchSize` is the pretended milliseconds of a training; see fakeTraining.cjs. */
function start(changes: Partial<ExperimentPlan> = {}, resume: string | null = null): ExperimentStart {
  return { plan: { batchSize: 100, target: 0.9, epochs: 0, ...changes } as ExperimentPlan, resume };
}

async function openFile(): Promise<PanelController> {
  const { services } = await api();
  await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
  const panel = await until('the panel', () => services.panels.active);
  await until('the model', () => panel.openModel);
  return panel;
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

/** Answers questions of one kind with the button of that name, where they have it. */
function answering(kind: 'showErrorMessage' | 'showWarningMessage' | 'showInformationMessage', answer: string) {
  const texts: string[] = [];
  const before = vscode.window[kind];
  Object.assign(vscode.window, {
    [kind]: (text: string, ...rest: readonly unknown[]) => {
      texts.push(text);
      return Promise.resolve(rest.includes(answer) ? answer : undefined);
    }
  });
  return { texts, restore: () => Object.assign(vscode.window, { [kind]: before }) };
}

describe('experiments', () => {
  const restores: (() => void)[] = [];
  const changes: ExperimentChange[] = [];
  const ends = () => changes.flatMap(({ end }) => (end === null ? [] : [end.kind]));

  // Hooks that are made while hooks run belong to all suites, so what is to be put back is noted.
  let putBack = () => {};
  before(async () => {
    const { services } = await api();
    const { processes } = services.training;
    const real = processes.start;
    const script = path.join(extensionRoot(), 'test/unit/extension/fakeTraining.cjs');
    processes.start = () => forkWorker(script, { CONVLENS_RUNS: runsFolder(services.context) }, services.log);
    const listening = services.training.onDidChangeExperiment((change) => changes.push(change));
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
    for (const { session } of services.training.experiments) session.experiments.stopAll();
    await until('the end of all experiments', () => services.training.experiments.length === 0);
    for (const restore of restores.splice(0)) restore();
    await closeAll();
    changes.length = 0;
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('stand in the status bar with the training that goes and the time left, and stop by command', async () => {
    const { services, indicator } = await api();
    const panel = await openFile();
    const sent = eventsOf(panel);
    panel.startExperiment(start({ batchSize: 300 }));
    await until('the second training', () => /experiment 2 of 4, 4 min left$/.test(indicator.item.text));
    assert.match(indicator.item.text, /^\$\(beaker\) digits_cnn\.keras: /);
    assert.ok(indicator.item.tooltip instanceof vscode.MarkdownString);
    assert.match(indicator.item.tooltip.value, /command:convlens\.stopTraining/);
    const asked = performance.now();
    await vscode.commands.executeCommand(commands.stopTraining);
    await until('the end', () => ends().includes('stopped'));
    assert.ok(performance.now() - asked < 1000, 'took longer than the patience');
    assert.equal(services.training.experiments.length, 0);
    const statuses = sent.flatMap(([name, payload]) => (name === 'experimentChanged' ? [payload] : []));
    assert.deepEqual(
      [...new Set(statuses.map((payload) => (payload as { status: string }).status))],
      ['running', 'stopped']
    );
  });

  it('go on when their panel closes, with a notification, and are found again', async () => {
    const { services, indicator } = await api();
    const panel = await openFile();
    const { subject } = panel;
    panel.startExperiment(start({ batchSize: 1500 }));
    await until('its name', () => services.training.experiments[0]?.state.experiment);
    const { texts, restore } = answering('showWarningMessage', 'Keep Training');
    restores.push(restore);
    await closeAll();
    assert.equal(texts.length, 1);
    assert.ok(indicator.isNotified(subject), 'no notification with Cancel');
    await vscode.commands.executeCommand(commands.showTraining);
    await until('the panel again', () => services.panels.active);
    assert.equal(services.training.experiments.length, 1);
    assert.deepEqual(ends(), []);
  });

  it('tell of a crash and go on where the finished trainings end', async () => {
    const { services } = await api();
    const panel = await openFile();
    const { texts, restore } = answering('showErrorMessage', 'Resume');
    restores.push(restore);
    panel.startExperiment(start({ target: 0.1, epochs: 2 }));
    await until('the crash', () => ends().includes('crashed'));
    await until('the end', () => ends().includes('done'));
    assert.match(texts[0] ?? '', /digits_cnn\.keras ended: it exited with code 3\..* 2 of 4 trainings are kept/);
    assert.deepEqual(new UnfinishedExperiments(services.context.workspaceState).all(), []);
  });

  it('left by a reloaded window are offered once, and resumed', async () => {
    const { services, panels } = await api();
    const unfinished = new UnfinishedExperiments(services.context.workspaceState);
    const file = workspaceFile('digits_cnn.keras').fsPath;
    const subject = { kind: 'file', path: file, title: 'digits_cnn.keras' } as const;
    const { plan } = start({ epochs: 3 });
    await unfinished.note({ experiment: 'kept', subject, plan, finished: 3, jobs: 4 });
    const refused = answering('showInformationMessage', 'Not now');
    await offerUnfinishedExperiments(services, panels);
    await offerUnfinishedExperiments(services, panels);
    refused.restore();
    assert.deepEqual(refused.texts, ['An experiment on digits_cnn.keras was interrupted after 3 of 4 trainings.']);
    await unfinished.note({ experiment: 'kept', subject, plan, finished: 3, jobs: 4 });
    restores.push(answering('showInformationMessage', 'Resume').restore);
    await offerUnfinishedExperiments(services, panels);
    await until('the end', () => ends().includes('done'));
    const [, last] = changes.flatMap(({ state, end }) =>
      end === null ? [state.start.resume] : ['', state.experiment]
    );
    assert.equal(last, 'kept');
  });

  it('are offered above the layers that can go, and open the panel', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.py');
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 50);
    const own = lenses.filter(({ command }) => command?.command === commands.withoutThisLine);
    assert.ok(own.length >= 3, `${String(own.length)} lenses`);
    for (const { range, command } of own) {
      assert.match(document.lineAt(range.start.line).text, /Dropout|BatchNormalization|Pooling|Random/);
      assert.equal(command?.title, 'Without this line');
    }
    const [first] = own;
    await vscode.commands.executeCommand(commands.withoutThisLine, ...(first?.command?.arguments ?? []));
    const panel = await until('the panel', () => services.panels.active);
    assert.equal(panel.uri.toString(), uri.toString());
    await vscode.workspace.getConfiguration('convlens').update('experimentLens', false);
    restores.push(() => void vscode.workspace.getConfiguration('convlens').update('experimentLens', undefined));
    const off = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 50);
    assert.deepEqual(
      off.filter(({ command }) => command?.command === commands.withoutThisLine),
      []
    );
  });
});
