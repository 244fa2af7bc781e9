import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/images/npy';
import { inProcess } from '../worker/inProcess';

interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly zeros: number;
  readonly count: number;
}
interface Reference {
  readonly layers: Readonly<
    Record<
      string,
      {
        readonly kind: string;
        readonly given: Statistics;
        readonly out: Statistics;
        readonly dropped: number | null;
        readonly alive: number;
      }
    >
  >;
  readonly answer: readonly number[];
}

const root = join(__dirname, '../..');
const fixtures = join(root, 'test/fixtures/exported');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlens-exported-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('arrays', () => {
  it.each(['scalar', 'vector', 'matrix', 'volume', 'kernel'])(
    '%s is written byte for byte as numpy.save does',
    (name) => {
      const bytes = readFileSync(join(fixtures, `${name}.npy`));
      const read = readNpy(bytes, name);
      if (!read.ok) throw new Error(read.error.problem);
      expect(Buffer.from(writeNpy(read.value)).equals(bytes)).toBe(true);
    }
  );
});

describe('what the digits network writes', () => {
  const request = inProcess();
  const reference = JSON.parse(readFileSync(join(fixtures, 'report.json'), 'utf8')) as Reference;
  let model = '';
  beforeAll(async () => {
    model = (await request('openModel', { file: join(root, 'samples/digits_cnn.keras') })).model;
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    await request('run', { model });
  });

  it('a kernel is the file that numpy writes of Keras’s own', async () => {
    const path = join(folder, 'kernel.npy');
    const { summary } = await request('openModel', { file: join(root, 'samples/digits_cnn.keras') });
    const weights = summary.layers.find(({ id }) => id === 'conv2d_1')?.weights ?? [];
    const name = weights.find(({ role }) => role === 'kernel')?.name ?? '';
    await request('writeTensor', { model, path, tensor: { kind: 'weight', layer: 'conv2d_1', name } });
    expect((await readFile(path)).equals(readFileSync(join(fixtures, 'kernel.npy')))).toBe(true);
  });

  it('the input itself can be written too', async () => {
    const path = join(folder, 'input.npy');
    await request('writeTensor', { model, path, tensor: { kind: 'value', layer: 'input_layer', occurrence: 0 } });
    const read = readNpy(await readFile(path), path);
    if (!read.ok) throw new Error(read.error.problem);
    expect(read.value.shape).toEqual([1, 28, 28, 1]);
    const given = Object.values(reference.layers)[0]?.given;
    expect(Math.max(...read.value.data)).toBeCloseTo(given?.max ?? Number.NaN, 6);
  });

  it('every sentence of the report says what Keras and numpy find', async () => {
    const path = join(folder, 'report.html');
    await request('writeReport', { model, path });
    const html = await readFile(path, 'utf8');
    const sections = new Map(
      [...html.matchAll(/<section><h2>([^<]+)<\/h2>(.*?)<\/section>/gs)].map(([, name = '', text = '']) => [name, text])
    );
    const number = String.raw`(-?[\d.,]+(?:e[+-]?\d+)?)`;
    const said = (text: string, pattern: string): number[] => {
      const found = new RegExp(pattern.replace(/#/g, number)).exec(text);
      if (found === null) throw new Error(`no “${pattern}” in ${text.replace(/<[^>]*>/g, ' ').slice(0, 300)}`);
      return found.slice(1).map((one) => Number(one.replace(/,/g, '').replace(/\.$/, '')));
    };
    /** As far as the digits that are written go. */
    const expectNear = (found: readonly number[], wanted: readonly number[], what: string) => {
      expect(found, what).toHaveLength(wanted.length);
      wanted.forEach((value, i) => {
        const allowed = Math.max(6e-4, 6e-3 * (Math.abs(value) < 1e-3 ? Math.abs(value) : 0));
        expect(
          Math.abs((found[i] ?? Number.NaN) - value),
          `${what}: ${String(found[i])} for ${String(value)}`
        ).toBeLessThan(allowed);
      });
    };
    let dropouts = 0;
    for (const [name, { kind, given, out, dropped, alive }] of Object.entries(reference.layers)) {
      if (kind === 'InputLayer') continue;
      const text = sections.get(name);
      if (text === undefined) throw new Error(`no section of ${name}`);
      expectNear(
        said(text, 'Activations from # to #, mean #, standard deviation #; # % are zero'),
        [out.min, out.max, out.mean, out.std, Math.round(1000 * out.zeros) / 10],
        name
      );
      if (kind === 'BatchNormalization')
        expectNear(
          said(text, 'moves the mean from # to # and the standard deviation from # to #'),
          [given.mean, out.mean, given.std, out.std],
          name
        );
      if (/Pooling/.test(kind))
        expectNear(
          said(text, 'Pooling keeps # of # numbers; the mean goes from # to #'),
          [out.count, given.count, given.mean, out.mean],
          name
        );
      if (dropped !== null) {
        dropouts++;
        expectNear(
          said(text, String.raw`One training mask \(seed 1\) sets # % of the # values`),
          [Math.round(1000 * dropped) / 10, alive],
          name
        );
      }
    }
    expect(dropouts).toBe(3);
    for (const value of [...reference.answer].sort((a, b) => b - a).slice(0, 3))
      expect(html).toContain(value >= 1e-3 ? value.toFixed(4) : value.toExponential(3).slice(0, 4));
  });
});
