/** Quick picks: which model, which layer, which image. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { LayerRow } from '../../core/summary';
import { formatShape } from '../../core/shape';
import type { SourceAnalyses } from '../languageServices';
import { inputExtensions } from '../panel/inputFiles';
import type { DefinitionPlace, Found } from './findModels';
import { findDefinitions, findModelFiles, modelExtensions } from './findModels';

interface FoundItem extends vscode.QuickPickItem {
  readonly found: Found | 'browse';
}

/** Model files at once, definitions as they are found. `null` when the person leaves. */
export async function pickModel(analyses: SourceAnalyses): Promise<Found | null> {
  const cancel = new vscode.CancellationTokenSource();
  const picker = vscode.window.createQuickPick<FoundItem>();
  picker.title = vscode.l10n.t('ConvLens: Inspect Model');
  picker.placeholder = vscode.l10n.t('A model file, or a model defined in the code');
  picker.matchOnDescription = true;
  picker.busy = true;
  let found: readonly Found[] = [];
  const show = (more: readonly Found[]) => {
    if (cancel.token.isCancellationRequested) return;
    found = [...found, ...more];
    const active = picker.activeItems[0];
    picker.items = [...grouped(found), browseItem()];
    // New rows must not move what the person is about to choose.
    const same = picker.items.find((item) => item.label === active?.label && item.description === active.description);
    if (same !== undefined) picker.activeItems = [same];
  };
  picker.show();
  void (async () => {
    show(await findModelFiles(cancel.token));
    await findDefinitions(analyses, cancel.token, show);
    if (!cancel.token.isCancellationRequested) picker.busy = false;
  })();
  const chosen = await new Promise<FoundItem | undefined>((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]);
    });
    picker.onDidHide(() => {
      resolve(undefined);
    });
  });
  cancel.cancel();
  picker.dispose();
  if (chosen === undefined) return null;
  return chosen.found === 'browse' ? browse() : chosen.found;
}

/** Among the definitions of one document. */
export async function pickDefinition(found: readonly Found[]): Promise<Found | null> {
  if (found.length <= 1) return found[0] ?? null;
  const chosen = await vscode.window.showQuickPick(found.map(foundItem), {
    title: vscode.l10n.t('ConvLens: Inspect Model'),
    placeHolder: vscode.l10n.t('Several models are defined here')
  });
  return chosen === undefined || chosen.found === 'browse' ? null : chosen.found;
}

interface LayerItem extends vscode.QuickPickItem {
  readonly layer: string;
}

/** Among layers that pass `fits`. */
export async function pickLayer(
  rows: readonly LayerRow[],
  fits: (row: LayerRow) => boolean,
  title: string
): Promise<string | null> {
  const items = flat(rows)
    .filter(fits)
    .map((row): LayerItem => ({
      label: row.name,
      description: row.title,
      detail: formatShape(row.outputShape),
      layer: row.id
    }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('This model has no layer of that kind.'));
    return null;
  }
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return chosen?.layer ?? null;
}

/** An image or array of the workspace. */
export async function pickInput(): Promise<vscode.Uri | null> {
  const pattern = `**/*.{${inputExtensions.join(',')}}`;
  const uris = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', 500);
  const items = uris
    .sort((a, b) => a.path.localeCompare(b.path))
    .map((uri) => ({ label: path.posix.basename(uri.path), description: vscode.workspace.asRelativePath(uri), uri }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('ConvLens: Use as Input'),
    placeHolder: vscode.l10n.t('An image or a NumPy array'),
    matchOnDescription: true
  });
  return chosen?.uri ?? null;
}

/** Rows with those of nested models behind them. */
export function flat(rows: readonly LayerRow[]): readonly LayerRow[] {
  return rows.flatMap((row) => (row.layers === null ? [row] : [row, ...flat(row.layers)]));
}

function grouped(found: readonly Found[]): readonly FoundItem[] {
  const files = found.filter(({ kind }) => kind === 'file').map(foundItem);
  const sources = found.filter(({ kind }) => kind === 'source').map(foundItem);
  return [
    ...(files.length > 0 ? [separator(vscode.l10n.t('Model files'))] : []),
    ...files,
    ...(sources.length > 0 ? [separator(vscode.l10n.t('Defined in code'))] : []),
    ...sources,
    separator('')
  ];
}

function separator(label: string): FoundItem {
  return { label, kind: vscode.QuickPickItemKind.Separator, found: 'browse' };
}

function foundItem(found: Found): FoundItem {
  const where = vscode.workspace.asRelativePath(found.uri);
  return found.kind === 'file'
    ? { label: `$(file-binary) ${path.posix.basename(found.uri.path)}`, description: where, found }
    : {
        label: `$(symbol-class) ${found.key}`,
        description: vscode.l10n.t('{0}, {1}, {2} layers', where, placeWords(found.place), found.layers),
        found
      };
}

/** Several definitions may bear one name: where each stands tells them apart. */
function placeWords({ line, cell }: DefinitionPlace): string {
  return cell === null ? vscode.l10n.t('line {0}', line + 1) : vscode.l10n.t('cell {0}, line {1}', cell + 1, line + 1);
}

function browseItem(): FoundItem {
  return { label: `$(folder-opened) ${vscode.l10n.t('Choose a file…')}`, alwaysShow: true, found: 'browse' };
}

async function browse(): Promise<Found | null> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    openLabel: vscode.l10n.t('Inspect'),
    filters: { [vscode.l10n.t('Models')]: [...modelExtensions, 'tar', 'json'] }
  });
  const uri = chosen?.[0];
  return uri === undefined ? null : { kind: 'file', uri };
}
