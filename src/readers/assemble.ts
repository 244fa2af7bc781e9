/** The last step every Keras reader shares: configuration and placed tensors become a `Model`. */
import type { FormatName, Framework, Graph, LayerNode, Model, Notice } from '../core/model';
import type { TensorRef } from '../core/tensor';
import { buildGraph } from './keras/buildGraph';
import type { LayerSpec, ModelSpec } from './keras/spec';
import type { Dialect } from './keras/translate';
import { divideBytes } from './weights/placement';
import type { RawTensor } from './weights/rawTensor';
import { USUAL, type KernelConvention } from './weights/roles';
import { t } from '../core/texts';

export interface Parts {
  readonly file: string;
  readonly format: FormatName;
  readonly framework: Framework;
  readonly version: string | null;
  readonly backend: string | null;
  readonly dialect: Dialect;
  readonly spec: ModelSpec;
  readonly tensors: ReadonlyMap<LayerSpec, readonly RawTensor[]>;
  readonly unplaced: readonly TensorRef[];
  readonly notices: readonly Notice[];
  /** All files together; `null` where there is no file with weights. */
  readonly size: number | null;
  readonly classNames?: readonly string[] | undefined;
  /** The description as the file has it (`Architecture.text`). */
  readonly description?: string | undefined;
}

/** Every layer of a graph, nested ones too. */
export function allLayers(graph: Graph): LayerNode[] {
  return [...graph.layers.values()].flatMap((layer) =>
    layer.kind.kind === 'model' ? [layer, ...allLayers(layer.kind.graph)] : [layer]
  );
}

const CONVOLVES = new Set(['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose']);

const convolves = (className: string) =>
  CONVOLVES.has(className) || /^(Atrous)?(Convolution|Deconvolution|Conv)\dD(Transpose)?$/.test(className);

/** Theano convolves with rotated kernels; Keras 1 keeps `th` kernels as `[O, I, H, W]`. */
function conventionOf(parts: Parts): (spec: LayerSpec) => KernelConvention {
  return (spec) => {
    const inner = spec.wrapped ?? spec;
    if (!convolves(inner.className) && !inner.className.startsWith('Separable')) return USUAL;
    const theanoOrder = parts.dialect.version === 1 && inner.attributes.get('dim_ordering') === 'th';
    const flipped = parts.backend === 'theano' || (parts.backend === null && theanoOrder);
    return { theanoOrder, flipped: flipped && convolves(inner.className) };
  };
}

function assumptions(parts: Parts, layers: readonly LayerNode[]): Notice[] {
  const flipped = layers.filter(({ weights }) => weights.some((weight) => weight.flipped));
  if (flipped.length === 0) return [];
  return [
    parts.backend === null
      ? {
          code: 'theano-kernels-assumed',
          message: t(
            `The file does not say which backend trained it. Its kernels are stored in Theano's order (dim_ordering "th"), so they are taken as trained by Theano and turned by 180 degrees.`
          )
        }
      : {
          code: 'theano-kernels',
          message: t('The model was trained by Theano; its kernels are turned by 180 degrees.')
        }
  ];
}

export function assemble(parts: Parts): Model {
  const notices: Notice[] = [];
  const root = buildGraph(parts.spec, {
    dialect: parts.dialect,
    tensors: parts.tensors,
    convention: conventionOf(parts),
    notices
  });
  const layers = allLayers(root);
  const weights = layers.flatMap((layer) => layer.weights);
  const hasWeights = weights.length > 0;
  return {
    name: parts.spec.name,
    format: parts.format,
    framework: parts.framework,
    frameworkVersion: parts.version,
    topology: parts.spec.sequential ? 'sequential' : 'exact',
    root,
    weightsOrigin: hasWeights ? { kind: 'file', file: parts.file, olderThanCode: false } : { kind: 'none' },
    notices: [...parts.notices, ...notices, ...assumptions(parts, layers)],
    unplaced: parts.unplaced,
    fileBytes: parts.size === null ? null : divideBytes(parts.size, weights, parts.unplaced),
    classNames: parts.classNames ?? null,
    architecture: parts.description === undefined ? undefined : { text: parts.description, graph: root }
  };
}
