/**
 * The digits that come with the program: a sheet with one 28 x 28 picture a row (784 grey values) and a file with one
 * byte a label. See media/digits and scripts/samples for source and licence.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { decodeImage } from '../images/decode';
import type { DataSet } from './dataSet';
import { t } from '../core/texts';

const edge = 28;
const names = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const titles = {
  train: () => t('Digits, training part'),
  validation: () => t('Digits, validation part')
} as const;

/** @param folder where `train.png`, `train.labels.bin`, `validation.png`… lie. */
export async function readDigits(folder: string, part: 'train' | 'validation'): Promise<Result<DataSet>> {
  const file = join(folder, `${part}.png`);
  const [sheet, labels] = await Promise.all([
    readFile(file).catch(() => null),
    readFile(join(folder, `${part}.labels.bin`)).catch(() => null)
  ]);
  if (sheet === null || labels === null) {
    return fail({ file, problem: t('the digits are missing beside the program'), remedy: t('Install ConvLens again') });
  }
  const decoded = await decodeImage(sheet, file);
  if (!decoded.ok) return decoded;
  const { data, width } = decoded.value;
  const bytes = 4 * edge * edge;
  if (width !== edge * edge || data.length < labels.length * bytes) {
    return fail({ file, problem: t('is not a sheet of digits'), remedy: t('Install ConvLens again') });
  }
  return ok({
    id: `digits-${part}`,
    title: titles[part](),
    size: labels.length,
    classNames: names,
    label: (index) => labels[index] ?? null,
    image: (index) =>
      Promise.resolve(ok({ width: edge, height: edge, data: data.slice(index * bytes, (index + 1) * bytes) }))
  });
}
