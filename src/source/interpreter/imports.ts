/** Imports: names of libraries are paths, files of the same project are read and run where a resolver finds them. */
import type { Located, Statement } from '../python/ast';
import { t } from '../../core/texts';
import type { WorkspaceFile } from '../types';
import { scriptModule } from '../javascript/imports';
import { LANGUAGE_MODULES } from './languageModules';
import type { Machine } from './machine';
import { Scope } from './scope';
import { runBlock } from './statements';
import { FileValue, PathValue, Unknown } from './values';

type ImportFrom = Extract<Statement, { type: 'importFrom' }>;
type Import = Extract<Statement, { type: 'import' }>;

/** Deepest chain of files that import each other. */
const DEEPEST_IMPORT = 12;

/** `import a.b as c`. */
export function runImport(machine: Machine, node: Import, scope: Scope): void {
  for (const { name, alias } of node.modules) {
    const file = isOutside(name) ? null : load(machine, name, 0, node);
    if (file !== null) {
      if (alias !== null || !name.includes('.')) scope.set(alias ?? name, new FileValue(file, name));
      else bindPackage(scope, name, file);
      continue;
    }
    const path = alias === null ? (name.split('.')[0] ?? name) : name;
    scope.set(alias ?? path, new PathValue(machine.library.canonicalPath(path)));
  }
}

/** `import a.b` binds `a`, through which `a.b` is reached. */
function bindPackage(scope: Scope, name: string, file: Scope): void {
  const parts = name.split('.');
  const last = parts.pop() ?? name;
  let holder = scope;
  for (const part of parts) {
    const known = holder.names.get(part);
    const next = known instanceof FileValue ? known : new FileValue(new Scope(null), part);
    holder.set(part, next);
    holder = next.scope;
  }
  holder.set(last, new FileValue(file, name));
}

/** `from a import b as c`. */
export function runImportFrom(machine: Machine, node: ImportFrom, scope: Scope): void {
  const outside = node.level === 0 && isOutside(node.module);
  const file = outside ? null : load(machine, node.module, node.level, node);
  for (const { name, alias } of node.names) {
    if (name === '*') {
      if (file === null) machine.wildcards.push(machine.library.canonicalPath(node.module));
      else for (const [key, value] of file.names) if (!key.startsWith('_')) scope.set(key, value);
      continue;
    }
    const found = file?.names.get(name);
    if (found !== undefined) {
      scope.set(alias ?? name, found);
      continue;
    }
    const module = [node.module, name].filter((part) => part !== '').join('.');
    const inner = outside ? null : load(machine, module, node.level, node);
    if (inner !== null) scope.set(alias ?? name, new FileValue(inner, name));
    else if (node.level > 0 || file !== null) {
      scope.set(alias ?? name, new Unknown(t('`{0}` comes from another file of this project', name), node));
    } else {
      scope.set(alias ?? name, new PathValue(machine.library.canonicalPath(`${node.module}.${name}`)));
    }
  }
}

function isOutside(module: string): boolean {
  return LANGUAGE_MODULES.has(module.split('.')[0] ?? module);
}

/** The names of a file of the project, its code run once; `null` where there is no such file. */
export function load(machine: Machine, module: string, level: number, at: Located): Scope | null {
  const file = machine.resolve?.({ module, level, from: machine.file });
  if (file === null || file === undefined) return null;
  return machine.files.get(file.key) ?? runFile(machine, file, at);
}

function runFile(machine: Machine, file: WorkspaceFile, at: Located): Scope | null {
  const offset = machine.nextOffset;
  machine.nextOffset += file.text.length + 1;
  return runModule(machine, file.key, () => machine.lower(file.text, offset).body, at);
}

/** Runs a module's code once and keeps its names under the key; `null` where modules import each other too deeply. */
export function runModule(
  machine: Machine,
  key: string,
  bodyOf: () => readonly Statement[],
  at: Located
): Scope | null {
  if (machine.frames.filter((frame) => frame.callee === null).length >= DEEPEST_IMPORT) return null;
  const scope = machine.language === 'javascript' ? scriptModule() : new Scope(null);
  machine.files.set(key, scope);
  if (machine.language === 'python') scope.set('__name__', key);
  const body = bodyOf();
  const from = machine.file;
  machine.file = key;
  machine.frames.push({ at, callee: null, self: null, possibleReturns: [] });
  runBlock(machine, body, scope);
  machine.frames.pop();
  machine.file = from;
  return scope;
}
