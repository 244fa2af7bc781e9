/**
 * The digits that come with the program: a sheet with one 28 x 28 picture a row (784 grey values) and a file with one
 * byte a label. See media/digits and scripts/samples for source and licence.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { decodeSheet } from '../images/sheet';
import type { TrainingSet } from './dataSet';
import { byteLevels, drawn } from './drawn';
import { t } from '../core/texts';

const edge = 28;
const names = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const titles = {
  train: () => t('Digits, training part'),
  validation: () => t('Digits, validation part')
} as const;

/** Where they lie: beside the bundle, or in the repository. */
export function digitsFolder(): string {
  const places = [join(__dirname, '..', 'media', 'digits'), join(__dirname, '..', '..', 'media', 'digits')];
  return places.find((place) => existsSync(place)) ?? join(__dirname, 'digits');
}

/** @param folder where `train.png`, `train.labels.bin`, `validation.png`… lie. */
export async function readDigits(folder: string, part: 'train' | 'validation'): Promise<Result<TrainingSet>> {
  const file = join(folder, `${part}.png`);
  const [sheet, labels] = await Promise.all([
    readFile(file).catch(() => null),
    readFile(join(folder, `${part}.labels.bin`)).catch(() => null)
  ]);
  if (sheet === null || labels === null) {
    return fail({ file, problem: t('the digits are missing beside the program'), remedy: t('Install ConvLens again') });
  }
  // As a sheet of grey bytes: decoding it as a picture takes ten times as long.
  const decoded = decodeSheet(sheet, file);
  if (!decoded.ok) return decoded;
  const { data: grey, width, channels } = decoded.value;
  const pixels = edge * edge;
  if (width !== pixels || channels !== 1 || grey.length < labels.length * pixels) {
    return fail({ file, problem: t('is not a sheet of digits'), remedy: t('Install ConvLens again') });
  }
  const shape = [edge, edge, 1];
  const valuesOf = (index: number): Uint8Array => grey.subarray(index * pixels, (index + 1) * pixels);
  const title = titles[part]();
  return ok({
    id: `digits-${part}`,
    title,
    size: labels.length,
    classNames: names,
    shape,
    targets: 'classes',
    targetSize: 1,
    notices: [],
    nameOf: (index) => `${title} ${String(index)}`,
    label: (index) => labels[index] ?? null,
    target: () => null,
    image: (index) => Promise.resolve(drawn(valuesOf(index), shape, byteLevels, title)),
    example: (index) => Promise.resolve(ok({ kind: 'tensor', shape, values: valuesOf(index) } as const)),
    close() {
      // Part of the program; nothing is open.
    }
  });
}
