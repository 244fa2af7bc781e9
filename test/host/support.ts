/** What the tests inside VS Code share. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension';

export async function api(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('convlens.convlens');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

export function workspaceFile(...names: readonly string[]): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'the tests need a workspace');
  return vscode.Uri.joinPath(folder.uri, ...names);
}

/** Waits until `probe` gives something. */
export async function until<T>(what: string, probe: () => T | null | undefined | false, limit = 30_000): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const value = probe();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${String(limit)} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  const { services } = await api();
  await until('the panels to close', () => services.panels.all.length === 0);
}

/** Like `closeAll`, for editors with changes that nobody wants to keep: no question is asked about them. */
export async function discardAll(): Promise<void> {
  for (let i = 0; i < 50 && vscode.window.tabGroups.activeTabGroup.activeTab !== undefined; i++) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await closeAll();
}

export const extensionRoot = (): string =>
  vscode.extensions.getExtension('convlens.convlens')?.extensionPath ?? path.resolve('.');
