/** `Set Value…`: gives a name of the code a value that the code does not hold, remembered with the workspace. */
import path from 'node:path';
import * as vscode from 'vscode';
import { readLiteral } from '../../source/overrides';
import type { SourceAnalysis } from '../../source/types';
import type { SourceAnalyses } from '../languageServices';
import type { ValueStore } from '../setValues';

interface NameItem extends vscode.QuickPickItem {
  readonly name: string;
}

/** @param uri of the file or notebook @param name asked for where it is not given */
export async function setValue(
  analyses: SourceAnalyses,
  values: ValueStore,
  uri: vscode.Uri,
  name: string | null
): Promise<void> {
  const analysis = await analyses.analysisAt(uri);
  if (analysis === null) return;
  const chosen = name ?? (await pickName(analysis, values, uri));
  if (chosen === null) return;
  const before = values.of(uri)[chosen];
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Value of {0} in {1}', chosen, path.posix.basename(uri.path)),
    prompt: vscode.l10n.t('A number, True, False, None, a tuple, or a word in quotes. Empty takes the value back.'),
    ...(before === undefined ? {} : { value: before }),
    validateInput: (typed) =>
      typed.trim() === '' || readLiteral(typed.trim()) !== null
        ? null
        : vscode.l10n.t('Write a number such as 10, a tuple such as (32, 32, 3), or a word in quotes such as "relu".')
  });
  if (text === undefined) return;
  await values.set(uri, chosen, text.trim() === '' ? null : text.trim());
}

/** Names that a reason mentions come first: they are what is missing. */
async function pickName(analysis: SourceAnalysis, values: ValueStore, uri: vscode.Uri): Promise<string | null> {
  const missing = reasonsIn(analysis).join('\n');
  const set = values.of(uri);
  const items = namesIn(analysis, set).map((name): NameItem => {
    const isMissing = new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(missing);
    const value = set[name];
    return {
      label: name,
      ...(value !== undefined
        ? { description: vscode.l10n.t('set to {0}', value) }
        : isMissing
          ? { description: vscode.l10n.t('not known') }
          : {}),
      name
    };
  });
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('No constant of this code and no parameter of a function that builds a model can be set.')
    );
    return null;
  }
  const rank = ({ description }: NameItem) => (description === undefined ? 1 : 0);
  const chosen = await vscode.window.showQuickPick(
    items.sort((a, b) => rank(a) - rank(b)),
    { title: vscode.l10n.t('Set value of…'), placeHolder: vscode.l10n.t('A name that the code leaves open') }
  );
  return chosen?.name ?? null;
}

function namesIn({ settableNames }: SourceAnalysis, set: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set([...settableNames, ...Object.keys(set)])];
}

function reasonsIn({ definitions, problems }: SourceAnalysis): readonly string[] {
  return [
    ...problems.map(({ message }) => message),
    ...definitions.flatMap(({ model }) => [
      ...model.notices.map(({ message }) => message),
      ...[...model.root.layers.values()].flatMap(({ kind }) => (kind.kind === 'opaque' ? [kind.reason] : []))
    ])
  ];
}
