/** The `Model` of weights without a graph: layers by name and shape, and what the person should know about them. */
import { basename } from 'node:path';
import type { FormatName, Model, Notice } from '../../core/model';
import type { TensorRef } from '../../core/tensor';
import { divideBytes } from '../weights/placement';
import type { RawTensor } from '../weights/rawTensor';
import { inferLayers, withoutWrappers, type NamedTensor } from './layers';
import type { ModuleFacts } from './stateDict';
import { t } from '../../core/texts';

export interface LooseTensor {
  readonly key: string;
  readonly raw: RawTensor;
  readonly module: ModuleFacts | null;
}

export interface LooseWeights {
  readonly path: string;
  readonly format: FormatName;
  readonly version: string | null;
  readonly tensors: readonly LooseTensor[];
  readonly unplaced: readonly TensorRef[];
  readonly notices: readonly Notice[];
  /** All files together. */
  readonly size: number;
}

export const noGraph = (): Notice => ({
  code: 'weights-only',
  message: t(
    'The file holds weights without a graph: the layers stand in its order, their kinds are inferred from names and shapes. To run them, open the code that builds the network and load these weights there.'
  )
});

/** A name for the model: the file's, without its ending. */
export const modelName = (path: string) => basename(path).replace(/(\.safetensors\.index\.json|\.\w+)$/i, '');

export function looseModel({ path, format, version, tensors, unplaced, notices, size }: LooseWeights): Model {
  const keys = withoutWrappers(tensors.map(({ key }) => key));
  const named = tensors.map((tensor, i): NamedTensor => ({ ...tensor, key: keys[i] ?? tensor.key }));
  const name = modelName(path);
  const layers = inferLayers(named);
  const weights = [...layers.values()].flatMap((layer) => layer.weights);
  return {
    name,
    format,
    framework: 'pytorch',
    frameworkVersion: version,
    topology: 'none',
    root: { name, layers, calls: [], inputs: [], outputs: [] },
    weightsOrigin: { kind: 'file', file: basename(path), olderThanCode: false },
    notices: [noGraph(), ...notices],
    unplaced,
    fileBytes: divideBytes(size, weights, unplaced),
    classNames: null
  };
}
