/** What the kernel view shows: numbers about each filter, and pictures of filters and planes. */
import { kernelView, type KernelView } from '../core/kernelView';
import type { LayerNode, Model } from '../core/model';
import type { NumericArray, TensorRef } from '../core/tensor';
import { drawLine } from '../drawing/lines';
import { drawPlane, drawRgb, symmetricRange } from '../drawing/plane';
import { shrinkPlane } from '../drawing/scale';
import type { FilterFacts, KernelSheet } from '../protocol/requests';
import type { ColormapName, Pixels, ScaleMode, Tiles, ValueRange } from '../protocol/values';
import { freshNote } from './freshModel';
import { firstInputShapes } from '../core/firstInputShapes';
import { inferShapes } from '../core/inferShapes';
import { histogram, statistics } from './statistics';
import { t } from '../core/texts';

export type KernelRole = KernelSheet['role'];
export const kernelRoles: readonly KernelRole[] = ['kernel', 'depthwiseKernel', 'pointwiseKernel'];

export const duplicateCosine = 0.99;
const nearDeadShare = 0.01;
const duplicateTimeLimit = 1500;
/** A dense layer's whole matrix is shrunk to this many pixels a side. */
const matrixLimit = 512;

export interface LoadedKernel {
  readonly role: KernelRole;
  readonly source: TensorRef;
  readonly view: KernelView;
  readonly values: NumericArray;
  readonly bias: Float32Array | null;
  /** Largest finite absolute value. */
  readonly limit: number;
}

/** The layer's kernel of the given role, or its first one; `null` where the layer has none that can be drawn. */
export async function loadKernel(
  layer: LayerNode,
  role?: KernelRole,
  signal?: AbortSignal
): Promise<LoadedKernel | null> {
  const drawable = (ref: TensorRef) =>
    ref.layout !== 'none' &&
    ref.shape.length >= 2 &&
    kernelRoles.some((one) => one === ref.role) &&
    ref.dtype !== 'string';
  const ref = layer.weights.find((one) => drawable(one) && (role === undefined || one.role === role));
  if (ref === undefined) return null;
  const values = await ref.read(signal);
  const biasRef = layer.weights.find((one) => one.role === 'bias');
  const bias = biasRef === undefined ? null : Float32Array.from(await biasRef.read(signal));
  return {
    role: kernelRoles.find((one) => one === ref.role) ?? 'kernel',
    source: ref,
    view: kernelView({ shape: ref.shape, layout: ref.layout, flipped: ref.flipped, data: values }),
    values,
    bias,
    limit: symmetricRange(values).max
  };
}

/**
 * What training has added to a kernel and its bias, element by element.
 * @param start the layer as training began; `null` is returned without it, or where it has another shape
 */
export async function kernelChange(
  layer: LayerNode,
  start: LayerNode | undefined,
  role?: KernelRole
): Promise<LoadedKernel | null> {
  const now = await loadKernel(layer, role);
  const before = start === undefined ? null : await loadKernel(start, role);
  if (now === null || before?.values.length !== now.values.length) return null;
  const values = minus(now.values, before.values);
  const { shape, layout, flipped } = now.source;
  return {
    ...now,
    values,
    view: kernelView({ shape, layout, flipped, data: values }),
    bias: now.bias === null || before.bias === null ? null : minus(now.bias, before.bias),
    limit: symmetricRange(values).max
  };
}

function minus(now: NumericArray, before: NumericArray): Float32Array {
  return Float32Array.from({ length: now.length }, (_, i) => Number(now[i]) - Number(before[i]));
}

