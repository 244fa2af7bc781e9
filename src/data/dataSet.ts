/** Pictures with or without known classes that a network can be asked about, one at a time, so that memory stays bounded. */
import type { Result } from '../core/result';
import type { RgbaImage } from '../images/types';

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
