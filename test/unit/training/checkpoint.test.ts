import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint
} from '../../../src/training/run/checkpoint';
import { RunFolder } from '../../../src/training/run/folder';
import type { RunState } from '../../../src/training/run/state';

const scratch = mkdtempSync(path.join(tmpdir(), 'convlens-checkpoint-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const numbers = (...values: number[]): Float32Array => Float32Array.from(values);

function state(epoch = 3): RunState {
  const weights = new Map([
    ['a kernel 0', numbers(1.5, -2e-30, 3.4e38, -0)],
    ['a bias 1', numbers(0.1)]
  ]);
  return {
    epoch,
    steps: 237,
    rateFactor: 0.1,
    early: { best: 0.25, bestEpoch: 1, wait: 1, stopped: false },
    plateau: { best: 0.25, wait: 0, cooldown: 2 },
    optimizer: {
      name: 'adam',
      dialect: 'keras',
      iterations: 237,
      momentumProduct: 1,
      parameters: [
        { key: 'a kernel 0', step: 237, momentumProduct: 1, slots: { m: numbers(1, 2, 3, 4), v: numbers(5, 6, 7, 8) } }
      ]
    },
    weights,
    best: epoch === 0 ? null : new Map([['a bias 1', numbers(0.2)]])
  };
}

describe('a checkpoint', () => {
  it('gives back every bit', () => {
    for (const one of [state(), state(0)]) {
      const read = decodeCheckpoint(encodeCheckpoint(one), 'x.ckpt');
      expect(read).toEqual({ ok: true, value: one });
      expect(read.ok && Object.is(read.value.weights.get('a kernel 0')?.[3], -0)).toBe(true);
    }
  });

  it('refuses a file that was cut anywhere, in one line', () => {
    const whole = encodeCheckpoint(state());
    for (let length = 0; length < whole.length; length += 7) {
      const read = decodeCheckpoint(whole.subarray(0, length), 'x.ckpt');
      expect(read).toMatchObject({ ok: false, error: { file: 'x.ckpt' } });
      expect(!read.ok && read.error.problem).toMatch(/^the checkpoint is damaged \(.+\)$/);
    }
  });

  it('refuses changed numbers and foreign headers', () => {
    const whole = encodeCheckpoint(state());
    const changed = Uint8Array.from(whole);
    changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
    expect(decodeCheckpoint(changed, 'x')).toMatchObject({
      error: { problem: 'the checkpoint is damaged (its numbers have changed)' }
    });
    const header = Buffer.from('{"arrays":[{"group":"weights","key":"k","slot":"","length":-1}]}');
    const foreign = Buffer.concat([Buffer.from('CVLRUN1\n'), Buffer.alloc(4), header]);
    foreign.writeUInt32LE(header.length, 8);
    expect(decodeCheckpoint(foreign, 'x')).toMatchObject({ ok: false });
    expect(decodeCheckpoint(Buffer.from('something else entirely'), 'x')).toMatchObject({ ok: false });
  });

  it('is written whole or not at all, and leaves no part behind', async () => {
    const file = path.join(scratch, 'written', 'a.ckpt');
    await writeCheckpoint(file, state());
    expect(await readCheckpoint(file)).toEqual({ ok: true, value: state() });
    expect(readdirSync(path.dirname(file))).toEqual(['a.ckpt']);
    expect(await readCheckpoint(`${file}.none`)).toMatchObject({ ok: false });
  });
});

describe('a run’s folder', () => {
  it('keeps first, best and the last two epochs where there is no room for all', async () => {
    const size = encodeCheckpoint(state()).length;
    const folder = new RunFolder(path.join(scratch, 'small'), 5 * size);
    for (let epoch = 0; epoch <= 8; epoch++) await folder.writeEpoch(state(epoch), Math.min(epoch, 2));
    const kept = await folder.epochs();
    expect(kept).toEqual(expect.arrayContaining([0, 2, 7, 8]));
    expect(kept.length).toBeLessThanOrEqual(5);
    await folder.forgetAfter(7);
    expect((await folder.epochs()).at(-1)).toBe(7);
  });

  it('says so where its record is damaged or missing', async () => {
    const folder = new RunFolder(path.join(scratch, 'small'));
    expect(await folder.readRecord()).toMatchObject({ error: { problem: 'holds no run' } });
    writeFileSync(path.join(scratch, 'small', 'run.json'), '{"version":1,"summary":{}');
    expect(await folder.readRecord()).toMatchObject({ error: { problem: 'is damaged' } });
  });
});
