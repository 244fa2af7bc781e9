/**
 * Examples with or without known answers that a network can be asked about or trained on, one at a time, so that memory
 * stays bounded whatever their number.
 */
import type { Result } from '../core/result';
import { t } from '../core/texts';
import type { RgbaImage } from '../images/types';

/** Pictures with or without classes: all that the views of effects need. */
export interface DataSet {
  readonly id: string;
  /** For people: `Digits, validation part`. */
  readonly title: string;
  readonly size: number;
  /** The data set's own names, by label; `null` where no picture has a label. */
  readonly classNames: readonly string[] | null;
  /** @returns the index of the class, `null` where unknown. */
  label(index: number): number | null;
  /** @returns the picture, or why it cannot be read (a damaged file of a folder). */
  image(index: number): Promise<Result<RgbaImage>>;
}

/** Bytes keep their 0..255; every other number type becomes float32. */
export type ExampleValues = Uint8Array | Float32Array;

/** What a set holds before any preprocessing. `values` are row-major, `shape` has no batch axis. */
export type Example =
  | { readonly kind: 'picture'; readonly image: RgbaImage }
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly values: ExampleValues };

/** What a network can be trained on. */
export interface TrainingSet extends DataSet {
  /** The shape that all examples share (no batch axis); `null` where pictures have sizes of their own. */
  readonly shape: readonly number[] | null;
  /** `classes`: `label` answers; `numbers`: `target` does, with `targetSize` numbers; `none`: neither. */
  readonly targets: 'classes' | 'numbers' | 'none';
  /** Numbers of a target; 1 for classes, 0 without targets. */
  readonly targetSize: number;
  /** What was read around: skipped rows, parts left out. One line each. */
  readonly notices: readonly string[];
  /** The example's name for people: a file, `line 12`, `example 7`. */
  nameOf(index: number): string;
  /** @returns the numbers to learn, `null` where there are none (classes: see `label`). */
  target(index: number): readonly number[] | null;
  /** @returns the example, or why it cannot be read; the others are unharmed by that. */
  example(index: number): Promise<Result<Example>>;
  /** Lets go of files and memory; nothing can be read afterwards. */
  close(): void;
}

/** A data set as its publisher split it; a part that is not there is `null`. */
export interface DataParts {
  /** Of the whole, for people: `MNIST`. */
  readonly title: string;
  readonly train: TrainingSet;
  readonly validation: TrainingSet | null;
  readonly test: TrainingSet | null;
}

/** A set of pictures as one to train on. */
export function trainable(set: DataSet): TrainingSet {
  if ('example' in set) return set as TrainingSet;
  return {
    id: set.id,
    title: set.title,
    size: set.size,
    classNames: set.classNames,
    shape: null,
    targets: set.classNames === null ? 'none' : 'classes',
    targetSize: set.classNames === null ? 0 : 1,
    notices: [],
    label: (index) => set.label(index),
    image: (index) => set.image(index),
    nameOf: (index) => t('picture {0}', String(index)),
    target: () => null,
    async example(index) {
      const image = await set.image(index);
      return image.ok ? { ok: true, value: { kind: 'picture', image: image.value } } : image;
    },
    close() {
      // Pictures are opened one by one.
    }
  };
}