/** @param report progress in [0, 1] of the search for duplicates. */
export function describeKernel(
  layer: LayerNode,
  model: Model,
  kernel: LoadedKernel,
  report: (share: number) => void = () => undefined
): KernelSheet {
  const { view } = kernel;
  const filters = Array.from({ length: view.outputs }, (_, o) => filterValues(view, o));
  const { facts, complete } = filterFacts(filters, report);
  return {
    layer: layer.id,
    role: kernel.role,
    outChannels: view.outputs,
    inChannels: view.inputs,
    size: view.spatial.length === 0 ? [1, 1] : view.spatial.length === 1 ? [1, view.spatial[0] ?? 1] : view.spatial,
    display: displayOf(view, kernel.role),
    statistics: statistics(kernel.values),
    histogram: histogram(kernel.values),
    limit: kernel.limit,
    meanLimit: showsMeans(view, kernel.role) ? meanOf(kernel) : kernel.limit,
    filters: facts,
    duplicateMeasure: t(
      '|cosine| of two filters >= {0}{1}',
      duplicateCosine,
      complete ? '' : t(' (stopped after 1.5 s: not all pairs compared)')
    ),
    bias: kernel.bias,
    initializerNote: freshNote(
      layer,
      kernel.role,
      model,
      firstInputShapes(inferShapes(model.root)).get(layer.id) ?? null
    )
  };
}

/** Whether a filter's own picture is the mean of its planes: everything but colours, rows of a matrix and lines. */
function showsMeans(view: KernelView, role: KernelRole): boolean {
  const display = displayOf(view, role);
  return view.inputs > 1 && (display === 'planes' || display === 'volume');
}

/** Largest finite absolute value among the means; they are smaller than the weights and would look pale on their scale. */
function meanLimit(view: KernelView): number {
  let largest = 0;
  for (let filter = 0; filter < view.outputs; filter++)
    largest = Math.max(largest, symmetricRange(planeValues(view, filter, -1)).max);
  return largest;
}

function displayOf(view: KernelView, role: KernelRole): KernelSheet['display'] {
  if (view.spatial.length === 0 || view.spatial.every((size) => size === 1)) return 'matrix';
  if (view.spatial.length === 1) return 'lines';
  if (view.spatial.length === 3) return 'volume';
  return role === 'kernel' && view.inputs === 3 ? 'rgb' : 'planes';
}

/** All weights of one filter, input channel by input channel. */
export function filterValues(view: KernelView, output: number): Float32Array {
  const planes = Array.from({ length: view.inputs }, (_, i) => view.plane(output, i));
  const size = planes[0]?.length ?? 0;
  const all = new Float32Array(size * planes.length);
  planes.forEach((plane, i) => {
    all.set(plane, i * size);
  });
  return all;
}

/** Norms, near-dead and near-duplicate filters. `complete` is false where the time limit cut the comparison short. */
export function filterFacts(
  filters: readonly Float32Array[],
  report: (share: number) => void = () => undefined,
  timeLimit = duplicateTimeLimit
): { readonly facts: FilterFacts[]; readonly complete: boolean } {
  const norms = filters.map((filter) => Math.sqrt(filter.reduce((sum, value) => sum + value * value, 0)));
  const finite = norms.filter((norm) => Number.isFinite(norm)).sort((a, b) => a - b);
  const median = finite[Math.floor(finite.length / 2)] ?? 0;
  const duplicates = new Map<number, number>();
  const end = performance.now() + timeLimit;
  let complete = true;
  // A single weight per filter has no direction: any two would be "duplicates".
  for (let a = 0; a < filters.length && (filters[0]?.length ?? 0) > 1; a++) {
    if (performance.now() > end) {
      complete = false;
      break;
    }
    report(a / filters.length);
    for (let b = a + 1; b < filters.length; b++) {
      if (duplicates.has(a) && duplicates.has(b)) continue;
      if (Math.abs(cosine(filters[a], filters[b], norms[a], norms[b])) >= duplicateCosine) {
        if (!duplicates.has(b)) duplicates.set(b, a);
        if (!duplicates.has(a)) duplicates.set(a, b);
      }
    }
  }
  const facts = filters.map((filter, index): FilterFacts => {
    const { min, max } = statistics(filter);
    const norm = norms[index] ?? 0;
    return {
      index,
      norm,
      min,
      max,
      nearDead: norm <= nearDeadShare * median,
      duplicateOf: duplicates.get(index) ?? null
    };
  });
  return { facts, complete };
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined, normA = 0, normB = 0): number {
  if (a === undefined || b === undefined || normA === 0 || normB === 0) return 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum / (normA * normB);
}

