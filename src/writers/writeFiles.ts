/** Files that are either written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SavedFile } from './formats/saved';

/**
 * Writes the files into a folder: each under a temporary name beside its own, then all renamed, the first one (which names
 * the others) last. What stood there before stays whole until then.
 * @returns the paths, in the order given
 * @throws {Error} with the system's code (`ENOSPC`, `EACCES`…); no temporary file stays behind
 */
export async function writeFiles(folder: string, files: readonly SavedFile[]): Promise<readonly string[]> {
  const planned = files.map(({ name, bytes }) => {
    const path = join(folder, name);
    return { path, bytes, temporary: join(dirname(path), `.${randomUUID()}.part`) };
  });
  try {
    for (const { temporary, bytes } of planned) await writeWhole(temporary, bytes);
    for (const { temporary, path } of [...planned].reverse()) await rename(temporary, path);
  } catch (error) {
    await Promise.all(planned.map(({ temporary }) => rm(temporary, { force: true })));
    throw error;
  }
  return planned.map(({ path }) => path);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    // A crash right after the rename must not leave an empty file in the old one's place.
    await file.sync();
  } finally {
    await file.close();
  }
}
