/** `Set Value…`: gives a name of the code a value that the code does not hold, remembered with the workspace. */
import path from 'node:path';
import * as vscode from 'vscode';
import { codeReader } from '../codeReader';
import type { SizeQuestion, SourceAnalysis } from '../../source/types';
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
  const offers = questionsIn(analysis).get(chosen)?.offers ?? [];
  const offered = await pickOffer(chosen, offers);
  const text = offered === null ? await typeValue(uri, chosen, values.of(uri)[chosen] ?? offers[0]) : offered;
  if (text !== undefined) await values.set(uri, chosen, text.trim() === '' ? null : text.trim());
}

/** One of the values that fit; `null` where there are none, or another is wanted. */
async function pickOffer(name: string, offers: readonly string[]): Promise<string | null | undefined> {
  if (offers.length === 0) return null;
  const other = vscode.l10n.t('Another value…');
  const chosen = await vscode.window.showQuickPick([...offers, other], { title: vscode.l10n.t('Value of {0}', name) });
  return chosen === other ? null : chosen;
}

async function typeValue(uri: vscode.Uri, name: string, before: string | undefined): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Value of {0} in {1}', name, path.posix.basename(uri.path)),
    prompt: vscode.l10n.t('A number, True, False, None, a tuple, or a word in quotes. Empty takes the value back.'),
    ...(before === undefined ? {} : { value: before }),
    validateInput: (typed) =>
      typed.trim() === '' || codeReader().readLiteral(typed.trim()) !== null
        ? null
        : vscode.l10n.t('Write a number such as 10, a tuple such as (32, 32, 3), or a word in quotes such as "relu".')
  });
}

/** Names that a reason mentions come first: they are what is missing. */
async function pickName(analysis: SourceAnalysis, values: ValueStore, uri: vscode.Uri): Promise<string | null> {
  const missing = reasonsIn(analysis).join('\n');
  const set = values.of(uri);
  const questions = questionsIn(analysis);
  const items = namesIn(analysis, set).map((name): NameItem => {
    const question = questions.get(name);
    const isMissing = new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(missing);
    const value = set[name];
    return {
      label: name,
      ...(value !== undefined
        ? { description: vscode.l10n.t('set to {0}', value) }
        : isMissing || question !== undefined
          ? { description: vscode.l10n.t('not known') }
          : {}),
      ...(question === undefined ? {} : { detail: question.reason }),
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

function namesIn(analysis: SourceAnalysis, set: Readonly<Record<string, string>>): readonly string[] {
  return [...new Set([...questionsIn(analysis).keys(), ...analysis.settableNames, ...Object.keys(set)])];
}

/** What the analysis itself asks for, by name. */
function questionsIn({ definitions }: SourceAnalysis): ReadonlyMap<string, SizeQuestion> {
  return new Map(definitions.flatMap(({ questions }) => questions ?? []).map((question) => [question.name, question]));
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
