/** What a file is, by its first bytes. */
import { fileSource, readRange, type ByteSource } from '../files/byteSource';
import { FileProblem } from '../files/problem';
import { headerLength } from './safetensors';
import { t } from '../core/texts';

export type Container = 'hdf5' | 'zip' | 'json' | 'pickle' | 'safetensors';

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const HEAD = 4096;

/** A pickle of protocol 2 to 5, as PyTorch before 1.6 puts at the begin of its files. */
const isPickle = (head: Uint8Array) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5;

/** The mark of a tar archive: how PyTorch before 0.1.10 saved. */
const isTar = (head: Uint8Array) => Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar';

const startsWith = (bytes: Uint8Array, magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);

/** HDF5 may stand behind a block of the writer's own, at 512, 1024, 2048… */
function isHdf5(source: ByteSource, head: Uint8Array): boolean {
  if (startsWith(head, HDF5)) return true;
  for (let at = 512; at + HDF5.length <= source.size && at <= 2 ** 20; at *= 2) {
    if (startsWith(readRange(source, at, HDF5.length), HDF5)) return true;
  }
  return false;
}

/**
 * @throws {FileProblem} with what the file really is where it is none of the containers that models come in
 * @throws {Error} of the file system
 */
export function sniffFormat(path: string): Container {
  const source = fileSource(path);
  try {
    if (source.size === 0) throw new FileProblem(t('the file is empty'), t('Copy or download it again'));
    const head = readRange(source, 0, Math.min(HEAD, source.size));
    if (startsWith(head, ZIP)) return 'zip';
    if (isPickle(head)) return 'pickle';
    if (headerLength(head, source.size) !== null) return 'safetensors';
    const text = new TextDecoder('utf-8')
      .decode(head)
      .replace(/^\uFEFF/, '')
      .trimStart();
    if (text.startsWith('version https://git-lfs.github.com/spec/')) {
      throw new FileProblem(
        t('it is a Git LFS pointer, not the model itself'),
        t('Run git lfs pull to fetch the model')
      );
    }
    if (/^(<!doctype html|<html|<\?xml|<head|<body)/i.test(text)) {
      throw new FileProblem(
        t('it is a web page, not a model'),
        t('Download the file itself, not the page that shows it')
      );
    }
    if (isHdf5(source, head)) return 'hdf5';
    if (text.startsWith('{') || text.startsWith('"')) return 'json';
    if (isTar(head)) {
      throw new FileProblem(
        t('it is a tar archive, as PyTorch wrote it before version 0.1.10'),
        t('Load it with a PyTorch of today and save it again')
      );
    }
    throw new FileProblem(
      t('it is not a model: neither HDF5, nor a zip archive, a pickle of PyTorch, safetensors or JSON'),
      t('Open a .keras, .h5, .weights.h5, .pt, .safetensors or model.json file')
    );
  } finally {
    source.close();
  }
}
