/** `ConvLens: Train…`, and what the status bar and the palette do with a run that goes. */
import * as vscode from 'vscode';
import type { PanelController } from '../panel/controller';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import { inspectDefinition, inspectModel, uriOf } from './inspect';

/**
 * Opens the panel on its tab Train: of the definition that a lens names, of the file or code that a menu names, of the panel
 * used last, else of the model that the person chooses. Nothing begins before they say so there.
 */
export async function train(services: Services, panels: Panels, argument: unknown, key: unknown): Promise<void> {
  const panel = await panelFor(services, panels, argument, key);
  if (panel === null) return;
  panel.panel.reveal(undefined, false);
  panel.showView('train', null);
}

function panelFor(
  services: Services,
  panels: Panels,
  argument: unknown,
  key: unknown
): PanelController | null | Promise<PanelController | null> {
  if (typeof key === 'string') return inspectDefinition(panels, argument, key, undefined);
  if (uriOf(argument) === null && services.panels.active !== null) return services.panels.active;
  return inspectModel(services, panels, argument);
}

export async function showTraining({ training }: Services, panels: Panels): Promise<void> {
  const latest = training.going[0] ?? training.experiments[0];
  if (latest === undefined) return;
  const panel = await panels.openSubject(latest.subject);
  panel?.showView('train', null);
}

/** Pauses the run begun last that is not paused, or lets the paused one go on. */
export async function pauseTraining({ training }: Services, paused: boolean): Promise<void> {
  const run = training.going.find(({ state }) => state.paused !== paused && state.run !== null);
  if (run === undefined) {
    void vscode.window.showInformationMessage(
      paused ? vscode.l10n.t('No training is going.') : vscode.l10n.t('No training is paused.')
    );
    return;
  }
  await run.session.pause(paused);
}

/** The run begun last, else the experiment that goes. */
export function stopTraining({ training }: Services): void {
  const [run] = training.going;
  if (run !== undefined) run.session.stop();
  else training.experiments[0]?.session.experiments.stop();
}
