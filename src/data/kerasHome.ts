/** The data sets that Keras has fetched on this machine (`~/.keras/datasets`). */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, type Result } from '../core/result';
import { t } from '../core/texts';
import { readCifar } from './cifar';
import type { DataParts } from './dataSet';
import { readIdxFolder } from './idx';
import { readNpz } from './npz';
import { knownDataSets, type KnownDataSet } from './registry';

/** @param kerasHome the environment's `KERAS_HOME`, which Keras prefers to `~/.keras`. */
export function kerasDatasets(home: string, kerasHome: string | null = null): string {
  return join(kerasHome ?? join(home, '.keras'), 'datasets');
}

export interface Located {
  readonly set: KnownDataSet;
  /** The file or folder to read; `null` where a file is missing. */
  readonly path: string | null;
  /** Files that should be there, all of them. */
  readonly expected: readonly string[];
  readonly missing: readonly string[];
}

/** Keras 3 unpacks into `…-target/`, Keras 2 beside it; either will do. */
const places: Readonly<Record<KnownDataSet['name'], readonly (readonly string[])[]>> = {
  mnist: [['mnist.npz']],
  fashion_mnist: [
    [
      'fashion-mnist/train-images-idx3-ubyte.gz',
      'fashion-mnist/train-labels-idx1-ubyte.gz',
      'fashion-mnist/t10k-images-idx3-ubyte.gz',
      'fashion-mnist/t10k-labels-idx1-ubyte.gz'
    ]
  ],
  cifar10: ['cifar-10-batches-py-target/', ''].map((folder) =>
    ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch', 'batches.meta'].map(
      (name) => `${folder}cifar-10-batches-py/${name}`
    )
  ),
  cifar100: ['cifar-100-python-target/', ''].map((folder) =>
    ['train', 'test', 'meta'].map((name) => `${folder}cifar-100-python/${name}`)
  )
};

/** @param folder see `kerasDatasets`. Nothing is opened. */
export function locate(set: KnownDataSet, folder: string): Located {
  const tried = places[set.name].map((names) => names.map((name) => join(folder, name)));
  const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();
  const whole = tried.find((files) => files.every(isFile));
  const expected = whole ?? tried[0] ?? [];
  const first = expected[0] ?? folder;
  return {
    set,
    path: whole === undefined ? null : set.name === 'mnist' ? first : dirname(first),
    expected,
    missing: expected.filter((file) => !isFile(file))
  };
}

/** Those of the known data sets that are there. */
export function locateAll(folder: string): readonly Located[] {
  return knownDataSets.map((set) => locate(set, folder)).filter(({ path }) => path !== null);
}

/**
 * The data set as `load_data()` returns it, with its class names.
 * @param labels CIFAR-100's `label_mode`
 * @returns a problem that lists the missing files where it is not there
 */
export async function openKnown(
  set: KnownDataSet,
  folder: string,
  options: { readonly labels?: 'fine' | 'coarse'; readonly signal?: AbortSignal } = {}
): Promise<Result<DataParts>> {
  const { path, missing } = locate(set, folder);
  if (path === null) {
    const remedy = t(
      'Load it once with Keras (keras.datasets.{0}.load_data()), choose a file, or download it',
      set.name
    );
    return fail({
      file: set.title,
      problem: t('is not on this machine: {0} is missing', missing[0] ?? folder),
      remedy
    });
  }
  const coarse = set.name === 'cifar100' && options.labels === 'coarse';
  const shared = {
    title: set.title,
    classNames: coarse ? set.coarseNames : set.classNames,
    ...(options.signal === undefined ? {} : { signal: options.signal })
  };
  switch (set.name) {
    case 'mnist':
      return readNpz(path, shared);
    case 'fashion_mnist':
      return readIdxFolder(path, shared);
    default:
      return readCifar(path, { ...shared, labels: coarse ? 'coarse' : 'fine' });
  }
}
