/** The files a document may import: those of its workspace folder, as the editor holds them or as they are on disk. */
import { readFileSync, statSync } from 'node:fs';
import * as vscode from 'vscode';
import type { AnalysisOptions } from '../source/types';
import { codeReader } from './codeReader';

/** A source file larger than this is no hand-written module. */
const largestSource = 500_000;

export interface Project {
  readonly resolve: NonNullable<AnalysisOptions['resolve']>;
  /** Grows while an analysis runs: the paths it read. */
  readonly imports: ReadonlySet<string>;
}

/** `null` for documents outside a workspace folder on a local disk: nothing beside them is read. */
export function projectOf(uri: vscode.Uri): Project | null {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (folder?.uri.scheme !== 'file') return null;
  const imports = new Set<string>();
  const resolve = codeReader().projectResolver(uri.path, {
    roots: [folder.uri.path],
    read: (path) => {
      const text = textAt(path);
      if (text !== null) imports.add(path);
      return text;
    }
  });
  return { resolve, imports };
}

function textAt(path: string): string | null {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.path === path);
  if (open !== undefined) return open.getText();
  try {
    const file = vscode.Uri.file(path).fsPath;
    return statSync(file).size > largestSource ? null : readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
