/**
 * A run's state in one file: 8 bytes of signature, the length of a JSON header (uint32, little-endian), the header, and
 * the float32 arrays one after another (little-endian). The header states each array's name and length and the SHA-256 of
 * all of them, so that a file that was cut or changed is never taken for a run.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import type { OptimizerState, ParameterState } from '../optimizers/optimizer';
import type { RunState } from './state';

const SIGNATURE = 'CVLRUN1\n';
const START = SIGNATURE.length + 4;
const LARGEST_HEADER = 64e6;

interface ArrayNote {
  readonly group: 'weights' | 'best' | 'slot';
  /** `Parameter.key`. */
  readonly key: string;
  /** Of a slot. */
  readonly slot: string;
  readonly length: number;
}

interface Header extends Omit<RunState, 'weights' | 'best' | 'optimizer'> {
  readonly optimizer: Omit<OptimizerState, 'parameters'> & {
    readonly parameters: readonly Omit<ParameterState, 'slots'>[];
  };
  readonly hasBest: boolean;
  readonly arrays: readonly ArrayNote[];
  readonly sha256: string;
}

export function encodeCheckpoint(state: RunState): Uint8Array {
  const { weights, best, optimizer, ...plain } = state;
  const arrays: (readonly [ArrayNote, Float32Array])[] = [];
  const add = (group: ArrayNote['group'], key: string, slot: string, data: Float32Array) =>
    arrays.push([{ group, key, slot, length: data.length }, data]);
  for (const [key, data] of weights) add('weights', key, '', data);
  for (const [key, data] of best ?? []) add('best', key, '', data);
  for (const { key, slots } of optimizer.parameters) {
    for (const [slot, data] of Object.entries(slots)) add('slot', key, slot, data);
  }
  const payload = new Uint8Array(4 * arrays.reduce((sum, [, data]) => sum + data.length, 0));
  let at = 0;
  for (const [, data] of arrays) {
    payload.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const header: Header = {
    ...plain,
    optimizer: {
      ...optimizer,
      parameters: optimizer.parameters.map(({ key, step, momentumProduct }) => ({ key, step, momentumProduct }))
    },
    hasBest: best !== null,
    arrays: arrays.map(([note]) => note),
    sha256: createHash('sha256').update(payload).digest('hex')
  };
  const words = Buffer.from(JSON.stringify(header));
  const whole = Buffer.alloc(START + words.length + payload.length);
  whole.write(SIGNATURE, 'latin1');
  whole.writeUInt32LE(words.length, SIGNATURE.length);
  whole.set(words, START);
  whole.set(payload, START + words.length);
  return whole;
}

/** @param file for the message where the bytes are no whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array, file: string): Result<RunState> {
  const damaged = (what: string) =>
    fail({
      file,
      problem: t('the checkpoint is damaged ({0})', what),
      remedy: t('Go on from another epoch, or start a new run')
    });
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.length < START || whole.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE) {
    return damaged(t('it does not begin as one'));
  }
  const length = whole.readUInt32LE(SIGNATURE.length);
  if (length > LARGEST_HEADER || START + length > whole.length) return damaged(t('it ends too early'));
  const header = headerOf(whole.toString('utf8', START, START + length));
  if (header === null) return damaged(t('its header cannot be read'));
  const payload = whole.subarray(START + length);
  const numbers = header.arrays.reduce((sum, one) => sum + one.length, 0);
  if (payload.length !== 4 * numbers) {
    return damaged(t('{0} bytes of numbers instead of {1}', payload.length, 4 * numbers));
  }
  if (createHash('sha256').update(payload).digest('hex') !== header.sha256) {
    return damaged(t('its numbers have changed'));
  }
  const weights = new Map<string, Float32Array>();
  const best = new Map<string, Float32Array>();
  const slots = new Map<string, Record<string, Float32Array>>();
  let at = 0;
  for (const { group, key, slot, length: size } of header.arrays) {
    const data = new Float32Array(size);
    new Uint8Array(data.buffer).set(payload.subarray(at, at + 4 * size));
    at += 4 * size;
    if (group === 'weights') weights.set(key, data);
    else if (group === 'best') best.set(key, data);
    else slots.set(key, { ...slots.get(key), [slot]: data });
  }
  const { epoch, steps, rateFactor, early, plateau } = header;
  const parameters = header.optimizer.parameters.map((one) => ({ ...one, slots: slots.get(one.key) ?? {} }));
  const optimizer = { ...header.optimizer, parameters };
  return ok({ epoch, steps, rateFactor, early, plateau, optimizer, weights, best: header.hasBest ? best : null });
}

/** The checksum speaks for the numbers; the header's own shape is looked at where it decides what is read. */
function headerOf(text: string): Header | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const fields = new Map<string, unknown>(Object.entries(found));
  const arrays = fields.get('arrays');
  const optimizer = fields.get('optimizer');
  const sound =
    ['epoch', 'steps', 'rateFactor'].every((name) => Number.isFinite(fields.get(name))) &&
    ['early', 'plateau'].every((name) => isObject(fields.get(name))) &&
    isObject(optimizer) &&
    'parameters' in optimizer &&
    Array.isArray(optimizer.parameters) &&
    optimizer.parameters.every((one: unknown) => isObject(one) && 'key' in one && typeof one.key === 'string') &&
    Array.isArray(arrays) &&
    arrays.every(isNote);
  return sound ? (found as Header) : null;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function isNote(value: unknown): boolean {
  if (!isObject(value)) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const length = fields.get('length');
  return (
    ['weights', 'best', 'slot'].includes(String(fields.get('group'))) &&
    typeof fields.get('key') === 'string' &&
    typeof fields.get('slot') === 'string' &&
    Number.isSafeInteger(length) &&
    Number(length) >= 0
  );
}

export async function writeCheckpoint(file: string, state: RunState): Promise<void> {
  await writeWhole(file, encodeCheckpoint(state));
}

export async function readCheckpoint(file: string): Promise<Result<RunState>> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) {
    return fail({
      file,
      problem: t('the checkpoint cannot be read'),
      remedy: t('Go on from another epoch, or start a new run')
    });
  }
  return decodeCheckpoint(bytes, file);
}

/** Under a temporary name first: whoever reads `file` finds the old contents or the new ones, never a part. */
export async function writeWhole(file: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(contents);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
