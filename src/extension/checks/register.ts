/** Checks in the editor: diagnostics, quick fixes, the handbook behind each code, the setting that silences it. */
import * as vscode from 'vscode';
import { isCheckCode } from '../../checks/codes';
import type { LanguageServices } from '../languageServices';
import { MODEL_CODE } from '../language/selector';
import { commands, configurationSection } from '../names';
import { registerDiagnostics } from './diagnostics';
import { DocumentFindings } from './documentFindings';
import { CheckFixes } from './fixes';

export function registerChecks(context: vscode.ExtensionContext, { analyses }: LanguageServices): void {
  const findings = new DocumentFindings(analyses);
  context.subscriptions.push(
    registerDiagnostics(analyses, findings),
    vscode.languages.registerCodeActionsProvider(MODEL_CODE, new CheckFixes(analyses, findings), {
      providedCodeActionKinds: CheckFixes.kinds
    }),
    vscode.commands.registerCommand(commands.explainCheck, (code: unknown) => explain(context, code)),
    vscode.commands.registerCommand(commands.turnOffCheck, turnOff)
  );
}

/** The section of a code in the handbook, rendered. */
async function explain({ extensionUri }: vscode.ExtensionContext, code: unknown): Promise<void> {
  if (typeof code !== 'string' || !isCheckCode(code)) return;
  const handbook = vscode.Uri.joinPath(extensionUri, 'docs', 'checks.md').with({ fragment: code });
  await vscode.commands.executeCommand('markdown.showPreview', handbook);
}

/** Where the person silenced something before, else for this workspace, else for this person. */
async function turnOff(code: unknown): Promise<void> {
  if (typeof code !== 'string' || !isCheckCode(code)) return;
  const settings = vscode.workspace.getConfiguration(configurationSection);
  const known = settings.inspect<Readonly<Record<string, string>>>('checkSeverity');
  const inWorkspace = vscode.workspace.workspaceFolders !== undefined && known?.globalValue === undefined;
  const before = (inWorkspace ? known?.workspaceValue : known?.globalValue) ?? {};
  await settings.update(
    'checkSeverity',
    { ...before, [code]: 'off' },
    inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global
  );
}
