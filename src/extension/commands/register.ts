/** All commands, each a line; the work is in the files beside this one. */
import * as vscode from 'vscode';
import { inLanguage } from '../../core/numbers';
import { RequestFailure } from '../../protocol/rpc';
import { commands } from '../names';
import { inputExtensions } from '../panel/inputFiles';
import type { KernelPanel } from '../panel/kernelPanel';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import { inspectDefinition, inspectModel, showView, uriOf } from './inspect';
import { pickInput } from './pickers';
import { loadWeights } from './loadWeights';
import { setValue } from './setValue';
import { pauseTraining, showTraining, stopTraining, train } from './train';
import { withoutThisLine } from './withoutThisLine';

export function registerCommands(services: Services, panels: Panels, kernelPanel: KernelPanel): vscode.Disposable {
  const register = (name: string, run: (...args: readonly unknown[]) => unknown) =>
    vscode.commands.registerCommand(name, async (...args: readonly unknown[]) => {
      try {
        await run(...args);
      } catch (error) {
        report(services, error);
      }
    });
  return vscode.Disposable.from(
    register(commands.inspectModel, (uri) => inspectModel(services, panels, uri)),
    register(commands.showKernels, (uri) => showView(services, panels, 'kernels', uri)),
    register(commands.showFeatureMaps, (uri) => showView(services, panels, 'maps', uri)),
    register(commands.inspectDefinition, (uri, key, layer, view) => inspectDefinition(panels, uri, key, layer, view)),
    register(commands.train, (uri, key) => train(services, panels, uri, key)),
    register(commands.showTraining, () => showTraining(services, panels)),
    register(commands.pauseTraining, () => pauseTraining(services, true)),
    register(commands.resumeTraining, () => pauseTraining(services, false)),
    register(commands.stopTraining, () => {
      stopTraining(services);
    }),
    register(commands.withoutThisLine, (uri, key, layer) => withoutThisLine(services, panels, uri, key, layer)),
    register(commands.loadWeights, (uri, key) => loadWeights(services, panels, uri, key)),
    register(commands.setValue, (uri, name) => askValue(services, uri, name)),
    register(commands.tryKernel, () => {
      kernelPanel.show();
    }),
    register(commands.useAsInput, (uri) => useAsInput(services, uri)),
    register(commands.restartEngine, () => {
      restartEngine(services);
    }),
    register(commands.showLog, () => {
      services.log.show();
    }),
    register(commands.showEngines, () => showEngines(services))
  );
}

/** Of the file named, else of the one being edited. */
async function askValue({ analyses, values }: Services, argument: unknown, name: unknown): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const uri = uriOf(argument) ?? (editor === undefined ? null : analyses.ownerOf(editor.document));
  if (uri !== null) await setValue(analyses, values, uri, typeof name === 'string' ? name : null);
}

async function useAsInput(services: Services, argument: unknown): Promise<void> {
  const uri = uriOf(argument) ?? (await pickInput());
  if (uri === null) return;
  const panel = services.panels.active;
  if (panel === null) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Open a model first (ConvLens: Inspect Model), then use this file as its input.')
    );
    return;
  }
  const extension = /\.([a-z0-9]+)$/i.exec(uri.path)?.[1]?.toLowerCase() ?? '';
  if (uri.scheme !== 'file' && uri.scheme !== 'vscode-remote') {
    void vscode.window.showWarningMessage(vscode.l10n.t('Only files on this machine can be an input.'));
    return;
  }
  if (!inputExtensions.includes(extension)) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('An input is an image (PNG, JPEG, WebP, GIF, BMP) or a NumPy array (.npy).')
    );
    return;
  }
  panel.emit('useInput', { path: uri.fsPath });
  panel.panel.reveal(undefined, true);
}

function restartEngine({ workers }: Services): void {
  if (workers.isRunning) workers.restart(vscode.l10n.t('The engine process was restarted.'));
  else
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The engine is not running; it starts when a panel needs it.')
    );
}

async function showEngines({ panels, workers }: Services): Promise<void> {
  const { worker, release } = workers.attach(panels.active?.key ?? 'engines');
  const engines = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: vscode.l10n.t('Looking for engines…')
    },
    (_progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => {
        stop.abort();
      });
      return worker.request('engines', null, { signal: stop.signal }).finally(release);
    }
  );
  await vscode.window.showQuickPick(
    engines.map((engine) => ({
      label: `${engine.chosen ? '$(check)' : engine.available ? '$(circle-outline)' : '$(circle-slash)'} ${engine.name}`,
      description: engine.stepMs === null ? '' : vscode.l10n.t('{0} ms per step', inLanguage(engine.stepMs.toFixed(1))),
      detail: engine.reason
    })),
    { title: vscode.l10n.t('Engines: what runs the network'), placeHolder: vscode.l10n.t('The marked one is in use') }
  );
}

/** Errors of commands as one line, with the log one click away. */
function report({ log }: Services, error: unknown): void {
  if (error instanceof RequestFailure && error.error.kind === 'cancelled') return;
  const message = error instanceof Error ? error.message : String(error);
  log.error(error instanceof Error ? error : message);
  const show = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(message, show).then((chosen) => {
    if (chosen === show) log.show();
  });
}
