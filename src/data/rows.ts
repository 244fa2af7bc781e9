/** An n-dimensional array of a file of which one row (one index of the first axis) is read at a time. */
import { elementCount } from '../core/tensor';
import { t } from '../core/texts';
import { readRange, type ByteSource } from '../files/byteSource';
import { damaged, FileProblem } from '../files/problem';
import { npyHeader, npyHeaderBytes, type ArrayLayout } from '../images/npy';
import type { ExampleValues } from './dataSet';

/** Bytes of a column-major array, which has to be held in memory to be turned round. */
const LARGEST_TURNED = 2 ** 30;
const LARGEST_HEADER = 2 ** 20;

export interface Rows {
  /** `[N, …]` */
  readonly shape: readonly number[];
  /** Whether the values are bytes (0..255) or floating-point numbers, or other whole numbers. */
  readonly type: 'uint8' | 'float' | 'integer';
  /** The values of row `index`, row-major. @throws {FileProblem} where the file is damaged. */
  row(index: number): ExampleValues;
  close(): void;
}

/** Rows of a block of bytes in memory: `values.length` = product of `shape`. */
export function rowsOfBytes(values: Uint8Array, shape: readonly number[]): Rows {
  const size = elementCount(shape.slice(1));
  return {
    shape,
    type: 'uint8',
    row: (index) => values.subarray(index * size, (index + 1) * size),
    close() {
      // Memory is freed with the last reference.
    }
  };
}

/**
 * The rows of a `.npy` file: read from the source when asked for, so that an array larger than memory can be trained on.
 * Closes the source where it fails.
 * @throws {FileProblem} where it is damaged, carries objects, or is a column-major array over 1 GiB
 */
export function npyRows(source: ByteSource, file: string): Rows {
  try {
    const length = npyHeaderBytes(readRange(source, 0, Math.min(source.size, 12)));
    if (length === null) throw plain(t('is not a NumPy file'));
    if (length > LARGEST_HEADER) throw plain(t('has a senseless header'));
    const parsed = npyHeader(readRange(source, 0, Math.min(length, source.size)), file);
    if (!parsed.ok) throw new FileProblem(parsed.error.problem, parsed.error.remedy);
    return layoutRows(source, parsed.value);
  } catch (error) {
    source.close();
    throw error;
  }
}

/** The rows of any array whose layout is known. @throws {FileProblem} where the source ends before the values do */
export function layoutRows(source: ByteSource, layout: ArrayLayout): Rows {
  const count = elementCount(layout.shape);
  if (layout.shape.length === 0) throw plain(t('holds a single number, not an array'));
  if (!Number.isSafeInteger(count) || layout.start + count * layout.size > source.size) {
    throw damaged(t('the values are cut off'));
  }
  return layout.fortran && layout.shape.length > 1 ? columnMajor(source, layout) : rowMajor(source, layout);
}

/** Rows of `[C, H, W]` as `[H, W, C]`: CIFAR is published in planes, Keras hands it out with the channels last. */
export function channelsLast(rows: Rows): Rows {
  const [n = 0, channels = 1, height = 1, width = 1] = rows.shape;
  const pixels = height * width;
  return {
    ...rows,
    shape: [n, height, width, channels],
    row(index) {
      const planes = rows.row(index);
      const out = planes instanceof Uint8Array ? new Uint8Array(planes.length) : new Float32Array(planes.length);
      for (let c = 0; c < channels; c++) {
        for (let i = 0; i < pixels; i++) out[i * channels + c] = planes[c * pixels + i] ?? 0;
      }
      return out;
    }
  };
}

function rowMajor(source: ByteSource, layout: ArrayLayout): Rows {
  const size = elementCount(layout.shape.slice(1));
  return {
    shape: layout.shape,
    type: layout.type,
    row(index) {
      const bytes = readRange(source, layout.start + index * size * layout.size, size * layout.size);
      return layout.type === 'uint8' ? bytes : converted(bytes, layout, size);
    },
    close: () => source.close()
  };
}

/** The first axis runs fastest: a row lies strewn over the file, so the block is kept and picked from. */
function columnMajor(source: ByteSource, layout: ArrayLayout): Rows {
  const { shape, size } = layout;
  const count = elementCount(shape);
  if (count * size > LARGEST_TURNED) {
    throw plain(t('is a column-major array of more than 1 GiB'), t('Save numpy.ascontiguousarray of it'));
  }
  const block = readRange(source, layout.start, count * size);
  source.close();
  const view = new DataView(block.buffer);
  const inner = shape.slice(1);
  const length = elementCount(inner);
  const strides: number[] = [];
  let stride = shape[0] ?? 1;
  for (const axis of inner) {
    strides.push(stride);
    stride *= axis;
  }
  const places = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    let rest = i;
    let at = 0;
    for (let axis = inner.length - 1; axis >= 0; axis--) {
      const extent = inner[axis] ?? 1;
      at += (rest % extent) * (strides[axis] ?? 0);
      rest = Math.floor(rest / extent);
    }
    places[i] = at;
  }
  return {
    shape,
    type: layout.type,
    row(index) {
      const out = layout.type === 'uint8' ? new Uint8Array(length) : new Float32Array(length);
      for (let i = 0; i < length; i++) {
        out[i] = layout.read(view, (index + (places[i] ?? 0)) * size, layout.little);
      }
      return out;
    },
    close() {
      // The source is closed already.
    }
  };
}

function converted(bytes: Uint8Array, layout: ArrayLayout, count: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = layout.read(view, i * layout.size, layout.little);
  return out;
}

function plain(problem: string, remedy = t('Save it again with numpy.save as a plain numeric array')): FileProblem {
  return new FileProblem(problem, remedy);
}
