/** The entries of a zip archive, found without reading their contents. */
import { createInflateRaw } from 'node:zlib';
import { fromFd, type Entry, type ZipFile } from 'yauzl';
import { closeSync, openSync } from 'node:fs';
import { fileSource, memorySource, readRange, type ByteSource, type ReadCounter } from './byteSource';
import { damaged, FileProblem, refused as refusedModel } from './problem';
import { t } from '../core/texts';

const STORED = 0;
const DEFLATED = 8;
const MOST_ENTRIES = 10_000;
/** Inflated bytes held in memory at most. */
const LARGEST_INFLATED = 2 * 2 ** 30;
const LARGEST_RATIO = 1000;
const RATIO_FROM = 64 * 2 ** 20;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly storedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
}

/** What the archive should hold, for messages and limits. */
export interface ZipSubject {
  /** A file that is refused, with what the person can do. */
  readonly refused: (problem: string) => FileProblem;
  /** `entry unpacks to far more than a model of this size can be` */
  readonly bomb: (entry: string) => string;
  /** Inflated bytes of one entry at most. */
  readonly largest: number;
}

const model: ZipSubject = {
  refused: refusedModel,
  bomb: (entry) => t('{0} unpacks to far more than a model of this size can be', entry),
  largest: LARGEST_INFLATED
};

export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The entry as random access bytes: a window of the file where it is stored, else inflated into memory under a cap. */
  open(entry: ZipEntry, signal?: AbortSignal): Promise<ByteSource>;
}

function listEntries(path: string, subject: ZipSubject): Promise<Map<string, ZipEntry>> {
  return new Promise((resolve, reject) => {
    const descriptor = openSync(path, 'r');
    const end = (error: unknown) => {
      try {
        closeSync(descriptor);
      } catch {
        // Already closed.
      }
      if (error instanceof FileProblem) reject(error);
      else reject(damaged(zipMessage(error)));
    };
    fromFd(descriptor, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error !== null || (zip as ZipFile | undefined) === undefined) {
        end(error);
        return;
      }
      const entries = new Map<string, ZipEntry>();
      zip.on('error', end);
      zip.on('end', () => {
        closeSync(descriptor);
        resolve(entries);
      });
      zip.on('entry', (entry: Entry) => {
        const problem = checkEntry(entry, entries, subject);
        if (problem !== null) {
          zip.removeAllListeners('end');
          end(problem);
          return;
        }
        entries.set(entry.fileName, {
          name: entry.fileName,
          method: entry.compressionMethod,
          storedBytes: entry.compressedSize,
          bytes: entry.uncompressedSize,
          headerOffset: entry.relativeOffsetOfLocalHeader
        });
        zip.readEntry();
      });
      zip.readEntry();
    });
  });
}

function zipMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (/invalid relative path|absolute path|invalid characters/i.test(text)) {
    return t('the archive names files outside itself');
  }
  return t('the zip archive is truncated or damaged');
}

function checkEntry(entry: Entry, entries: ReadonlyMap<string, ZipEntry>, { refused }: ZipSubject): FileProblem | null {
  if (entries.has(entry.fileName)) return refused(t('the archive holds {0} twice', entry.fileName));
  if (entries.size >= MOST_ENTRIES) return refused(t('the archive holds more than {0} files', MOST_ENTRIES));
  if (entry.isEncrypted()) return refused(t('the archive is encrypted'));
  return null;
}

/** Where the entry's data begins: behind its local header, whose name and extra field have lengths of their own. */
function dataOffset(archive: ByteSource, entry: ZipEntry): number {
  const header = readRange(archive, entry.headerOffset, 30);
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== 0x04034b50) throw damaged(t('the zip archive is damaged'));
  return entry.headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

/** Inflates piece by piece and stops as soon as more comes out than was declared or is allowed. */
async function inflate(
  packed: Uint8Array,
  entry: ZipEntry,
  subject: ZipSubject,
  signal?: AbortSignal
): Promise<Uint8Array> {
  const bomb = subject.refused(subject.bomb(entry.name));
  if (entry.bytes > subject.largest) throw bomb;
  if (entry.bytes > RATIO_FROM && entry.bytes > entry.storedBytes * LARGEST_RATIO) throw bomb;
  const target = new Uint8Array(entry.bytes);
  let filled = 0;
  const stream = createInflateRaw();
  stream.end(packed);
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      const bytes = chunk as Uint8Array;
      if (filled + bytes.length > target.length) throw bomb;
      target.set(bytes, filled);
      filled += bytes.length;
    }
  } catch (error) {
    if (error instanceof FileProblem || signal?.aborted === true) throw error;
    throw damaged(t('{0} in the archive is damaged', entry.name));
  } finally {
    stream.destroy();
  }
  if (filled !== target.length) throw damaged(t('{0} in the archive is damaged', entry.name));
  return target;
}

/** @throws {FileProblem} where the archive is damaged, names files outside itself, or names one twice. */
export async function openZip(path: string, counter?: ReadCounter, subject: ZipSubject = model): Promise<ZipArchive> {
  const entries = await listEntries(path, subject);
  return {
    entries,
    async open(entry, signal) {
      const archive = fileSource(path, 0, undefined, counter);
      try {
        const start = dataOffset(archive, entry);
        if (entry.method === STORED) return fileSource(path, start, entry.bytes, counter);
        if (entry.method !== DEFLATED)
          throw subject.refused(t('{0} is packed in a way that is not supported', entry.name));
        return memorySource(await inflate(readRange(archive, start, entry.storedBytes), entry, subject, signal));
      } finally {
        archive.close();
      }
    }
  };
}
