/**
 * A sprite as TensorFlow.js's examples load it: a PNG with one example in each row of pixels (`mnist_images.png`,
 * 784 x 65,000) and a file of one-hot labels, one byte an entry (`mnist_labels_uint8`), or of one byte a label.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Result } from '../core/result';
import { t } from '../core/texts';
import { damaged, FileProblem } from '../files/problem';
import { decodeSheet } from '../images/sheet';
import { arraySet, oneHot } from './arraySet';
import type { TrainingSet } from './dataSet';
import { guarded } from './guarded';
import { rowsOfBytes, type Rows } from './rows';

const LARGEST = 2 ** 29;

export interface SpriteOptions {
  /** `[H, W, C]` of one example; left out: square pictures in the sheet's own channels. */
  readonly shape?: readonly number[];
  /** Bytes a label takes: the number of classes, or 1; left out: by the size of the file. */
  readonly classes?: number;
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
}

/** @param labels `null`: none; left out: the file beside it that is named so (`images` replaced by `labels`), if it is there. */
export function readSprite(
  file: string,
  labels: string | null = labelsBeside(file),
  options: SpriteOptions = {}
): Promise<Result<TrainingSet>> {
  return guarded(file, async () => {
    const sheet = decodeSheet(await limited(file), file);
    if (!sheet.ok) throw new FileProblem(sheet.error.problem, sheet.error.remedy);
    const { width, height, channels, data } = sheet.value;
    const edge = Math.sqrt(width);
    const shape = options.shape ?? [edge, edge, channels];
    const size = shape.reduce((product, axis) => product * axis, 1);
    if (!Number.isInteger(edge) && options.shape === undefined) {
      throw new FileProblem(
        t('is {0} pixels wide, which is no square picture a row', width),
        t('State the height and width of one example')
      );
    }
    if (size !== width * channels) {
      throw new FileProblem(
        t('holds {0} values a row, which do not make {1}', width * channels, shape.join(' x ')),
        t('State another height and width of one example')
      );
    }
    const answers = labels === null ? null : labelRows(await limited(labels), height, options.classes, labels);
    return arraySet(rowsOfBytes(data, [height, ...shape]), answers, {
      id: `sprite:${file}`,
      title: options.title ?? basename(file),
      file: basename(file),
      classNames: options.classNames ?? null
    });
  });
}

async function limited(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  if (size > LARGEST) throw new FileProblem(t('is larger than 512 MiB'), t('Use a smaller file'));
  return readFile(file);
}

function labelRows(bytes: Uint8Array, count: number, asked: number | undefined, file: string): Rows {
  const width = asked ?? bytes.length / count;
  if (!Number.isInteger(width) || width < 1 || bytes.length !== width * count) {
    throw damaged(t('{0} has {1} bytes for {2} examples', basename(file), bytes.length, count));
  }
  if (width > 1 && oneHot(bytes, width) === null) throw damaged(t('{0} does not hold one-hot labels', basename(file)));
  return rowsOfBytes(bytes, width === 1 ? [count] : [count, width]);
}

function labelsBeside(file: string): string | null {
  const stem = basename(file)
    .replace(/\.png$/i, '')
    .replace('images', 'labels');
  if (stem === basename(file)) return null;
  const names = [`${stem}_uint8`, stem, `${stem}.bin`, `${stem}_uint8.bin`];
  const found = names.find((name) => existsSync(join(dirname(file), name)));
  return found === undefined ? null : join(dirname(file), found);
}
