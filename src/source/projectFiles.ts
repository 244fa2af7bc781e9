/** Where an import of a project's own file leads: names to paths, and nothing outside the given folders. */
import type { AnalysisOptions, ImportRequest, WorkspaceFile } from './types';

/** What may be read, and how. */
export interface ProjectAccess {
  /** Folders that hold the project, with `/` between names; nothing outside them is asked for. */
  readonly roots: readonly string[];
  /** The text of a file, `null` where there is none. */
  read(path: string): string | null;
}

const SCRIPT_ENDINGS = ['', '.js', '.ts', '.mjs', '.cjs', '.tsx', '.jsx', '/index.js', '/index.ts'];

/** @param document path of the document that is analysed, with `/` between names */
export function projectResolver(document: string, access: ProjectAccess): NonNullable<AnalysisOptions['resolve']> {
  const isScript = /\.[cm]?[jt]sx?$/i.test(document);
  return (request) => {
    const from = request.from ?? document;
    const candidates = isScript ? scriptPaths(request, from) : pythonPaths(request, from, access.roots);
    for (const candidate of candidates) {
      if (candidate === document || !isInside(candidate, access.roots)) continue;
      const text = access.read(candidate);
      if (text !== null) return { key: candidate, text } satisfies WorkspaceFile;
    }
    return null;
  };
}

/** `./model` beside the file that asks. */
function scriptPaths({ module }: ImportRequest, from: string): string[] {
  const base = join(folderOf(from), module);
  return base === null
    ? []
    : SCRIPT_ENDINGS.map((ending) => base + ending).filter((path) => /\.[cm]?[jt]sx?$/i.test(path));
}

/**
 * Dots lead up from the file that asks. Without dots the file's own folder is searched, as Python does for the script it
 * runs, then the folders above it: one of them is where the project is started from.
 */
function pythonPaths({ module, level }: ImportRequest, from: string, roots: readonly string[]): string[] {
  const inner = module === '' ? '' : `/${module.split('.').join('/')}`;
  const places = (folder: string): string[] =>
    inner === '' ? [`${folder}/__init__.py`] : [`${folder}${inner}.py`, `${folder}${inner}/__init__.py`];
  let folder: string | null = folderOf(from);
  if (level > 0) {
    for (let up = 1; up < level && folder !== null; up++) folder = parentOf(folder);
    return folder === null ? [] : places(folder);
  }
  const paths: string[] = [];
  for (; folder !== null && isInside(folder, roots); folder = parentOf(folder)) paths.push(...places(folder));
  return paths;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function parentOf(folder: string): string | null {
  const slash = folder.lastIndexOf('/');
  return slash <= 0 ? null : folder.slice(0, slash);
}

/** `null` where the path leads above everything. */
function join(folder: string, relative: string): string | null {
  const parts = folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '..') {
      if (parts.length <= 1) return null;
      parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}
