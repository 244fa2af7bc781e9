import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/core/result';
import { readCifar } from '../../src/data/cifar';
import { readCsv } from '../../src/data/csv/csv';
import type { TrainingSet } from '../../src/data/dataSet';
import { readIdx } from '../../src/data/idx';
import { kerasDatasets, locate, locateAll, openKnown } from '../../src/data/kerasHome';
import { readNpyFile, readNpz } from '../../src/data/npz';
import { openData } from '../../src/data/open';
import { knownDataSet } from '../../src/data/registry';
import { readSprite } from '../../src/data/sprite';

const fixtures = join(__dirname, '../fixtures/data');
interface Summary {
  readonly shape: readonly number[];
  readonly sums: readonly number[];
  readonly weighted: readonly number[];
  readonly labels: readonly number[];
  readonly targets: readonly number[];
  readonly words: readonly string[];
  readonly coarse: readonly number[];
}
type Nested = Summary & { readonly train: Summary; readonly test: Summary };
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<string, Nested>;

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.file}: ${result.error.problem}`);
  return result.value;
}

function reference(name: string): Nested {
  const found = expected[name];
  if (found === undefined) throw new Error(name);
  return found;
}

/** Every example's values as numpy has them: sums, and sums weighted by position. */
async function compare(set: TrainingSet | null, summary: Summary, shape = summary.shape.slice(1)): Promise<void> {
  if (set === null) throw new Error('a part is missing');
  expect([set.size, ...(set.shape ?? [])]).toEqual([summary.shape[0], ...shape]);
  for (let i = 0; i < set.size; i++) {
    const example = value(await set.example(i));
    if (example.kind !== 'tensor') throw new Error('not a tensor');
    let [sum, weighted] = [0, 0];
    example.values.forEach((one, at) => {
      sum += one;
      weighted += one * (at + 1);
    });
    expect(sum).toBeCloseTo(summary.sums[i] ?? NaN, 3);
    expect(weighted / 1000).toBeCloseTo((summary.weighted[i] ?? NaN) / 1000, 3);
  }
  if ('labels' in summary) expect(Array.from({ length: set.size }, (_, i) => set.label(i))).toEqual(summary.labels);
  set.close();
}

describe('data sets against numpy and Keras', () => {
  it('reads stored and packed .npz, named as Keras and otherwise, one-hot labels, column-major order', async () => {
    const mnist = value(await readNpz(join(fixtures, 'keras/mnist.npz')));
    await compare(mnist.train, reference('mnist').train);
    await compare(mnist.test, reference('mnist').test);
    const stored = value(await readNpz(join(fixtures, 'stored.npz'))).train;
    expect([stored.classNames, stored.targets]).toEqual([['0', '1', '2', '3'], 'classes']);
    await compare(stored, reference('stored'));
    await compare(value(await readNpz(join(fixtures, 'other_names.npz'))).train, reference('other_names'));
  });

  it('reads .npy in column-major order with targets that are numbers', async () => {
    const set = value(await readNpyFile(join(fixtures, 'x_turned.npy')));
    expect([set.targets, set.targetSize, set.classNames]).toEqual(['numbers', 2, null]);
    const targets = Array.from({ length: set.size }, (_, i) => set.target(i) ?? []).flat();
    targets.forEach((one, i) => expect(one).toBeCloseTo(reference('turned').targets[i] ?? NaN, 5));
    await compare(set, reference('turned'));
  });

  it('reads IDX of every kind of number, plain and packed', async () => {
    for (const name of ['int16', 'float64']) {
      await compare(value(await readIdx(join(fixtures, `${name}-images-idx3`))), reference(`idx_${name}`));
    }
    const packed = join(fixtures, 'keras/fashion-mnist/train-images-idx3-ubyte.gz');
    await compare(value(await openData(packed)).train, reference('fashion_mnist').train);
  });

  it('finds what Keras has fetched, by the names of the code', async () => {
    const folder = kerasDatasets('/nowhere', join(fixtures, 'keras')).replace(/datasets$/, '');
    expect(locateAll(folder).map(({ set }) => set.name)).toEqual(['mnist', 'fashion_mnist', 'cifar10', 'cifar100']);
    for (const name of ['mnist', 'fashion_mnist', 'cifar10']) {
      const known = knownDataSet(`tf.keras.datasets.${name}`);
      if (known === null) throw new Error(name);
      const parts = value(await openKnown(known, folder));
      expect(parts.train.classNames).toEqual(known.classNames);
      expect(parts.train.title).toContain(known.title);
      await compare(parts.train, reference(name).train);
      await compare(parts.test, reference(name).test);
    }
    const mnist = knownDataSet('mnist');
    if (mnist === null) throw new Error('mnist');
    const missing = await openKnown(mnist, join(fixtures, 'nowhere'));
    expect(missing.ok ? '' : missing.error.problem).toContain('mnist.npz');
    expect(locate(mnist, join(fixtures, 'nowhere'))).toMatchObject({ path: null });
  });

  it('reads the pickles of CIFAR in protocols 2 (by Python 2 and 3), 4 and 5, and the binary version', async () => {
    const folder = join(fixtures, 'keras/cifar-10-batches-py-target/cifar-10-batches-py');
    const ten = value(await readCifar(folder));
    expect(ten.train.classNames?.[6]).toBe('frog');
    await compare(ten.train, reference('cifar10').train);
    const binary = value(await openData(join(fixtures, 'cifar-10-batches-bin')));
    expect(binary.train.notices).toHaveLength(3);
    expect(binary.train.classNames?.[9]).toBe('truck');
    const { train } = reference('cifar10');
    const first = (list: readonly number[]): number[] => list.slice(0, 6);
    await compare(binary.train, {
      ...train,
      shape: [6, 32, 32, 3],
      sums: first(train.sums),
      weighted: first(train.weighted),
      labels: first(train.labels)
    });
    const hundred = join(fixtures, 'keras/cifar-100-python');
    const fine = value(await readCifar(hundred));
    expect(fine.train.classNames?.[99]).toBe('fine99');
    await compare(fine.train, reference('cifar100_train'));
    const coarse = value(await readCifar(hundred, { labels: 'coarse' }));
    expect(coarse.train.classNames).toHaveLength(20);
    await compare(coarse.test, { ...reference('cifar100_test'), labels: reference('cifar100_test').coarse });
  });

  it('reads tables with the label first or last, numbers or words', async () => {
    const kaggle = value(await openData(join(fixtures, 'kaggle.csv'))).train;
    expect(kaggle.classNames).toHaveLength(10);
    await compare(kaggle, reference('kaggle'), [4, 4, 1]);
    const words = value(await readCsv(join(fixtures, 'words.csv'), { shape: [2, 2, 3] }));
    expect(words.classNames).toEqual(['bag, large', 'shoe', 'so-called "hat"']);
    const said = Array.from({ length: words.size }, (_, i) => words.classNames?.[words.label(i) ?? -1]);
    expect(said).toEqual(reference('words').words);
    await compare(words, reference('words'), [2, 2, 3]);
  });

  it('reads sprites with one-hot labels, grey and in colour', async () => {
    const grey = value(await openData(join(fixtures, 'toy_images.png'))).train;
    expect(grey.classNames).toHaveLength(3);
    const image = value(await grey.image(2));
    expect([image.width, image.height]).toEqual([6, 6]);
    await compare(grey, reference('sprite'));
    await compare(value(await readSprite(join(fixtures, 'colour.png'))), reference('colour'));
  });
});
