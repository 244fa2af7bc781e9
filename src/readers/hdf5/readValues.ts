/** Values of one dataset, in slices so that a large one does not pass through the library's memory at once. */
import type { DType, NumericArray } from '../../core/tensor';
import { elementCount } from '../../core/tensor';
import { widenBfloat16, widenFloat16 } from '../floats';
import { damaged, FileProblem } from '../../files/problem';
import type { DatasetStore } from './datasetStore';
import type { Hdf5Dataset } from './hdf5File';
import { refusals } from '../../files/hdf5Sandbox';
import { t } from '../../core/texts';

const SLICE_BYTES = 8 * 2 ** 20;

type Ranges = [number, number][];

/** Boxes that cover the shape, each of at most `limit` elements where one axis can be cut, in row-major order. */
export function sliceBoxes(shape: readonly number[], limit: number, chunks: readonly number[] | null): Ranges[] {
  const axis = shape.findIndex((_, i) => elementCount(shape.slice(i + 1)) <= limit);
  const cut = axis < 0 ? shape.length - 1 : axis;
  const inner = elementCount(shape.slice(cut + 1));
  const chunk = chunks?.[cut] ?? 1;
  const rows = Math.max(chunk, Math.floor(Math.max(1, Math.floor(limit / Math.max(1, inner))) / chunk) * chunk);
  const outer = elementCount(shape.slice(0, cut));
  const boxes: Ranges[] = [];
  for (let index = 0; index < outer; index++) {
    let rest = index;
    const fixed: Ranges = shape
      .slice(0, cut)
      .map((size) => size)
      .reduceRight<Ranges>((ranges, size) => {
        const at = rest % size;
        rest = Math.floor(rest / size);
        return [[at, at + 1], ...ranges];
      }, []);
    const size = shape[cut] ?? 1;
    for (let start = 0; start < size; start += rows) {
      const whole = shape.slice(cut + 1).map((length): [number, number] => [0, length]);
      boxes.push([...fixed, [start, Math.min(size, start + rows)], ...whole]);
    }
  }
  return boxes;
}

function emptyArray(dtype: DType, length: number): NumericArray | Uint16Array {
  switch (dtype) {
    case 'float64':
    case 'int64':
    case 'uint64':
      return new Float64Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'uint16':
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    default:
      return new Float32Array(length);
  }
}

/** Numbers out of whatever the library gives for the element type. */
function numbersOf(value: unknown): ArrayLike<number> | null {
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as unknown as ArrayLike<number>;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return [Number(value)];
  return Array.isArray(value) ? value.flat(Infinity).map(Number) : null;
}

/**
 * All values, row-major, widened to float32 where they are 16-bit floats.
 * @param dtype the dataset's own, or `bfloat16` where its bits are kept as uint16
 * @throws {Error} one clear line where the file is damaged, or the signal's reason
 */
export async function readValues(
  file: DatasetStore,
  dataset: Hdf5Dataset,
  dtype: DType,
  signal?: AbortSignal
): Promise<NumericArray> {
  if (dtype === 'string') throw damaged(t('{0} holds text, not numbers', dataset.path));
  const handle = file.handle(dataset.path);
  const target = emptyArray(dtype, elementCount(dataset.shape));
  const before = refusals();
  try {
    if (dataset.shape.length === 0) target.set(numbersOf(handle.value) ?? []);
    else {
      let filled = 0;
      const limit = Math.max(1, Math.floor(SLICE_BYTES / Math.max(1, dataset.bytes / Math.max(1, target.length))));
      for (const box of target.length === 0 ? [] : sliceBoxes(dataset.shape, limit, dataset.chunks)) {
        signal?.throwIfAborted();
        const part = numbersOf(handle.slice(box));
        if (part === null) throw damaged(t('{0} holds values of a type that is not a number', dataset.path));
        target.set(part, filled);
        filled += part.length;
        // Lets a cancel request in between slices.
        if (filled < target.length) await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } catch (error) {
    if (signal?.aborted === true || error instanceof FileProblem) throw error;
    throw new Error(
      refusals() > before
        ? t('the values of {0} lie in another file, which is never read', dataset.path)
        : t('the values of {0} cannot be read: the file is truncated or damaged', dataset.path),
      { cause: error }
    );
  }
  if (dtype === 'float16' && target instanceof Uint16Array) return widenFloat16(target);
  if (dtype === 'bfloat16' && target instanceof Uint16Array) return widenBfloat16(target);
  return target;
}
