/** The settings, read when needed, each checked: a hand-written settings.json may hold anything. */
import * as vscode from 'vscode';
import type { PanelSettings } from '../protocol/panel';
import type { EngineChoice } from '../protocol/workerEnvironment';
import { configurationSection } from './names';
import { bounded, engineFor } from './settingValues';

function value(name: string): unknown {
  return vscode.workspace.getConfiguration(configurationSection).get<unknown>(name);
}

export function followCursor(): boolean {
  return value('followCursor') !== false;
}

/** "Without this line" above layers of a document. */
export function experimentLens(uri: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration(configurationSection, uri).get<unknown>('experimentLens') !== false;
}

export function idleMilliseconds(): number {
  return bounded(value('idleMinutes'), 1, 240, 5) * 60_000;
}

export function memoryBudgetMegabytes(): number {
  return bounded(value('memoryBudgetMB'), 128, 16_384, 1024);
}

/** In a workspace that is not trusted no native library is loaded, whatever the setting says. */
export function engineSetting(): EngineChoice {
  return engineFor(value('engine'), vscode.workspace.isTrusted);
}

export function panelSettings(): PanelSettings {
  return {
    explanations: value('explanations') !== false,
    reduceMotion: vscode.workspace.getConfiguration('workbench').get('reduceMotion') === 'on',
    followCursor: followCursor(),
    l10n: translations(),
    language: vscode.env.language
  };
}

/** The texts of the display language; empty for English. Entries with comments do not occur in ours. */
export function translations(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(vscode.l10n.bundle ?? {}).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : []))
  );
}
