/** Gzip files unpacked with a limit that does not trust what they claim. */
import { createReadStream } from 'node:fs';
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
        throw new FileProblem(`unpacks to more than ${String(limit)} bytes`, 'Check that it is the right file');
      }
      yield piece;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('Z_')) throw damaged('the gzip data is damaged or cut off');
    throw error;
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/** All of a gzip file's content. Memory grows with what comes out, not with what is claimed. */
export async function unpacked(file: string, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of unpackedPieces(file, limit, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}
