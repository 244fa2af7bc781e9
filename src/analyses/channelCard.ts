/**
 * One channel wherever it is: the kernel that makes it, its batch-norm numbers, and the filters that read it. A channel
 * keeps its number through batch norm, activation, pooling, dropout and the like; a concatenation shifts it, flattening
 * spreads it over the features of a dense layer.
 */
import { inferShapes, type GraphShapes } from '../core/inferShapes';
import type { KindName } from '../core/layerKind';
import type { Call, Graph, LayerNode, Model, ValueRef } from '../core/model';
import { channelAxis, type DataFormat } from '../core/shape';
import type { ChannelCard, ChannelReader } from '../protocol/channelCard';
import { readingStrengths, type Followed } from './channelReading';
import type { KernelRole, LoadedKernel } from './kernels';
import { formatOf } from './layers';
import { graphOf } from './sources';
import { t } from '../core/texts';

/** Kinds that hand on channel k as channel k. */
const keeping: ReadonlySet<KindName> = new Set<KindName>([
  ...(['batchNorm', 'layerNorm', 'groupNorm', 'unitNorm', 'localResponseNorm', 'normalization', 'rescale'] as const),
  ...(['activation', 'prelu', 'pool', 'globalPool', 'adaptivePool', 'identity', 'augmentation'] as const),
  ...(['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise'] as const),
  ...(['pad', 'crop', 'centerCrop', 'upsample', 'resize', 'merge'] as const)
]);
const making: ReadonlySet<KindName> = new Set<KindName>([
  'conv',
  'depthwiseConv',
  'separableConv',
  'convTranspose',
  'dense'
]);
const mostFilters = 5;
const mostReaders = 4;

export type LoadKernel = (layer: LayerNode, role: KernelRole) => Promise<LoadedKernel>;

/**
 * @param channel of the layer's output, of its first call.
 * @returns readers in the order the network runs them, each with the filters of the largest mean |weight| on the channel.
 */
export async function describeChannel(
  model: Model,
  layerId: string,
  channel: number,
  load: LoadKernel,
  signal?: AbortSignal
): Promise<ChannelCard> {
  const empty: ChannelCard = { layer: layerId, channel, maker: null, batchNorm: null, readers: [], end: null };
  const graph = graphOf(model.root, layerId);
  const call = graph?.calls.find((one) => one.layer === layerId);
  if (graph === null || call === undefined) return { ...empty, end: t('the wiring is not known') };
  const back = backwards(graph, call);
  const paths = forwards(model, graph, call, channel);
  const maker = back.find((layer) => making.has(layer.kind.kind));
  const norm = [...back, ...paths.passed].find((layer) => layer.kind.kind === 'batchNorm');
  const readers: ChannelReader[] = [];
  for (const found of paths.readers.slice(0, mostReaders)) {
    signal?.throwIfAborted();
    const reader = await readBy(found, load);
    if (reader !== null) readers.push(reader);
  }
  const role = maker === undefined ? undefined : roleOf(maker);
  return {
    ...empty,
    maker: maker === undefined || role === undefined ? null : { layer: maker.id, role },
    batchNorm: norm === undefined ? null : await normNumbers(norm, channel, signal),
    readers,
    end: readers.length > 0 ? null : paths.end
  };
}

/** The layer itself and those before it whose channel k is this channel k, nearest first, up to the one that makes it. */
function backwards(graph: Graph, start: Call): LayerNode[] {
  const found: LayerNode[] = [];
  let call: Call | undefined = start;
  while (call !== undefined) {
    const layer = graph.layers.get(call.layer);
    if (layer === undefined) break;
    found.push(layer);
    const input: ValueRef | undefined = call.inputs[0];
    if (!keeping.has(layer.kind.kind) || call.inputs.length !== 1 || input === undefined) break;
    call = graph.calls[input.call];
  }
  return found;
}

interface Reading {
  readonly layer: LayerNode;
  readonly followed: Followed;
}

interface Paths {
  readonly passed: readonly LayerNode[];
  readonly readers: readonly Reading[];
  readonly end: string;
}