/**
 * Pictures of `[filter, inputChannel]` planes. Channel -1 is the colour picture of an RGB kernel, else the mean over the
 * input channels (of a dense layer: all its inputs, wrapped to a near-square). `[-1, -1]` is a dense layer's whole
 * matrix, one row for each output.
 */
export function kernelTiles(
  kernel: LoadedKernel,
  planes: readonly (readonly [number, number])[],
  scale: ScaleMode,
  map: ColormapName
): Tiles {
  const pictures = planes.map(([filter, channel]) => kernelTile(kernel, filter, channel, scale, map));
  return { tiles: pictures.map(({ tile }) => tile), ranges: pictures.map(({ range }) => range) };
}

const meanLimits = new WeakMap<TensorRef, number>();

/** Found once for each tensor: tiles are asked for a few at a time. */
function meanOf(kernel: LoadedKernel): number {
  const known = meanLimits.get(kernel.source) ?? meanLimit(kernel.view);
  meanLimits.set(kernel.source, known);
  return known;
}

interface Picture {
  readonly tile: Pixels;
  readonly range: ValueRange;
}

function kernelTile(
  kernel: LoadedKernel,
  filter: number,
  channel: number,
  scale: ScaleMode,
  map: ColormapName
): Picture {
  const { view } = kernel;
  const display = displayOf(view, kernel.role);
  const rangeOf = (values: Float32Array): ValueRange =>
    scale === 'shared' ? { min: -kernel.limit, max: kernel.limit } : symmetricRange(values);
  if (display === 'matrix' && channel < 0) {
    const { values, width, height } = matrixPicture(view, filter);
    const range = rangeOf(values);
    return { tile: drawPlane(values, width, height, range, map), range };
  }
  const [height, width] = planeSize(view);
  if (display === 'rgb' && channel < 0) {
    const planes = [0, 1, 2].map((i) => view.plane(filter, i));
    const values = Float32Array.from({ length: 3 * width * height }, (_, i) => planes[i % 3]?.[Math.floor(i / 3)] ?? 0);
    const range = rangeOf(values);
    return { tile: drawRgb(values, width, height, range), range };
  }
  const values = planeValues(view, filter, channel);
  const mean = scale === 'shared' && channel < 0 && showsMeans(view, kernel.role) ? meanOf(kernel) : null;
  const range = mean === null ? rangeOf(values) : { min: -mean, max: mean };
  return { tile: display === 'lines' ? drawLine(values, range) : drawPlane(values, width, height, range, map), range };
}

function matrixPicture(view: KernelView, filter: number): ReturnType<typeof shrinkPlane> {
  if (filter < 0) {
    const all = Float32Array.from({ length: view.outputs * view.inputs }, (_, n) =>
      weightAt(view, Math.floor(n / view.inputs), n % view.inputs)
    );
    return shrinkPlane(all, view.inputs, view.outputs, matrixLimit);
  }
  const width = Math.ceil(Math.sqrt(view.inputs));
  const height = Math.ceil(view.inputs / width);
  const row = Float32Array.from({ length: width * height }, (_, i) =>
    i < view.inputs ? weightAt(view, filter, i) : 0
  );
  return shrinkPlane(row, width, height, matrixLimit);
}

const weightAt = (view: KernelView, output: number, input: number): number =>
  view.at(output, input, ...view.spatial.map(() => 0));

/** Height and width of one plane's picture; slices of a volume stand below each other. */
export function planeSize(view: KernelView): readonly [number, number] {
  const [a = 1, b = 1, c = 1] = view.spatial;
  if (view.spatial.length <= 1) return [1, a];
  return view.spatial.length === 2 ? [a, b] : [a * b, c];
}

/** Numbers of one plane, row-major; channel -1 is the mean over the input channels. */
export function planeValues(view: KernelView, filter: number, channel: number): Float32Array {
  if (channel >= 0) return view.plane(filter, channel);
  const mean = new Float32Array(view.plane(filter, 0).length);
  for (let i = 0; i < view.inputs; i++) {
    view.plane(filter, i).forEach((value, at) => {
      mean[at] = (mean[at] ?? 0) + value / view.inputs;
    });
  }
  return mean;
}
