/** `--output`: the trained network as a file that opens elsewhere. */
import path from 'node:path';
import type { Model } from '../core/model';
import type { PreparedNetwork } from '../engine/engine';
import { withFreshWeights } from '../engine/freshWeights';
import { openModelFile } from '../readers/open';
import { saveFile } from '../writers/saveFile';
import { saveFormatOf, saveModel, type SaveFormat } from '../writers/saveModel';
import type { WeightValues } from '../writers/weightValues';
import type { Arguments } from './arguments';
import { BadInput, orFail } from './failure';

export interface Output {
  readonly file: string;
  readonly format: SaveFormat;
}

/** @throws {BadInput} for an extension that names no format */
export function outputOf(args: Arguments): Output | null {
  const file = args.value('output');
  if (file === undefined) return null;
  const format = saveFormatOf(file);
  if (format === null) {
    throw new BadInput(`${file}: names no format. Give a name that ends in .keras, .h5, .json or .safetensors.`);
  }
  return { file, format };
}

/** Before hours of training are spent on it. @throws {BadInput} where the format cannot say what the model does */
export async function demandWritable(model: Model, { file, format }: Output): Promise<void> {
  orFail(await saveModel(withFreshWeights(model, 1), () => undefined, format, path.basename(file)));
}

/** Copies of the weights as they stand, in the origin's own axis order. */
export function weightsOf(network: PreparedNetwork): WeightValues {
  const values = new Map(
    network.parameters().map((one) => [`${one.layer} ${String(one.index)}`, network.inOriginOrder(one)])
  );
  return (layer, index) => values.get(`${layer} ${String(index)}`);
}

/** @param model as it was trained @throws {BadInput} where it cannot be written */
export async function writeOutput(
  model: Model,
  seed: number,
  weights: WeightValues,
  { file, format }: Output
): Promise<void> {
  const whole = withFreshWeights(model, seed);
  const { paths, notices } = orFail(await saveFile(whole, weights, format, path.resolve(file), openModelFile));
  for (const notice of notices) process.stderr.write(`note: ${notice}\n`);
  process.stderr.write(`saved: ${paths.join(', ')}\n`);
}
