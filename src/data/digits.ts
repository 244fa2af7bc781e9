/**
 * The digits that come with the program: a sheet with one 28 x 28 picture a row (784 grey values) and a file with one
 * byte a label. See media/digits and scripts/samples for source and licence.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { decodeImage } from '../images/decode';
import type { TrainingSet } from './dataSet';

const edge = 28;
const names = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const titles = { train: 'Digits, training part', validation: 'Digits, validation part' } as const;

/** @param folder where `train.png`, `train.labels.bin`, `validation.png`… lie. */
export async function readDigits(folder: string, part: 'train' | 'validation'): Promise<Result<TrainingSet>> {
  const file = join(folder, `${part}.png`);
  const [sheet, labels] = await Promise.all([
    readFile(file).catch(() => null),
    readFile(join(folder, `${part}.labels.bin`)).catch(() => null)
  ]);
  if (sheet === null || labels === null) {
    return fail({ file, problem: 'the digits are missing beside the program', remedy: 'Install ConvLens again' });
  }
  const decoded = await decodeImage(sheet, file);
  if (!decoded.ok) return decoded;
  const { data, width } = decoded.value;
  const bytes = 4 * edge * edge;
  if (width !== edge * edge || data.length < labels.length * bytes) {
    return fail({ file, problem: 'is not a sheet of digits', remedy: 'Install ConvLens again' });
  }
  const pixels = edge * edge;
  // One byte a pixel: training asks for every example in every epoch.
  const grey = new Uint8Array(labels.length * pixels).map((_, i) => data[4 * i] ?? 0);
  const title = titles[part];
  return ok({
    id: `digits-${part}`,
    title,
    size: labels.length,
    classNames: names,
    shape: [edge, edge, 1],
    targets: 'classes',
    targetSize: 1,
    notices: [],
    nameOf: (index) => `${title} ${String(index)}`,
    label: (index) => labels[index] ?? null,
    target: () => null,
    image: (index) =>
      Promise.resolve(ok({ width: edge, height: edge, data: data.slice(index * bytes, (index + 1) * bytes) })),
    example: (index) =>
      Promise.resolve(
        ok({
          kind: 'tensor',
          shape: [edge, edge, 1],
          values: grey.subarray(index * pixels, (index + 1) * pixels)
        } as const)
      ),
    close() {
      // Part of the program; nothing is open.
    }
  });
}
