import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/data/csv/csv';
import { fieldsOf, RecordSplitter } from '../../../src/data/csv/records';
import type { CsvOptions } from '../../../src/data/csv/layout';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlens-csv-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
function write(text: string): string {
  const path = join(folder, `t${String(count++)}.csv`);
  writeFileSync(path, text);
  return path;
}

async function read(text: string, options: CsvOptions = {}) {
  const result = await readCsv(write(text), options);
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

const rows = (n: number, row: (i: number) => string): string =>
  `${Array.from({ length: n }, (_, i) => row(i)).join('\n')}\n`;

describe('tables of pixels', () => {
  it('finds the label in the last column without a header, other delimiters and line ends', async () => {
    const set = await read(rows(8, (i) => `0;${String(i * 7)};0;255;${String(i % 3)}`).replaceAll('\n', '\r\n'));
    expect([set.shape, set.size, set.classNames]).toEqual([[2, 2, 1], 8, ['0', '1', '2']]);
    expect([0, 1, 2, 3].map((i) => set.label(i))).toEqual([0, 1, 2, 0]);
    const example = await set.example(3);
    expect(example.ok && example.value).toEqual({
      kind: 'tensor',
      shape: [2, 2, 1],
      values: Uint8Array.of(0, 21, 0, 255)
    });
  });

  it('skips bad rows and lists them by the line they begin on', async () => {
    const text = 'label,a,b,c,d\n1,1,2,3,4\n2,1,2,3\n3,1,x,3,4\n\n,1,2,3,4\n"4\n",5,6,7,8\n5,1,2,3,4,5\n6,9,9,9,9';
    const set = await read(text);
    expect(set.notices).toEqual([
      'line 3: has 4 fields instead of 5',
      'line 4: field 3 is no number',
      'line 6: has no label',
      'line 9: has 6 fields instead of 5'
    ]);
    expect([0, 1, 2].map((i) => set.label(i))).toEqual([1, 4, 6]);
    expect(set.nameOf(2)).toMatch(/line 10$/);
    const last = await set.example(2);
    expect(last.ok && last.value.kind === 'tensor' && [...last.value.values]).toEqual([9, 9, 9, 9]);
  });

  it('reads quantities as numbers, and no labels where there are none', async () => {
    const set = await read(
      rows(6, (i) => `${String(i / 4)},1,2,3,4`),
      { label: 'first' }
    );
    expect([set.targets, set.target(5), set.label(5)]).toEqual(['numbers', [1.25], null]);
    const prices = await read(
      rows(200, (i) => `${String(1000 + 3 * i)},1,2,3,4`),
      { label: 'first' }
    );
    expect([prices.targets, prices.target(7)]).toEqual(['numbers', [1021]]);
    const bare = await read(
      rows(6, (i) => Array(16).fill(i).join(',')),
      { label: 'none' }
    );
    expect([bare.targets, bare.shape]).toEqual(['none', [4, 4, 1]]);
  });

  it('streams: reports progress, stops when told to, survives chunks that cut rows', async () => {
    const text = rows(
      20_000,
      (i) =>
        `${String(i % 10)},${Array(25)
          .fill(i % 256)
          .join(',')}`
    );
    const seen: number[] = [];
    const set = await read(text, { progress: (done) => seen.push(done) });
    expect(set.size).toBe(20_000);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBeGreaterThan(0.99);
    for (const index of [0, 9_999, 19_999]) {
      const example = await set.example(index);
      expect(example.ok && example.value.kind === 'tensor' && example.value.values[24]).toBe(index % 256);
    }
    const controller = new AbortController();
    const stop = readCsv(write(text), { signal: controller.signal, progress: () => controller.abort() });
    await expect(stop).rejects.toThrow(/abort/i);
  });

  it('says so when the file is no table, has no rows, a shape that does not fit, or an endless quote', async () => {
    const problem = async (text: string, options: CsvOptions = {}) => {
      const result = await readCsv(write(text), options);
      return result.ok ? '' : result.error.problem;
    };
    expect(await problem('')).toMatch(/empty/);
    expect(await problem('a,b\nc\n')).toMatch(/no row of numbers/);
    expect(await problem('label,a,b\n1,2,3\n', { shape: [5] })).toMatch(/2 values a row/);
    expect(await problem(`1,2,3\n"${'x'.repeat(9_000_000)}`)).toMatch(/line 2 does not end/);
    const changing = write(rows(5, (i) => `${String(i)},2,3`));
    const set = await readCsv(changing);
    writeFileSync(changing, '1,2');
    const gone = set.ok ? await set.value.example(4) : set;
    expect(gone.ok ? '' : gone.error.problem).toMatch(/changed|truncated/);
  });

  it('cuts records at any place', () => {
    const text = Buffer.from('a,"b\n""c""",d\r\ne,f\n\ng');
    for (let cut = 0; cut <= text.length; cut++) {
      const splitter = new RecordSplitter();
      const found = [...splitter.push(text.subarray(0, cut)), ...splitter.push(text.subarray(cut)), ...splitter.end()];
      expect(found.map(({ bytes }) => fieldsOf(bytes, 0x2c))).toEqual([['a', 'b\n"c"', 'd'], ['e', 'f'], ['g']]);
      expect(found.map(({ line, offset }) => [line, text.subarray(offset, offset + 1).toString()])).toEqual([
        [1, 'a'],
        [3, 'e'],
        [5, 'g']
      ]);
    }
  });
});
