/** Random access to bytes: a file, a part of one, or memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damaged } from './problem';
import { t } from '../core/texts';

export interface ByteSource {
  readonly size: number;
  /** Copies at most `length` bytes from `position` to `target[offset…]`; returns how many. */
  readInto(target: Uint8Array, offset: number, length: number, position: number): number;
  close(): void;
}

/** What a source has served so far: tests and figures of speed look at it. */
export interface ReadCounter {
  bytes: number;
  calls: number;
}

/** @throws {Error} of the file system where the file cannot be opened. */
export function fileSource(path: string, base = 0, size?: number, counter?: ReadCounter): ByteSource {
  const descriptor = openSync(path, 'r');
  let open = true;
  const available = fstatSync(descriptor).size - base;
  const total = size ?? available;
  if (total > available) {
    closeSync(descriptor);
    throw damaged(t('the file is truncated: a part of it lies past its end'));
  }
  return {
    size: total,
    readInto(target, offset, length, position) {
      if (!open) throw new Error(t('the file has been closed'));
      const wanted = Math.min(length, total - position);
      if (wanted <= 0) return 0;
      if (counter !== undefined) {
        counter.bytes += wanted;
        counter.calls += 1;
      }
      return readSync(descriptor, target, offset, wanted, base + position);
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    }
  };
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    readInto(target, offset, length, position) {
      const part = bytes.subarray(position, position + length);
      target.set(part, offset);
      return part.length;
    },
    close() {
      // Memory is freed with the last reference.
    }
  };
}

/** All bytes of a range. @throws {FileProblem} where the source ends before. */
export function readRange(source: ByteSource, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = source.readInto(bytes, done, length - done, position + done);
    if (count <= 0) throw damaged(t('the file is truncated: {0} bytes are missing', length - done));
    done += count;
  }
  return bytes;
}
