/** Files that a model file names as parts of itself. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { damaged, FileProblem, refused } from '../files/problem';
import { t } from '../core/texts';

/** A shard stays inside the model's folder, by name and in truth: no `..`, no symbolic link. */
export function shardPath(folder: string, name: unknown): string {
  if (typeof name !== 'string' || name === '')
    throw damaged(t('the weights manifest names a shard that is not a file name'));
  const shown = name.slice(0, 80);
  if (isAbsolute(name) || name.includes('\\') || /^[a-z]+:/i.test(name)) {
    throw refused(t("the shard {0} lies outside the model's folder", shown));
  }
  const path = resolve(folder, name);
  const inside = relative(folder, path);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw refused(t("the shard {0} lies outside the model's folder", shown));
  let at = folder;
  for (const part of inside.split(sep)) {
    at = join(at, part);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    if (stats === undefined) {
      throw new FileProblem(t('the weight shard {0} is missing', shown), t('Copy it into the folder of the model'));
    }
    if (stats.isSymbolicLink()) throw refused(t('the shard {0} is a symbolic link, which is never followed', shown));
  }
  if (!realpathSync(path).startsWith(realpathSync(folder) + sep)) {
    throw refused(t("the shard {0} lies outside the model's folder", shown));
  }
  if (!statSync(path).isFile()) throw damaged(t('the shard {0} is not a file', shown));
  return path;
}
