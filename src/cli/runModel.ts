/** One pass over a model with an image, for `maps` and `predict`. */
import { readFile } from 'node:fs/promises';
import { guessPreprocessing, inputPorts } from '../analyses/inputs';
import type { Model } from '../core/model';
import type { DenseTensor } from '../core/tensor';
import { createEngine } from '../engine/select';
import { engineFromEnvironment } from '../protocol/workerEnvironment';
import type { CapturedValue, EngineName, RunResult } from '../engine/engine';
import { hasLightBorder } from '../images/border';
import { decodeImage } from '../images/decode';
import { isNpy, readNpy } from '../images/npy';
import { preprocess } from '../images/preprocess';
import type { InputPort } from '../protocol/requests';
import { BadInput, orFail } from './failure';

export interface Pass {
  readonly result: RunResult;
  readonly engine: EngineName;
  /** How the picture was turned into numbers, in words. */
  readonly preprocessing: string;
}

/** @throws {BadInput} */
export async function runModel(
  model: Model,
  file: string,
  image: string,
  onValue?: (value: CapturedValue) => Promise<void>
): Promise<Pass> {
  const ports = inputPorts(model);
  const [port, second] = ports;
  if (port === undefined)
    throw new BadInput(
      `${file}: the file has no architecture, so it cannot be run. Give the code that builds the network, with --weights ${file}.`
    );
  if (second !== undefined)
    throw new BadInput(`${file}: it has ${ports.length} inputs; the command line runs models with one.`);
  const { tensor, words } = await readInput(model, port, image);
  const engine = await createEngine(engineFromEnvironment(process.env));
  try {
    const network = await engine.prepare(model, { seed: 1 });
    try {
      const result = await network.run([tensor], { mode: 'infer', seed: 1, onValue });
      return { result, engine: engine.name, preprocessing: words };
    } finally {
      network.dispose();
    }
  } finally {
    engine.dispose();
  }
}

async function readInput(model: Model, port: InputPort, file: string): Promise<{ tensor: DenseTensor; words: string }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch {
    throw new BadInput(`${file}: cannot be read. Check the path.`);
  }
  if (isNpy(bytes)) return { tensor: fitArray(orFail(readNpy(bytes, file)), port, file), words: 'values as they are' };
  if (port.role !== 'image') {
    throw new BadInput(`${file}: the model reads ${port.shape.join(' x ')} values, not a picture. Give a .npy file.`);
  }
  const picture = orFail(await decodeImage(bytes, file));
  const { preprocessing, reason } = guessPreprocessing(model, port, hasLightBorder(picture));
  const words = `${preprocessing.normalization}${preprocessing.invert ? ', inverted' : ''} (${reason})`;
  return { tensor: preprocess(picture, port, preprocessing), words };
}

/** An array with or without the batch axis, if it fits the input. @throws {BadInput} */
function fitArray(array: DenseTensor, port: InputPort, file: string): DenseTensor {
  const shape = array.shape.length === port.shape.length ? [1, ...array.shape] : array.shape;
  const fits =
    shape.length === port.shape.length + 1 &&
    port.shape.every((size, axis) => size === null || size === shape[axis + 1]);
  if (fits) return { shape, data: array.data };
  const wanted = port.shape.map((size) => size ?? '?').join(', ');
  throw new BadInput(`${file}: its shape is [${array.shape.join(', ')}], the model reads [${wanted}].`);
}
