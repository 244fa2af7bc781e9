/** What the parts of the extension share; made once by `activate`, ended with it. */
import type * as vscode from 'vscode';
import type { SourceAnalyses } from './languageServices';
import type { PanelRegistry } from './panel/registry';
import type { Trainings } from './runs/trainings';
import type { WeightsChoices } from './weights/choices';
import type { ValueStore } from './setValues';
import type { Workers } from './workers';

export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly workers: Workers;
  readonly analyses: SourceAnalyses;
  readonly values: ValueStore;
  readonly panels: PanelRegistry;
  readonly training: Trainings;
  readonly weights: WeightsChoices;
}
