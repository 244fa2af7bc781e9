/** What a workspace offers to look at: model files by name, definitions by reading source files and notebooks. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { SourceAnalyses } from '../languageServices';

/** Where packages and build results lie; nobody's own models. */
const excluded = '**/{node_modules,.git,.venv,venv,env,__pycache__,site-packages,.ipynb_checkpoints,dist,build}/**';
const mostFiles = 500;
const mostSources = 200;
/** A source larger than this is no hand-written definition. */
const largestSource = 1_000_000;

/** Endings of files that hold a model or its weights. */
export const modelExtensions: readonly string[] = ['keras', 'h5', 'hdf5', 'pt', 'pth', 'th', 'safetensors'];

export type Found =
  | { readonly kind: 'file'; readonly uri: vscode.Uri }
  | {
      readonly kind: 'source';
      readonly uri: vscode.Uri;
      readonly key: string;
      readonly layers: number;
      readonly place: DefinitionPlace;
    };

/** From 0; `cell` in notebooks, among all cells. */
export interface DefinitionPlace {
  readonly line: number;
  readonly cell: number | null;
}

export async function findModelFiles(token: vscode.CancellationToken): Promise<readonly Found[]> {
  const patterns = [`**/*.{${[...modelExtensions, 'pth.tar', 'safetensors.index.json'].join(',')}}`, '**/model.json'];
  const uris = await Promise.all(
    patterns.map((pattern) => vscode.workspace.findFiles(pattern, excluded, mostFiles, token))
  );
  return uris
    .flat()
    .sort((a, b) => a.path.localeCompare(b.path))
    .map((uri) => ({ kind: 'file', uri }));
}

/** Reads one file after the other and gives the event loop back in between, so that the host stays responsive. */
export async function findDefinitions(
  analyses: SourceAnalyses,
  token: vscode.CancellationToken,
  onFound: (found: readonly Found[]) => void
): Promise<void> {
  const patterns = ['**/*.{py,ipynb}', '**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}'];
  const groups = await Promise.all(
    patterns.map((pattern) => vscode.workspace.findFiles(pattern, excluded, mostSources, token))
  );
  const uris = groups.flatMap((group) => group.sort((a, b) => a.path.localeCompare(b.path)));
  for (const uri of uris) {
    if (token.isCancellationRequested) return;
    if (!(await mentionsLayers(uri))) continue;
    onFound(await definitionsOf(analyses, uri));
  }
}

export async function definitionsOf(analyses: SourceAnalyses, uri: vscode.Uri): Promise<readonly Found[]> {
  try {
    const analysis = await analyses.analysisAt(uri);
    return (analysis?.definitions ?? []).map(({ key, model, range }) => ({
      kind: 'source',
      uri,
      key,
      layers: [...model.root.layers.values()].filter((layer) => layer.listed).length,
      place: { line: range.startLine, cell: range.cell ?? null }
    }));
  } catch {
    // A binary file named .py or a broken notebook defines nothing.
    return [];
  }
}

/** A cheap look before a document is opened and analysed. */
async function mentionsLayers(uri: vscode.Uri): Promise<boolean> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > largestSource && !uri.path.endsWith('.ipynb')) return false;
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    return isScript(uri)
      ? /\btf\.(layers|sequential|model)\b/.test(text)
      : /keras|Sequential|\bnn\.Module\b/.test(text);
  } catch {
    return false;
  }
}

const isScript = (uri: { readonly path: string }): boolean => /\.([cm]?[jt]s|[jt]sx)$/i.test(uri.path);

/** How a thing to look at can be opened, by the name of its file. */
export function wayOf(uri: { readonly path: string }): 'model' | 'source' | 'unknown' {
  const name = path.posix.basename(uri.path).toLowerCase();
  if (modelExtensions.some((extension) => name.endsWith(`.${extension}`)) || /\.(pth\.tar|json)$/.test(name))
    return 'model';
  return /\.(py|ipynb)$/.test(name) || isScript(uri) ? 'source' : 'unknown';
}
