/** The extension's entry: registers everything and starts nothing. The child process begins with the first request. */
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { useLanguage } from '../core/numbers';
import { useTexts } from '../core/texts';
import { workerEnvironment } from '../protocol/workerEnvironment';
import { DocumentAnalyses } from './documentAnalyses';
import { registerCommands } from './commands/register';
import { followTheCursor } from './followCursor';
import { forkWorker } from './forkWorker';
import { kernelGlance } from './kernelThumbnails';
import { registerLanguageFeatures } from './language/register';
import type { LanguageServices } from './languageServices';
import { commands, contextKeys } from './names';
import { KernelPanel } from './panel/kernelPanel';
import { Panels } from './panel/panels';
import { PanelRegistry } from './panel/registry';
import type { Services } from './services';
import { engineSetting, experimentLens, idleMilliseconds, memoryBudgetMegabytes, translations } from './settings';
import { registerShapeHints } from './shapeHints';
import { accessTo } from './panel/accessTo';
import { TrainingIndicator } from './runs/indicator';
import { offerUnfinishedExperiments, watchExperiments } from './runs/experimentQuestions';
import { offerUnfinished, watchTraining } from './runs/questions';
import { runsFolder } from './runs/runsFolder';
import { Trainings } from './runs/trainings';
import { WeightsChoices } from './weights/choices';
import { ValueStore } from './setValues';
import type { WorkerProcess } from './workerClient';
import { Workers } from './workers';

/** What the tests inside the host use. */
export interface ExtensionApi {
  readonly services: Services;
  readonly panels: Panels;
  readonly indicator: TrainingIndicator;
  /** By the clock, and of processor time: other programs make only the first longer. */
  readonly activation: { readonly milliseconds: number; readonly processorMilliseconds: number };
}

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const [began, usedBefore] = [performance.now(), process.cpuUsage()];
  const log = vscode.window.createOutputChannel('ConvLens', { log: true });
  const startProcess = () =>
    forkWorker(path.join(context.extensionPath, 'dist', 'worker.js'), environment(context), log);
  const workers = new Workers({
    start: startProcess,
    idleMilliseconds,
    log,
    onRunning: (running) => {
      void vscode.commands.executeCommand('setContext', contextKeys.engineRunning, running);
    }
  });
  useTexts(translations());
  useLanguage(vscode.env.language);
  const values = new ValueStore(context.workspaceState);
  const analyses = new DocumentAnalyses(values);
  const training = new Trainings(
    { start: () => inBackground(startProcess()) },
    { log, idleMilliseconds, access: (subject) => accessTo(services, subject) }
  );
  const weights = new WeightsChoices(context.workspaceState);
  const services: Services = {
    context,
    log,
    workers,
    analyses,
    values,
    panels: new PanelRegistry(),
    training,
    weights
  };
  const panels = new Panels(services);
  const kernelPanel = new KernelPanel(services);
  const indicator = new TrainingIndicator(services);
  context.subscriptions.push(
    log,
    analyses,
    weights,
    // Before the panels: the end of the window is no wish to stop a run.
    training,
    services.panels,
    workers,
    panels.register(),
    kernelPanel.register(),
    registerCommands(services, panels, kernelPanel),
    followTheCursor(services),
    registerShapeHints(analyses),
    restartWhenSettingsAsk(workers, training),
    indicator,
    watchTraining(services, panels),
    watchExperiments(services, panels)
  );
  void offerUnfinished(services, panels)
    .then(() => offerUnfinishedExperiments(services, panels))
    .catch((error: unknown) => log.error(String(error)));
  registerLanguageFeatures(context, languageServices(services));
  const used = process.cpuUsage(usedBefore);
  const activation = {
    milliseconds: performance.now() - began,
    processorMilliseconds: (used.user + used.system) / 1000
  };
  log.debug(`Activated in ${activation.milliseconds.toFixed(1)} ms.`);
  return { services, panels, indicator, activation };
}

function environment(context: vscode.ExtensionContext): Readonly<Record<string, string>> {
  return {
    [workerEnvironment.engine]: engineSetting(),
    [workerEnvironment.memoryBudget]: String(memoryBudgetMegabytes()),
    [workerEnvironment.texts]: vscode.l10n.uri?.scheme === 'file' ? vscode.l10n.uri.fsPath : '',
    [workerEnvironment.language]: vscode.env.language,
    [workerEnvironment.runs]: runsFolder(context)
  };
}

/** Views come first where both want the processor. */
function inBackground(process: WorkerProcess): WorkerProcess {
  try {
    if (process.pid !== undefined) os.setPriority(process.pid, os.constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A system that does not allow it shares the processor evenly.
  }
  return process;
}

/** A child process reads its settings once; a changed choice of engine or new trust needs a fresh one. */
function restartWhenSettingsAsk(workers: Workers, training: Trainings): vscode.Disposable {
  const restart = () => {
    training.restartIdle();
    workers.restart(vscode.l10n.t('The engine setting changed.'));
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('convlens.engine') || event.affectsConfiguration('convlens.memoryBudgetMB'))
        restart();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      if (engineSetting() !== 'wasm') restart();
    })
  );
}

function languageServices(services: Services): LanguageServices {
  return {
    log: services.log,
    analyses: services.analyses,
    commands: {
      inspectDefinition: commands.inspectDefinition,
      train: commands.train,
      withoutThisLine: commands.withoutThisLine,
      setValue: commands.setValue
    },
    experimentLens,
    kernelGlance: (uri, key, layer, maxBytes, token) => kernelGlance(services, uri, key, layer, maxBytes, token)
  };
}
