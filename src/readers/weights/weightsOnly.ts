/** A file that holds weights and no architecture: a list of layers, with kinds only as far as shapes make them certain. */
import type { LayerKind } from '../../core/layerKind';
import type { Graph, LayerNode } from '../../core/model';
import { LINEAR } from '../../core/activation';
import { tensorRef, type RawTensor } from './rawTensor';
import { withRoles } from './roles';
import { t } from '../../core/texts';

export interface NamedTensors {
  readonly name: string;
  readonly tensors: readonly RawTensor[];
}

const opaque = (reason: string): LayerKind => ({ kind: 'opaque', reason });

const empty = () => opaque(t('the file holds weights only, and none for this layer'));
const unknown = () => opaque(t('the file holds weights only, and their shapes do not tell what the layer does'));

type Order = 'HWIO' | 'OIHW';

/** Which end of a convolution kernel the bias agrees with; `null` where both or neither do. */
function orderOf(tensors: readonly RawTensor[]): Order | null {
  const [kernel, bias] = tensors;
  if (kernel === undefined || bias === undefined || tensors.length !== 2 || kernel.shape.length < 3) return null;
  const size = bias.shape.length === 1 ? bias.shape[0] : undefined;
  const last = kernel.shape.at(-1) === size;
  const first = kernel.shape[0] === size;
  return last === first ? null : last ? 'HWIO' : 'OIHW';
}

/** The order most kernels of the file show; Keras's own where none does. */
function fileOrder(groups: readonly NamedTensors[]): Order {
  const orders = groups.map(({ tensors }) => orderOf(tensors)).filter((order) => order !== null);
  return orders.filter((order) => order === 'OIHW').length * 2 > orders.length ? 'OIHW' : 'HWIO';
}

function convolution(kernel: RawTensor, useBias: boolean, order: Order): LayerKind {
  const rank = kernel.shape.length - 2;
  if (rank !== 1 && rank !== 2 && rank !== 3) return unknown();
  const spatial = order === 'HWIO' ? kernel.shape.slice(0, rank) : kernel.shape.slice(2);
  return {
    kind: 'conv',
    rank,
    filters: (order === 'HWIO' ? kernel.shape.at(-1) : kernel.shape[0]) ?? 0,
    groups: 1,
    kernelSize: spatial,
    strides: spatial.map(() => 1),
    dilation: spatial.map(() => 1),
    padding: { type: 'valid' },
    dataFormat: order === 'HWIO' ? 'channelsLast' : 'channelsFirst',
    useBias,
    activation: LINEAR
  };
}

/** Whether the name says that a kernel of the usual shape is used in another way. */
const saysOtherwise = (group: NamedTensors) =>
  /transpose|deconv|depthwise|separable|lstm|gru|embed/i.test(
    `${group.name} ${group.tensors.map((t) => t.name).join(' ')}`
  );

function kindOf(group: NamedTensors, order: Order): LayerKind {
  const { tensors } = group;
  const [first, second] = tensors;
  if (first === undefined) return empty();
  const biased = tensors.length === 2 && second?.shape.length === 1;
  if (first.shape.length === 1 && tensors.length === 4) {
    const same = tensors.every(({ shape }) => shape.length === 1 && shape[0] === first.shape[0]);
    if (!same) return unknown();
    return {
      kind: 'batchNorm',
      axis: -1,
      epsilon: 1e-3,
      momentum: 0.99,
      center: true,
      scale: true,
      tracksStatistics: true
    };
  }
  if (!(tensors.length === 1 || biased) || saysOtherwise(group)) return unknown();
  const biasSize = biased ? second.shape[0] : undefined;
  if (first.shape.length === 2) {
    const units = first.shape[1] ?? 0;
    if (biasSize !== undefined && biasSize !== units) return unknown();
    return { kind: 'dense', units, useBias: biased, activation: LINEAR };
  }
  const own = orderOf(tensors) ?? order;
  const filters = own === 'HWIO' ? first.shape.at(-1) : first.shape[0];
  if (first.shape.length < 3 || (biasSize !== undefined && biasSize !== filters)) return unknown();
  return convolution(first, biased, own);
}

export interface WeightsOnly {
  readonly graph: Graph;
  readonly theanoOrder: boolean;
}

/** Layers in the file's order, without wiring. */
export function weightsOnlyGraph(name: string, groups: readonly NamedTensors[]): WeightsOnly {
  const order = fileOrder(groups);
  const layers = new Map<string, LayerNode>();
  for (const group of groups) {
    const kind = kindOf(group, order);
    const theano = kind.kind === 'conv' && kind.dataFormat === 'channelsFirst';
    const weights =
      kind.kind === 'opaque'
        ? group.tensors.map((raw) => tensorRef(raw, 'other'))
        : withRoles(kind, group.tensors, { theanoOrder: theano, flipped: theano });
    let id = group.name;
    for (let i = 2; layers.has(id); i++) id = `${group.name}#${i}`;
    layers.set(id, {
      id,
      name: group.name,
      kind,
      sourceType: kind.kind === 'opaque' ? 'unknown' : kind.kind === 'conv' ? `Conv${kind.rank}D` : titleOf(kind.kind),
      config: new Map(),
      weights,
      trainable: true,
      listed: true
    });
  }
  return { graph: { name, layers, calls: [], inputs: [], outputs: [] }, theanoOrder: order === 'OIHW' };
}

const titleOf = (kind: string) => (kind === 'dense' ? 'Dense' : 'BatchNormalization');
