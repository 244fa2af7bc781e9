/** A folder of pictures: one sub-folder a class, or pictures without classes directly in it. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { decodeImage } from '../images/decode';
import type { DataSet } from './dataSet';
import { t } from '../core/texts';

const picture = /\.(png|jpe?g|webp|gif|bmp)$/i;

/** Pictures are listed now and decoded when asked for. Names sort as numbers do, so that `10` follows `9`. */
export async function readImageFolder(folder: string): Promise<Result<DataSet>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => null);
  if (entries === null)
    return fail({ file: folder, problem: t('cannot be read as a folder'), remedy: t('Check the path') });
  const classes = sorted(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
  const items: { readonly path: string; readonly label: number | null }[] = [];
  const used: string[] = [];
  for (const name of classes) {
    const inside = await readdir(join(folder, name)).catch(() => []);
    const files = sorted(inside.filter((file) => picture.test(file)));
    if (files.length === 0) continue;
    for (const file of files) items.push({ path: join(folder, name, file), label: used.length });
    used.push(name);
  }
  if (items.length === 0) {
    const files = sorted(entries.filter((entry) => entry.isFile() && picture.test(entry.name)).map(({ name }) => name));
    for (const file of files) items.push({ path: join(folder, file), label: null });
  }
  if (items.length === 0) {
    const remedy = t('Choose a folder with one sub-folder of PNG, JPEG, WebP, GIF or BMP files for each class');
    return fail({ file: folder, problem: t('holds no pictures'), remedy });
  }
  return ok({
    id: `folder:${folder}`,
    title: basename(folder),
    size: items.length,
    classNames: used.length > 0 ? used : null,
    label: (index) => items[index]?.label ?? null,
    image: async (index) => {
      const path = items[index]?.path ?? folder;
      const bytes = await readFile(path).catch(() => null);
      return bytes === null
        ? fail({ file: path, problem: t('cannot be read'), remedy: t('Check the file') })
        : decodeImage(bytes, path);
    }
  });
}

function sorted(names: readonly string[]): string[] {
  return [...names].sort(new Intl.Collator('en', { numeric: true }).compare);
}
