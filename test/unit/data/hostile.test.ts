import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../../src/core/result';
import { readCifar } from '../../../src/data/cifar';
import { unpacked } from '../../../src/data/gunzip';
import { readIdx } from '../../../src/data/idx';
import { readNpyFile, readNpz } from '../../../src/data/npz';
import { openData } from '../../../src/data/open';
import { parsePickle } from '../../../src/data/pickle/pickle';
import { readSprite } from '../../../src/data/sprite';
import { FileProblem } from '../../../src/files/problem';

const fixtures = join(__dirname, '../../fixtures/data');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlens-hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

async function problemOf(read: Promise<Result<unknown>>): Promise<string> {
  const result = await read;
  if (result.ok) throw new Error('was read');
  expect(result.error.remedy.length).toBeGreaterThan(5);
  return result.error.problem;
}

function idx(shape: readonly number[], data: number): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length);
  head.set([0, 0, 8, shape.length]);
  shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, Buffer.alloc(data)]);
}

describe('hostile and damaged arrays', () => {
  it('does not allocate what an IDX header claims', async () => {
    const claims = write('claims-images-idx3', idx([4_000_000_000, 28, 28], 784));
    expect(await problemOf(readIdx(claims, null))).toMatch(/claims \d+ bytes and has 800/);
    const packed = write('claims-images-idx3.gz', gzipSync(idx([4_000_000_000, 28, 28], 784)));
    expect(await problemOf(readIdx(packed, null))).toMatch(/unpacks to more/);
    const cut = write('cut-images-idx3.gz', gzipSync(idx([2, 28, 28], 1568)).subarray(0, 30));
    expect(await problemOf(readIdx(cut, null))).toMatch(/damaged or cut off/);
    const axes = write('axes', Uint8Array.from([0, 0, 8, 200, 0, 0, 0, 1]));
    expect(await problemOf(openData(axes))).toMatch(/not an IDX file/);
  });

  it('stops unpacking where the header, the limit or the claimed size says so', async () => {
    const zeros = write('zeros.gz', gzipSync(Buffer.alloc(50_000_000)));
    expect(await problemOf(readIdx(zeros, null))).toMatch(/not an IDX file/);
    const more = write('more-images-idx3.gz', gzipSync(Buffer.concat([idx([1, 2, 2], 4), Buffer.alloc(50_000_000)])));
    expect(await problemOf(readIdx(more, null))).toMatch(/more than the 20 bytes it claims/);
    await expect(unpacked(zeros, 1_000_000)).rejects.toThrow(/more than 1000000 bytes/);
  });

  it('names what is wrong with labels that do not belong', async () => {
    const images = write('a-images-idx3', idx([3, 2, 2], 12));
    const labels = write('a-labels-idx1', idx([2], 2));
    expect(await problemOf(readIdx(images))).toBe('there are 3 examples and 2 labels');
    expect(await problemOf(readIdx(images, labels))).toMatch(/3 examples and 2 labels/);
  });

  it('refuses objects, cut-off values and archives without examples', async () => {
    expect(await problemOf(readNpyFile(join(fixtures, 'objects.npy')))).toMatch(/no plain numbers/);
    const whole = readFileSync(join(fixtures, 'x_turned.npy'));
    expect(await problemOf(readNpyFile(write('cut.npy', whole.subarray(0, 200))))).toMatch(/cut off/);
    const huge = Buffer.from(whole);
    huge.write(`(${'9'.repeat(15)}, 9999999, 4, 2), }`.padEnd(40), huge.indexOf('(5,'), 'latin1');
    expect(await problemOf(readNpyFile(write('huge.npy', huge)))).toMatch(/cut off|no plain numbers/);
    const archive = readFileSync(join(fixtures, 'keras/mnist.npz'));
    expect(await problemOf(readNpz(write('cut.npz', archive.subarray(0, 3000))))).toMatch(/truncated or damaged/);
    const renamed = ['x_train q_thing', 'y_train r_thing', 'x_test s_thin', 'y_test t_thin'].reduce((text, pair) => {
      const [from = '', to = ''] = pair.split(' ');
      return text.replaceAll(from, to);
    }, archive.toString('latin1'));
    const other = Buffer.from(renamed, 'latin1');
    expect(await problemOf(readNpz(write('other.npz', other)))).toMatch(/q_thing.*none is known/);
    expect(await problemOf(readNpz(join(folder, 'nowhere.npz')))).toBe('is not there');
  });

  it('refuses sheets that claim more than their file can hold, and labels of another size', async () => {
    const png = Buffer.from(readFileSync(join(fixtures, 'toy_images.png')));
    png.writeUInt32BE(2_000_000, 20);
    expect(await problemOf(readSprite(write('tall.png', png), null))).toMatch(/too many/);
    const labels = write('labels', new Uint8Array(10));
    expect(await problemOf(readSprite(join(fixtures, 'toy_images.png'), labels))).toMatch(/10 bytes for 9 examples/);
    const wrong = write('labels27', new Uint8Array(27).fill(1));
    expect(await problemOf(readSprite(join(fixtures, 'toy_images.png'), wrong))).toMatch(/one-hot/);
  });

  it('says what a file without data is', async () => {
    expect(await problemOf(openData(write('empty', '')))).toBe('is empty');
    expect(await problemOf(openData(write('noise', Uint8Array.from([1, 2, 0, 255, 7]))))).toMatch(/no data of a known/);
    expect(await problemOf(openData(join(folder, 'gone')))).toBe('cannot be read');
    expect(await problemOf(openData(write('text', 'hello world')))).toMatch(/no table/);
  });
});

