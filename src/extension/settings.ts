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
    l10n: translations(vscode.l10n.bundle)
  };
}

/** The bundle of the display language as the webview wants it; plural and comment entries do not occur in ours. */
function translations(bundle: typeof vscode.l10n.bundle): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(bundle ?? {}).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : []))
  );
}
