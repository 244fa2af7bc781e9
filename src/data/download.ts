/**
 * Fetches a publisher's file after a person has said yes: to a temporary file, checked against its checksum, and only then
 * under its name. Nothing in the program calls this by itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import { FileProblem } from '../files/problem';
import { largestUnpacked } from './gunzip';
import type { KnownDataSet, RemoteFile } from './registry';
import { unpackTar } from './tar';

/** A connection that sends nothing for so long is given up. */
const SILENCE_MS = 60_000;

/** The part of the platform's `fetch` that is needed; tests and proxies put their own here. */
export type FetchLike = (
  address: string,
  init: { readonly signal: AbortSignal; readonly redirect: 'follow' }
) => Promise<{ readonly ok: boolean; readonly status: number; readonly body: AsyncIterable<Uint8Array> | null }>;

export interface DownloadOptions {
  readonly fetch?: FetchLike;
  readonly signal?: AbortSignal;
  /** @param bytes of this file so far, and of all of it. */
  readonly progress?: (bytes: number, total: number) => void;
}

/**
 * @param folder the data sets' folder; the file is put at `file.target` below it and, where it is an archive, unpacked there
 * @returns the path of the file; a problem where it is not what it should be, or the network fails
 * @throws the signal's reason where it was aborted; nothing is left behind then
 */
export async function download(
  file: RemoteFile,
  folder: string,
  options: DownloadOptions = {}
): Promise<Result<string>> {
  const target = join(folder, ...file.target.split('/'));
  const problem = (what: string, remedy: string) => fail({ file: file.address, problem: what, remedy });
  if (!isAllowed(file.address)) return problem(t('is no https address'), t('Download the file yourself and choose it'));
  try {
    options.signal?.throwIfAborted();
    if (!(await hasChecksum(target, file, options.signal))) {
      await mkdir(dirname(target), { recursive: true });
      const got = await fetchTo(file, target, options);
      if (got !== null) return problem(got.problem, got.remedy);
    }
    if (file.unpack !== null) {
      const places = file.unpack.members.map((name) => [name, join(folder, file.unpack?.folder ?? '', name)] as const);
      await unpackTar(target, new Map(places), largestUnpacked, options.signal);
    }
    return ok(target);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    if (error instanceof FileProblem) return problem(error.problem, error.remedy);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOSPC') return problem(t('does not fit on the disc'), t('Make room and try again'));
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return problem(t('cannot be written to {0}', folder), t('Choose a folder that you may write to'));
    }
    throw error;
  }
}

/** All files of a data set, one after another. @param options `progress` counts over all of them. */
export async function downloadAll(
  set: KnownDataSet,
  folder: string,
  options: DownloadOptions = {}
): Promise<Result<readonly string[]>> {
  const total = set.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const paths: string[] = [];
  let before = 0;
  for (const file of set.files) {
    const start = before;
    const got = await download(file, folder, {
      ...options,
      progress: (bytes) => options.progress?.(start + bytes, total)
    });
    if (!got.ok) return got;
    paths.push(got.value);
    before += file.bytes;
    options.progress?.(before, total);
  }
  return ok(paths);
}

/** Encrypted, or from this very machine. */
function isAllowed(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === '127.0.0.1'));
}

interface Trouble {
  readonly problem: string;
  readonly remedy: string;
}

/** @returns `null` where the file is there and right. */
async function fetchTo(file: RemoteFile, target: string, options: DownloadOptions): Promise<Trouble | null> {
  const silence = new AbortController();
  const signals = options.signal === undefined ? [silence.signal] : [silence.signal, options.signal];
  const signal = AbortSignal.any(signals);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const part = `${target}.${randomBytes(4).toString('hex')}.part`;
  const again = t('Try again later, or download the file yourself and choose it');
  let opened: Awaited<ReturnType<typeof open>> | null = null;
  let writing = false;
  try {
    const response = await (options.fetch ?? fetch)(file.address, { signal, redirect: 'follow' });
    if (!response.ok || response.body === null) {
      return { problem: t('the server answered {0}', response.status), remedy: again };
    }
    opened = await open(part, 'wx');
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of response.body) {
      signal.throwIfAborted();
      heard();
      bytes += piece.length;
      if (bytes > file.bytes) return wrong(t('more than the {0} bytes that it should have', file.bytes));
      hash.update(piece);
      writing = true;
      await opened.writeFile(piece);
      writing = false;
      options.progress?.(bytes, file.bytes);
    }
    if (bytes < file.bytes) {
      return { problem: t('only {0} of {1} bytes came', bytes, file.bytes), remedy: again };
    }
    if (hash.digest('hex') !== file.sha256) return wrong(t('another checksum than its publisher states'));
    await opened.close();
    opened = null;
    await rename(part, target);
    return null;
  } catch (error) {
    if (options.signal?.aborted === true || writing || isDisc(error)) throw error;
    const why = silence.signal.aborted ? t('the server stopped sending') : t('the connection failed');
    return { problem: why, remedy: again };
  } finally {
    clearTimeout(timer);
    await opened?.close();
    await rm(part, { force: true });
  }
}

function wrong(what: string): Trouble {
  return {
    problem: t('has {0}: it is not kept', what),
    remedy: t('Download the file yourself and choose it, if you trust it')
  };
}

function isDisc(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && ['open', 'write', 'rename'].includes(String(error.syscall));
}

async function hasChecksum(path: string, file: RemoteFile, signal?: AbortSignal): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile() || found.size !== file.bytes) return false;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) {
    signal?.throwIfAborted();
    hash.update(piece as Uint8Array);
  }
  return hash.digest('hex') === file.sha256;
}
