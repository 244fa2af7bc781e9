/** Where a file of PyTorch keeps the numbers of its storages, and one tensor's values out of them. */
import { elementCount, type DType, type NumericArray } from '../../core/tensor';
import type { ByteSource } from '../../files/byteSource';
import { damaged, FileProblem } from '../../files/problem';
import { decodeNumbers, readSlices, storedBytesOf } from '../weights/numbers';
import type { PickledTensor, StorageRef } from './values';
import { t } from '../../core/texts';

/** A storage as random access bytes; `done` gives back what was opened for it. */
export interface StorageBytes {
  readonly source: ByteSource;
  /** Position of the storage's first byte. */
  readonly start: number;
  done(): void;
}

export interface Storages {
  /** True where the numbers are big-endian. */
  readonly bigEndian: boolean;
  /** Bytes of the storage in the file, `null` where it is not there. */
  sizeOf(ref: StorageRef): number | null;
  open(ref: StorageRef, signal?: AbortSignal): Promise<StorageBytes>;
}

type ElementType = Exclude<DType, 'string'>;

const MOST_ELEMENTS = 2 ** 31;
/** A view may repeat its numbers (stride 0); far more numbers than the storage holds are an attack. */
const MOST_REPEATED = 2 ** 26;

/** Elements between a view's first and last one, both included. */
function spanOf({ shape, strides }: PickledTensor): number {
  if (shape.includes(0)) return 0;
  return 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? 0), 0);
}

/** First byte of the view in its storage. */
function byteOffset(tensor: PickledTensor, itemBytes: number): number {
  return tensor.storage.start * tensor.storage.itemBytes + tensor.offset * itemBytes;
}

/**
 * The element type of a tensor's values.
 * @throws {FileProblem} where they are of a kind that is not read, a view reaches past its storage, or it is not in the file
 */
export function checkTensor(name: string, tensor: PickledTensor, storages: Storages): ElementType {
  const dtype = tensor.dtype ?? tensor.storage.dtype;
  if (tensor.refusal !== null || dtype === null) {
    throw new FileProblem(
      t('the weight {0} cannot be read: {1}', name, tensor.refusal ?? t('its numbers are quantised')),
      t('Convert the weights to float32 and save them again')
    );
  }
  const elements = elementCount(tensor.shape);
  const span = spanOf(tensor);
  if (!Number.isSafeInteger(span) || elements > MOST_ELEMENTS || (elements > MOST_REPEATED && elements > 1000 * span)) {
    throw damaged(t('the weight {0} has a shape that cannot be', name));
  }
  const size = storages.sizeOf(tensor.storage);
  if (size === null) throw damaged(t('the numbers of {0} are missing', name));
  const itemBytes = storedBytesOf(dtype);
  if (byteOffset(tensor, itemBytes) + span * itemBytes > size) {
    throw damaged(t('the weight {0} reaches past the numbers that the file holds for it', name));
  }
  return dtype;
}

/** Whether the elements stand in row-major order without gaps. */
function isContiguous({ shape, strides }: PickledTensor): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; itemBytes > 1 && at + itemBytes <= bytes.length; at += itemBytes) {
    bytes.subarray(at, at + itemBytes).reverse();
  }
}

/** Elements in row-major order out of a window of the storage. */
function gather(window: NumericArray, { shape, strides }: PickledTensor): NumericArray {
  const count = elementCount(shape);
  const result = new (window.constructor as new (length: number) => NumericArray)(count);
  const position = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    result[to] = window[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (position[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      if (next < (shape[axis] ?? 1)) {
        position[axis] = next;
        from += stride;
        break;
      }
      position[axis] = 0;
      from -= (next - 1) * stride;
    }
  }
  return result;
}

/**
 * The values in row-major order, whatever the strides.
 * @param dtype as `checkTensor` gave it
 * @throws {FileProblem} where the file is truncated
 */
export async function readTensor(
  tensor: PickledTensor,
  dtype: ElementType,
  storages: Storages,
  signal?: AbortSignal
): Promise<NumericArray> {
  const itemBytes = storedBytesOf(dtype);
  const opened = await storages.open(tensor.storage, signal);
  try {
    const start = opened.start + byteOffset(tensor, itemBytes);
    const bytes = await readSlices(opened.source, start, spanOf(tensor) * itemBytes, signal);
    if (storages.bigEndian) swapBytes(bytes, itemBytes);
    const window = decodeNumbers(bytes, dtype);
    return isContiguous(tensor) ? window : gather(window, tensor);
  } finally {
    opened.done();
  }
}
