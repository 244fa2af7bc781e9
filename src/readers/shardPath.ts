/** Files that a model file names as parts of itself. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { damaged, FileProblem, refused } from '../files/problem';

/** A shard stays inside the model's folder, by name and in truth: no `..`, no symbolic link. */
export function shardPath(folder: string, name: unknown): string {
  if (typeof name !== 'string' || name === '')
    throw damaged('the weights manifest names a shard that is not a file name');
  const shown = name.slice(0, 80);
  if (isAbsolute(name) || name.includes('\\') || /^[a-z]+:/i.test(name)) {
    throw refused(`the shard ${shown} lies outside the model's folder`);
  }
  const path = resolve(folder, name);
  const inside = relative(folder, path);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw refused(`the shard ${shown} lies outside the model's folder`);
  let at = folder;
  for (const part of inside.split(sep)) {
    at = join(at, part);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats === undefined) {
      throw new FileProblem(`the weight shard ${shown} is missing`, 'Copy it into the folder of the model');
    }
    if (stats.isSymbolicLink()) throw refused(`the shard ${shown} is a symbolic link, which is never followed`);
  }
  if (!realpathSync(path).startsWith(realpathSync(folder) + sep)) {
    throw refused(`the shard ${shown} lies outside the model's folder`);
  }
  if (!statSync(path).isFile()) throw damaged(`the shard ${shown} is not a file`);
  return path;
}