/** Every layer that reads the channel, through all branches, in the order of the calls. */
function forwards(model: Model, graph: Graph, start: Call, channel: number): Paths {
  const shapes = inferShapes(graph);
  const at = new Map<number, Followed>([
    [start.id, { index: channel, channels: channelsOf(shapes, start.id, model), spread: null }]
  ]);
  const passed: LayerNode[] = [];
  const readers: Reading[] = [];
  let end = t('it leaves the network here');
  for (const call of graph.calls) {
    const layer = graph.layers.get(call.layer);
    const input = call.inputs.findIndex((ref) => at.has(ref.call));
    const followed = at.get(call.inputs[input]?.call ?? -1);
    if (layer === undefined || followed === undefined || call.id === start.id) continue;
    if (making.has(layer.kind.kind)) readers.push({ layer, followed });
    else {
      const next = through(model, layer, followed, () => offsetBefore(shapes, call, input, model));
      if (next === null) end = t('{0} mixes the channels or is not understood', layer.name);
      else {
        at.set(call.id, next);
        passed.push(layer);
      }
    }
  }
  return { passed, readers, end };
}

/** Where the channel is behind a layer without a kernel; `null` where it cannot be followed. */
function through(
  model: Model,
  layer: LayerNode,
  followed: Followed,
  offset: () => { readonly before: number; readonly total: number; readonly alongChannels: boolean } | null
): Followed | null {
  const { kind } = layer;
  if (keeping.has(kind.kind)) return followed;
  if (kind.kind === 'flatten') {
    if (followed.spread !== null || followed.channels === null) return followed.spread === null ? null : followed;
    const last = formatOf(layer, model) === 'channelsLast' || kind.channelsLastOrder;
    return { ...followed, spread: last ? 'channelsLast' : 'channelsFirst' };
  }
  if (kind.kind !== 'concat' || followed.spread !== null) return null;
  const found = offset();
  if (found === null) return null;
  return found.alongChannels ? { index: followed.index + found.before, channels: found.total, spread: null } : followed;
}

function channelsOf(shapes: GraphShapes, call: number, model: Model): number | null {
  const shape = shapes.calls[call]?.outputs[0];
  return shape === undefined ? null : (shape[channelAxis(shape.length, formatOf(undefined, model))] ?? null);
}

/** Channels of a concatenation's inputs before one of them, and of all. */
function offsetBefore(shapes: GraphShapes, call: Call, input: number, model: Model) {
  const kind = shapes.graph.layers.get(call.layer)?.kind;
  if (kind?.kind !== 'concat') return null;
  const known = shapes.calls[call.id]?.inputs ?? [];
  const rank = known[0]?.length ?? 0;
  const format: DataFormat = formatOf(undefined, model);
  const axis = kind.axis < 0 ? kind.axis + rank : kind.axis;
  if (axis !== channelAxis(rank, format)) return { before: 0, total: 0, alongChannels: false };
  const sizes = known.map((shape) => shape?.[axis] ?? null);
  const sum = (parts: readonly (number | null)[]) =>
    parts.reduce<number | null>((total, size) => (total === null || size === null ? null : total + size), 0);
  const [before, total] = [sum(sizes.slice(0, input)), sum(sizes)];
  return before === null || total === null ? null : { before, total, alongChannels: true };
}

function roleOf(layer: LayerNode): KernelRole | undefined {
  const wanted: readonly KernelRole[] =
    layer.kind.kind === 'separableConv' ? ['pointwiseKernel'] : ['kernel', 'depthwiseKernel'];
  return wanted.find((role) => layer.weights.some((weight) => weight.role === role));
}

async function readBy({ layer, followed }: Reading, load: LoadKernel): Promise<ChannelReader | null> {
  const role = roleOf(layer);
  if (role === undefined) return null;
  const { view } = await load(layer, role);
  const strengths = readingStrengths(layer.kind, view, followed);
  if (strengths.length === 0) return null;
  const filters = [...strengths].sort((a, b) => b.strength - a.strength || a.filter - b.filter).slice(0, mostFilters);
  return { layer: layer.id, filters, of: strengths.length };
}

async function normNumbers(
  layer: LayerNode,
  channel: number,
  signal?: AbortSignal
): Promise<NonNullable<ChannelCard['batchNorm']>> {
  const read = async (role: 'gamma' | 'beta' | 'movingMean' | 'movingVariance') => {
    const ref = layer.weights.find((weight) => weight.role === role);
    return ref === undefined ? null : ((await ref.read(signal))[channel] ?? null);
  };
  return {
    layer: layer.id,
    gamma: await read('gamma'),
    beta: await read('beta'),
    mean: await read('movingMean'),
    variance: await read('movingVariance')
  };
}
