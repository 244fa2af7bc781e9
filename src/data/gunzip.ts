/** Gzip files unpacked with a limit that does not trust what they claim. */
import { createReadStream } from 'node:fs';
import { t } from '../core/texts';
import { createGunzip } from 'node:zlib';
import { damaged, FileProblem } from '../files/problem';

/** Unpacked bytes at most. */
export const largestUnpacked = 2 ** 30;

/**
 * The pieces of a gzip file's content, in order.
 * @throws {FileProblem} where the file is damaged or unpacks to more than `limit` bytes
 */
export async function* unpackedPieces(file: string, limit: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const stream = createGunzip();
  let total = 0;
  // An error of the file has to end the consumer's loop.
  source.on('error', (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      const piece = chunk as Uint8Array;
      total += piece.length;
      if (total > limit) {
        throw tooLarge(limit);
      }
      yield piece;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_')) throw damaged(t('the gzip data is damaged or cut off'));
    throw error;
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/**
 * All of a gzip file's content. Memory grows with what comes out, not with what is claimed.
 * @param sizeOf the size that the content's own header states, once enough of it is there: unpacking ends one byte after
 * @throws {FileProblem} also whatever `sizeOf` throws
 */
export async function unpacked(
  file: string,
  limit: number,
  signal?: AbortSignal,
  sizeOf: (start: Uint8Array) => number | null = () => null
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let stated: number | null = null;
  for await (const piece of unpackedPieces(file, limit, signal)) {
    pieces.push(piece);
    total += piece.length;
    stated ??= sizeOf(pieces.length === 1 ? piece : Buffer.concat(pieces));
    if (stated !== null && stated > limit) throw tooLarge(limit);
    if (stated !== null && total > stated) throw damaged(t('holds more than the {0} bytes it claims', stated));
  }
  return Buffer.concat(pieces);
}

function tooLarge(limit: number): FileProblem {
  return new FileProblem(t('unpacks to more than {0} bytes', limit), t('Check that it is the right file'));
}