describe('pickles', () => {
  const refuse = (bytes: Uint8Array): string => {
    try {
      parsePickle(bytes);
    } catch (error) {
      if (error instanceof FileProblem) return error.problem;
      throw error;
    }
    throw new Error('was read');
  };
  const pickle = (...parts: (string | number[])[]): Uint8Array =>
    Buffer.concat([
      Uint8Array.from([0x80, 2]),
      ...parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Uint8Array.from(p)))
    ]);

  it('reads plain data', () => {
    // {'a': [1, -2, True, None, 1.5], 'b': ('x', b'y')}, protocol 4, as CPython writes it.
    const text =
      '80 04 95 2b 00 00 00 00 00 00 00 7d 94 28 8c 01 61 94 5d 94 28 4b 01 4a fe ff ff ff 88 4e 47 3f f8 00 00 00 00 00 00 65 8c 01 62 94 8c 01 78 94 43 01 79 94 86 94 75 2e';
    const value = parsePickle(Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16)));
    expect(value).toBeInstanceOf(Map);
    const map = value as ReadonlyMap<string, unknown>;
    expect(map.get('a')).toEqual([1, -2, true, null, 1.5]);
    expect(map.get('b')).toEqual(['x', Uint8Array.of(0x79)]);
  });

  it('refuses every name but numpy arrays’, and calls nothing', () => {
    const marker = join(folder, 'called');
    expect(
      refuse(pickle('cposix\nsystem\n', 'X', [marker.length + 6, 0, 0, 0], `touch ${marker}`, [0x85], 'R.'))
    ).toMatch(/asks for posix.system/);
    expect(() => readFileSync(marker)).toThrow();
    expect(refuse(pickle('cbuiltins\neval\n.'))).toMatch(/builtins.eval/);
    expect(refuse(pickle('cnumpy\nload\n.'))).toMatch(/numpy.load/);
    expect(refuse(pickle('cnumpy\ndtype\n', 'U', [2], 'O8', 'K', [0], 'K', [1], [0x87], 'R.'))).toMatch(
      /plain numbers/
    );
    // Instances, persistent ids, extension codes, next buffers: instructions that are no plain data.
    for (const code of [0x69, 0x6f, 0x50, 0x51, 0x81, 0x82, 0x92, 0x97]) {
      expect(refuse(pickle([code], '.'))).toMatch(/instruction 0x/);
    }
  });

  it('refuses what is cut off, claims too much or underflows', () => {
    for (const parts of [
      ['T', [255, 255, 255, 127], 'abc'],
      ['h', [9], '.'],
      ['t.'],
      ['s.'],
      ['0.'],
      ['e.'],
      ['X', [4]]
    ] as const) {
      expect(refuse(pickle(...parts.map((p) => (typeof p === 'string' ? p : [...p]))))).toMatch(/damaged or cut off/);
    }
    expect(refuse(Buffer.from('I1\n.'))).toMatch(/no pickle of protocol 2/);
    const whole = readFileSync(join(fixtures, 'keras/cifar-100-python/train'));
    for (let end = 0; end < 400; end += 7) expect(refuse(whole.subarray(0, end))).not.toBe('');
  });

  it('keeps every byte of noise from ending in anything but one clear problem', () => {
    const whole = readFileSync(join(fixtures, 'keras/cifar-100-python/test'));
    for (let at = 2; at < 300; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + ((at * 37) % 255));
      try {
        parsePickle(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(FileProblem);
      }
    }
  });

  it('names the batch that is wrong', async () => {
    const there = join(folder, 'cifar');
    mkdirSync(there);
    const from = join(fixtures, 'keras/cifar-10-batches-py-target/cifar-10-batches-py');
    copyFileSync(join(from, 'data_batch_1'), join(there, 'data_batch_1'));
    writeFileSync(join(there, 'data_batch_2'), readFileSync(join(from, 'data_batch_2')).subarray(0, 5000));
    expect(await problemOf(readCifar(there))).toMatch(/^data_batch_2: the pickle is damaged or cut off/);
    rmSync(join(there, 'data_batch_2'));
    const one = await readCifar(there);
    expect(one.ok && [one.value.train.size, one.value.test, one.value.train.notices.length]).toEqual([3, null, 4]);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'data_batch_1.bin'), new Uint8Array(3072));
    expect(await problemOf(readCifar(bin))).toMatch(/records of 3073 bytes/);
  });
});

describe('memory', () => {
  it('lists 100,000 pictures in bounded memory and reads one at a time', { timeout: 60_000 }, () => {
    const script = join(__dirname, 'manyPictures.ts');
    const out = execFileSync(
      process.execPath,
      ['--expose-gc', join(__dirname, '../../../node_modules/vite-node/vite-node.mjs'), script],
      {
        encoding: 'utf8',
        maxBuffer: 1e6
      }
    );
    const { size, heapMB, reads, last } = JSON.parse(out) as {
      size: number;
      heapMB: number;
      reads: number;
      last: string;
    };
    expect([size, reads]).toEqual([100_000, 500]);
    expect(last).toMatch(/class_9.*_9999\.png$/);
    expect(heapMB).toBeLessThan(10);
  });
});
