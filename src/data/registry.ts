/**
 * The data sets that code names most (`keras.datasets.mnist.load_data()`), as facts. Addresses and SHA-256 are those of
 * Keras 3.15 (keras/src/datasets/mnist.py, cifar10.py, cifar100.py). Keras states none for Fashion-MNIST: SHA-256 and sizes
 * are those that TensorFlow Datasets keeps for the publisher's files (tensorflow_datasets/url_checksums/fashion_mnist.txt).
 * The other sizes are what Keras's own downloads report. Nothing here is fetched by itself: see `download`.
 */
import { t } from '../core/texts';
import { cifar100Classes, cifar100Coarse } from './cifar100Names';

export type KnownName = 'mnist' | 'fashion_mnist' | 'cifar10' | 'cifar100';

/** A file of a publisher. */
export interface RemoteFile {
  readonly address: string;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Below the data sets' folder, with `/`: where Keras keeps it, so that Keras does not fetch it again. */
  readonly target: string;
  /** Members of a tar archive that are unpacked below the data sets' folder, and the folder they go to. */
  readonly unpack: { readonly folder: string; readonly members: readonly string[] } | null;
}

export interface KnownDataSet {
  readonly name: KnownName;
  /** `Fashion-MNIST` */
  readonly title: string;
  /** Of one example as `load_data()` returns it. */
  readonly shape: readonly number[];
  readonly classNames: readonly string[];
  /** CIFAR-100's 20 groups of classes. */
  readonly coarseNames: readonly string[] | null;
  readonly train: number;
  readonly test: number;
  readonly publisher: string;
  readonly licence: string;
  /** All that comes over the network. */
  readonly files: readonly RemoteFile[];
}

const keras = 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/';
const toronto = 'https://www.cs.toronto.edu/~kriz/';

function fashion(file: string, sha256: string, bytes: number): RemoteFile {
  return { address: keras + file, sha256, bytes, target: `fashion-mnist/${file}`, unpack: null };
}

const mnist: KnownDataSet = {
  name: 'mnist',
  title: 'MNIST',
  shape: [28, 28],
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  coarseNames: null,
  train: 60_000,
  test: 10_000,
  get publisher() {
    return t('{0}; the file is the one that Keras provides', 'Yann LeCun, Corinna Cortes');
  },
  licence: 'Creative Commons Attribution-Share Alike 3.0',
  files: [
    {
      address: `${keras}mnist.npz`,
      sha256: '731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1',
      bytes: 11_490_434,
      target: 'mnist.npz',
      unpack: null
    }
  ]
};

const fashionMnist: KnownDataSet = {
  name: 'fashion_mnist',
  title: 'Fashion-MNIST',
  shape: [28, 28],
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot'
  ],
  coarseNames: null,
  train: 60_000,
  test: 10_000,
  get publisher() {
    return t('{0}; the files are those that Keras provides', 'Zalando SE');
  },
  licence: 'MIT',
  files: [
    fashion('train-labels-idx1-ubyte.gz', 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845', 29_515),
    fashion(
      'train-images-idx3-ubyte.gz',
      '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      26_421_880
    ),
    fashion('t10k-labels-idx1-ubyte.gz', '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5', 5_148),
    fashion('t10k-images-idx3-ubyte.gz', '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073', 4_422_102)
  ]
};

const unlicensed = (): string =>
  t(
    'no licence is stated; the author asks to cite “{0}” (2009)',
    'Learning Multiple Layers of Features from Tiny Images'
  );

const cifar10: KnownDataSet = {
  name: 'cifar10',
  title: 'CIFAR-10',
  shape: [32, 32, 3],
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  coarseNames: null,
  train: 50_000,
  test: 10_000,
  publisher: 'Alex Krizhevsky, University of Toronto',
  get licence() {
    return unlicensed();
  },
  files: [
    {
      address: `${toronto}cifar-10-python.tar.gz`,
      sha256: '6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce',
      bytes: 170_498_071,
      target: 'cifar-10-batches-py-target_archive',
      unpack: {
        folder: 'cifar-10-batches-py-target',
        members: ['batches.meta', '1', '2', '3', '4', '5', 'test_batch'].map(
          (name) => `cifar-10-batches-py/${/^\d$/.test(name) ? `data_batch_${name}` : name}`
        )
      }
    }
  ]
};

const cifar100: KnownDataSet = {
  name: 'cifar100',
  title: 'CIFAR-100',
  shape: [32, 32, 3],
  classNames: cifar100Classes,
  coarseNames: cifar100Coarse,
  train: 50_000,
  test: 10_000,
  publisher: 'Alex Krizhevsky, University of Toronto',
  get licence() {
    return unlicensed();
  },
  files: [
    {
      address: `${toronto}cifar-100-python.tar.gz`,
      sha256: '85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7',
      bytes: 169_001_437,
      target: 'cifar-100-python-target_archive',
      unpack: {
        folder: 'cifar-100-python-target',
        members: ['meta', 'train', 'test'].map((name) => `cifar-100-python/${name}`)
      }
    }
  ]
};

export const knownDataSets: readonly KnownDataSet[] = [mnist, fashionMnist, cifar10, cifar100];

/** @param name as code writes it: `mnist`, `fashion_mnist`, `tf.keras.datasets.cifar10`, `FashionMNIST`, `CIFAR100`. */
export function knownDataSet(name: string): KnownDataSet | null {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z\d]/g, '');
  const last = plain(name.split('.').at(-1) ?? name);
  return knownDataSets.find((set) => plain(set.name) === last) ?? null;
}
