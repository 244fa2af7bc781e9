/** Examples as one batch of numbers for a network. */
import { elementCount, type DenseTensor } from '../core/tensor';
import { ok, type InputProblem } from '../core/result';
import { t } from '../core/texts';
import { preprocess } from '../images/preprocess';
import type { ImagePort, Preprocessing } from '../images/types';
import type { Example, TrainingSet } from './dataSet';
import { byteLevels, drawn } from './drawn';

export type Preparation =
  /** Pictures, and bytes of a picture's shape: sized, coloured and normalised. The port's height and width are set. */
  | { readonly kind: 'picture'; readonly port: ImagePort; readonly preprocessing: Preprocessing }
  /** Numbers as they stand, `value / divisor + offset`, laid out as `shape` (no batch axis): `x_train / 255`. */
  | { readonly kind: 'values'; readonly shape: readonly number[]; readonly divisor: number; readonly offset: number };

export interface Batch {
  /** `[N, …]`; `N` is smaller than asked where examples could not be read. */
  readonly inputs: DenseTensor;
  /** Which examples these are. */
  readonly indices: Uint32Array;
  /** -1 where unknown. */
  readonly labels: Int32Array;
  /** `[N, targetSize]` for sets that learn numbers, else `null`. */
  readonly targets: DenseTensor | null;
  readonly skipped: readonly InputProblem[];
}

/** Reads the examples at `indices`. @throws the signal's reason where it was aborted */
export async function readBatch(
  set: TrainingSet,
  indices: ArrayLike<number>,
  preparation: Preparation,
  signal?: AbortSignal
): Promise<Batch> {
  const shape = preparedShape(preparation);
  const size = elementCount(shape);
  const data = new Float32Array(indices.length * size);
  const used = new Uint32Array(indices.length);
  const skipped: InputProblem[] = [];
  let n = 0;
  for (const index of Array.from(indices)) {
    signal?.throwIfAborted();
    const example = await set.example(index);
    const problem = example.ok
      ? prepare(example.value, preparation, data.subarray(n * size, (n + 1) * size), set.nameOf(index))
      : example.error;
    if (problem !== null) skipped.push(problem);
    else used[n++] = index;
  }
  const kept = used.slice(0, n);
  return {
    inputs: { shape: [n, ...shape], data: n === indices.length ? data : data.slice(0, n * size) },
    indices: kept,
    labels: Int32Array.from(kept, (index) => set.label(index) ?? -1),
    targets:
      set.targets === 'numbers'
        ? {
            shape: [n, set.targetSize],
            data: Float32Array.from([...kept].flatMap((index) => set.target(index) ?? []))
          }
        : null,
    skipped
  };
}

/** The shape of one prepared example. */
export function preparedShape(preparation: Preparation): readonly number[] {
  if (preparation.kind === 'values') return preparation.shape;
  const { height, width, channels, channelsFirst } = preparation.port;
  const [h, w, c] = [height ?? 0, width ?? 0, channels ?? 3];
  return channelsFirst ? [c, h, w] : [h, w, c];
}

/** @returns `null` where `target` is filled. */
function prepare(example: Example, preparation: Preparation, target: Float32Array, name: string): InputProblem | null {
  if (preparation.kind === 'values') {
    if (example.kind === 'picture') {
      return { file: name, problem: t('is a picture, not an array'), remedy: t('Prepare it as a picture') };
    }
    if (example.values.length !== target.length) {
      const problem = t('has {0} values, the network reads {1}', example.values.length, target.length);
      return { file: name, problem, remedy: t('Choose data that fit the network') };
    }
    const { divisor, offset } = preparation;
    for (let i = 0; i < target.length; i++) target[i] = (example.values[i] ?? 0) / divisor + offset;
    return null;
  }
  // Bytes of a picture are its levels; floating-point numbers have been normalised already and cannot be drawn exactly.
  if (example.kind === 'tensor' && !(example.values instanceof Uint8Array)) {
    return {
      file: name,
      problem: t('holds numbers that are no levels of 0 to 255'),
      remedy: t('Use its values as they are')
    };
  }
  const image = example.kind === 'picture' ? ok(example.image) : drawn(example.values, example.shape, byteLevels, name);
  if (!image.ok) return image.error;
  target.set(preprocess(image.value, preparation.port, preparation.preprocessing).data);
  return null;
}
