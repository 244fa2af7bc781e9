/**
 * Named members of a `.tar.gz`, unpacked to places that the caller names: no path of the archive is ever used, links and
 * everything else in it are passed over. Format: POSIX.1-1988 (ustar), headers of 512 bytes.
 */
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { t } from '../core/texts';
import { dirname } from 'node:path';
import { damaged, FileProblem } from '../files/problem';
import { unpackedPieces } from './gunzip';

const BLOCK = 512;

interface Writing {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * @param members where each wanted member is put; files are complete or not there
 * @param limit unpacked bytes of the whole archive at most
 * @throws {FileProblem} where the archive is damaged or a member is missing
 */
export async function unpackTar(
  archive: string,
  members: ReadonlyMap<string, string>,
  limit: number,
  signal?: AbortSignal
): Promise<void> {
  const header = new Uint8Array(BLOCK);
  let headerFilled = 0;
  let left = 0;
  let padding = 0;
  let writing: Writing | null = null;
  const done = new Set<string>();
  const finish = async (): Promise<void> => {
    if (writing === null) return;
    const { path, handle } = writing;
    writing = null;
    await handle.close();
    await rename(`${path}.part`, path);
    done.add(path);
  };
  try {
    for await (const piece of unpackedPieces(archive, limit, signal)) {
      let at = 0;
      while (at < piece.length) {
        if (left > 0) {
          const count = Math.min(left, piece.length - at);
          if (writing !== null) await writeAll((writing as Writing).handle, piece.subarray(at, at + count));
          at += count;
          left -= count;
          if (left === 0) await finish();
        } else if (padding > 0) {
          const count = Math.min(padding, piece.length - at);
          at += count;
          padding -= count;
        } else {
          const count = Math.min(BLOCK - headerFilled, piece.length - at);
          header.set(piece.subarray(at, at + count), headerFilled);
          headerFilled += count;
          at += count;
          if (headerFilled < BLOCK) continue;
          headerFilled = 0;
          const entry = headerOf(header);
          if (entry === null) continue;
          left = entry.size;
          padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
          const path = entry.file ? members.get(entry.name) : undefined;
          if (path !== undefined && !done.has(path)) {
            await mkdir(dirname(path), { recursive: true });
            writing = { path, handle: await open(`${path}.part`, 'w') };
            if (left === 0) await finish();
          }
        }
      }
    }
    if (left > 0) throw damaged(t('the archive is cut off'));
    const missing = [...members].find(([, path]) => !done.has(path));
    if (missing !== undefined) throw new FileProblem(t('the archive holds no {0}', missing[0]), t('Download it again'));
  } finally {
    if (writing !== null) {
      const { path, handle } = writing as Writing;
      await handle.close();
      await rm(`${path}.part`, { force: true });
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await handle.write(bytes, at)).bytesWritten;
}

/** `null` for the blocks of zeros at the end. @throws {FileProblem} where the checksum is wrong */
function headerOf(block: Uint8Array): { readonly name: string; readonly size: number; readonly file: boolean } | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (start: number, length: number): string => {
    const field = block.subarray(start, start + length);
    const end = field.indexOf(0);
    return new TextDecoder('latin1').decode(end < 0 ? field : field.subarray(0, end));
  };
  // The checksum counts its own field as blanks.
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  const size = Number.parseInt(text(124, 12).trim() || '0', 8);
  if (Number.parseInt(text(148, 8).trim(), 8) !== sum || !Number.isSafeInteger(size) || size < 0) {
    throw damaged(t('the archive is damaged'));
  }
  const kind = text(156, 1);
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { name: name.replace(/^\.\//, ''), size, file: kind === '' || kind === '0' };
}
