/** Datasets as raw tensors. */
import type { RawTensor } from '../weights/rawTensor';
import type { DatasetStore } from './datasetStore';
import type { Hdf5Dataset } from './hdf5File';
import { readValues } from './readValues';

/** Keras keeps bfloat16 as 16-bit words and says so in an attribute. */
function isBfloat16(file: DatasetStore, dataset: Hdf5Dataset): boolean {
  return (dataset.dtype === 'uint16' || dataset.dtype === 'string') && file.text(dataset.path, 'dtype') === 'bfloat16';
}

export function rawTensor(file: DatasetStore, dataset: Hdf5Dataset, name = dataset.path): RawTensor {
  const dtype = isBfloat16(file, dataset) ? 'bfloat16' : dataset.dtype;
  return {
    name,
    dtype,
    shape: dataset.shape,
    storedBytes: dataset.bytes,
    read: (signal) => readValues(file, dataset, dtype, signal)
  };
}
