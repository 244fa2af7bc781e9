/**
 * Where a pooled value comes from: back through the layers to one input pixel. Maxima lead back to their winner, layers
 * that change each value by itself to the same place: that way is exact. A sum has no single origin: the way then follows
 * the product that contributes most to it, and says so.
 */
import type { LayerNode, Model } from '../../core/model';
import { valueKey } from '../../engine/experiment';
import type { Hop, HopReason, Trace } from '../../protocol/effects/pooling';
import { formatOf } from '../layers';
import type { MapView } from '../maps';
import { planesOf, tapsOf, type Convolving, type LoadedPlanes } from '../proofConvolution';
import { coordinatesOf, flatIndex, storedAxis, viewAs } from '../proofPlace';
import { wiringOf, type WiredCall } from '../wiring';
import { liftSizes, poolingAxes, type Pooling } from './windows';
import { t } from '../../core/texts';

/** Values by layer and occurrence, as the runtime keeps them. */
export type ValueOf = (layer: string, occurrence: number) => Promise<MapView>;

/** Where the way goes on, or why it cannot. */
type Step =
  | { readonly source: number; readonly flat: number; readonly reason: HopReason; readonly share: number | null }
  | { readonly stopped: string };

interface At {
  readonly call: WiredCall;
  readonly inputs: readonly MapView[];
  readonly input: MapView;
  readonly output: MapView;
  /** Index in the stored values of the output. */
  readonly flat: number;
}

/** Back through one model; kernels and values are read once. */
export class Tracer {
  private readonly wiring: ReadonlyMap<string, WiredCall>;
  private readonly kernels = new Map<string, Promise<LoadedPlanes | null>>();
  private readonly planes = new Map<string, ReturnType<LoadedPlanes['planes']>>();
  private readonly views = new Map<string, Promise<MapView>>();
  private breath = performance.now();

  constructor(
    private readonly model: Model,
    private readonly valueOf: ValueOf,
    private readonly signal: AbortSignal
  ) {
    this.wiring = wiringOf(model);
  }

  /** @param cell row-major index in the channel. */
  async trace(layer: string, occurrence: number, channel: number, cell: number): Promise<Trace> {
    const start = this.wiring.get(valueKey(layer, occurrence));
    const hops: Hop[] = [];
    const stopped = (reason: string): Trace => ({
      cell,
      hops,
      exact: hops.every(({ reason: why }) => why !== 'largestTerm' && why !== 'largestOfMean'),
      end: { kind: 'stopped', reason }
    });
    if (start === undefined) return stopped(t('this layer is not part of the pass'));
    let call = start;
    let view = await this.view(call);
    const position = coordinatesOf(cell, view.vector ? [] : view.shape.slice(0, -1));
    let flat = view.indexOf(channel, ...position);
    hops.push(hopOf(call.layer, view, flat, 'start', null));
    for (let length = 0; length < 10_000; length++) {
      await this.breathe();
      // The inputs of a model inside the model read a value outside it.
      if (call.layer.kind.kind === 'input' && call.sources.length === 0) {
        const port = this.model.root.inputs.findIndex(
          (ref) => this.model.root.calls[ref.call]?.layer === call.layer.id
        );
        const last = hops.at(-1);
        const trace = stopped('');
        return {
          ...trace,
          end: { kind: 'input', input: port, channel: last?.channel ?? 0, position: last?.position ?? [] }
        };
      }
      const known = call.sources.map((key) => (key === null ? undefined : this.wiring.get(key)));
      if (known.length === 0 || known.some((source) => source === undefined))
        return stopped(t('what {0} reads cannot be named', call.layer.name));
      const sources = known.filter((source) => source !== undefined);
      const inputs: MapView[] = [];
      for (const source of sources) inputs.push(await this.view(source));
      const [input] = inputs;
      if (input === undefined) return stopped(t('{0} reads nothing', call.layer.name));
      const step = await this.back({ call, inputs, input, output: view, flat });
      if ('stopped' in step) return stopped(step.stopped);
      const next = sources[step.source];
      const nextView = inputs[step.source];
      if (next === undefined || nextView === undefined) return stopped(t('{0} has no such input', call.layer.name));
      [call, view, flat] = [next, nextView, step.flat];
      hops.push(hopOf(call.layer, view, flat, step.reason, step.share));
    }
    return stopped(t('the way is too long'));
  }

  /** Lets a cancellation in at least every 30 ms. @throws where it came. */
  private async breathe(): Promise<void> {
    if (performance.now() - this.breath > 30) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.breath = performance.now();
    }
    this.signal.throwIfAborted();
  }

  private view(call: WiredCall): Promise<MapView> {
    const key = valueKey(call.layer.id, call.occurrence);
    const known = this.views.get(key);
    if (known !== undefined) return known;
    const format = formatOf(call.layer, this.model);
    const found = this.valueOf(call.layer.id, call.occurrence).then((view) => viewAs(view, format));
    this.views.set(key, found);
    return found;
  }

  private async back(at: At): Promise<Step> {
    const { kind, name } = at.call.layer;
    switch (kind.kind) {
      case 'pool':
      case 'globalPool':
      case 'adaptivePool':
        return throughPool(kind, at);
      case 'conv':
      case 'depthwiseConv':
      case 'separableConv':
      case 'convTranspose':
        return this.throughConvolution(at.call.layer, kind, at);
      case 'activation':
        return kind.activation.name === 'softmax' ||
          kind.activation.name === 'logSoftmax' ||
          kind.activation.name === 'glu'
          ? { stopped: t('{0} mixes several values', name) }
          : here('same', at);
      case 'input': // The input of a model inside the model.
      case 'batchNorm':
      case 'prelu':
      case 'rescale':
      case 'normalization':
        return here('same', at);
      case 'dropout':
      case 'alphaDropout':
      case 'gaussianDropout':
      case 'gaussianNoise':
      case 'identity':
        return here('same', at);
      case 'reshape':
        return here('moved', at);
      case 'flatten':
        return throughFlatten(kind.channelsLastOrder, at);
      case 'permute': {
        const target = coordinatesOf(at.flat, at.output.stored);
        const source = at.input.stored.map((_, axis) => target[kind.axes.indexOf(axis + 1)] ?? 0);
        return { source: 0, flat: flatIndex(source, at.input.stored), reason: 'moved', share: null };
      }
      case 'pad':
        return moved(at, kind.dataFormat, (place, axis) => place - (kind.pads[axis]?.[0] ?? 0), name);
      case 'crop':
        return moved(at, kind.dataFormat, (place, axis) => place + (kind.crops[axis]?.[0] ?? 0), name);
      case 'upsample':
        return kind.interpolation === 'nearest'
          ? moved(at, kind.dataFormat, (place, axis) => Math.floor(place / (kind.factors[axis] ?? 1)), name)
          : { stopped: t('{0} mixes neighbouring values', name) };
      case 'concat':
        return throughConcat(kind.axis, at);
      case 'merge':
        return throughMerge(kind.operation, at);
      default:
        return { stopped: t('the way back through {0} ({1}) is not written out', name, at.call.layer.sourceType) };
    }
  }

  private async throughConvolution(layer: LayerNode, kind: Convolving, at: At): Promise<Step> {
    const input = viewAs(at.input, kind.dataFormat);
    const { channel, position } = placeOf(viewAs(at.output, kind.dataFormat), at.flat);
    let loading = this.kernels.get(layer.id);
    if (loading === undefined) {
      loading = planesOf(layer, kind, input.channels, this.signal);
      this.kernels.set(layer.id, loading);
    }
    const loaded = await loading;
    if (loaded === null) return { stopped: t('{0} has no weights', layer.name) };
    const key = `${layer.id} ${String(channel)}`;
    const planes = this.planes.get(key) ?? loaded.planes(channel);
    this.planes.set(key, planes);
    const taps = tapsOf(kind, position, input.shape.slice(0, -1));
    const products: { readonly flat: number; readonly value: number }[] = [];
    for (const plane of planes) {
      taps.forEach((tap, element) => {
        if (tap === null) return;
        const flat = input.indexOf(plane.channel, ...tap);
        products.push({ flat, value: (input.values[flat] ?? 0) * (plane.kernel[element] ?? 0) });
      });
    }
    if (products.length > 0 && products.every(({ value }) => value === 0))
      return { stopped: `every product of ${layer.name} is zero here: the value comes from no input` };
    const largest = largestPart(products.map(({ value }) => value));
    const chosen = products[largest.index];
    if (chosen === undefined) return { stopped: t('the window of {0} sees only padding', layer.name) };
    return { source: 0, flat: chosen.flat, reason: 'largestTerm', share: largest.share };
  }
}

/** The addend that contributes most in the direction of the sum, and its part of the sum. */
export function largestPart(values: readonly number[]): { readonly index: number; readonly share: number | null } {
  const sum = values.reduce((total, value) => total + value, 0);
  const sign = sum < 0 ? -1 : 1;
  let index = -1;
  values.forEach((value, i) => {
    if (index < 0 || value * sign > (values[index] ?? 0) * sign) index = i;
  });
  return { index, share: sum === 0 ? null : (values[index] ?? 0) / sum };
}

function here(reason: HopReason, at: At): Step {
  return at.input.values.length === at.output.values.length
    ? { source: 0, flat: at.flat, reason, share: null }
    : { stopped: t('{0} changes the size of its value', at.call.layer.name) };
}

function hopOf(layer: LayerNode, view: MapView, flat: number, reason: HopReason, share: number | null): Hop {
  const { channel, position } = placeOf(view, flat);
  const value = view.values[flat] ?? Number.NaN;
  return { layer: layer.id, name: layer.name, kind: layer.kind.kind, channel, position, value, reason, share };
}

/** Channel and spatial position of a stored value. */
export function placeOf(view: MapView, flat: number): { channel: number; position: number[] } {
  if (view.vector) return { channel: flat, position: [] };
  const all = coordinatesOf(flat, view.stored);
  const [channel = 0] = all.splice(view.channelAxis, 1);
  return { channel, position: all };
}

/** A maximum: its winner. A mean: the cell that contributes most. */
function throughPool(kind: Pooling, at: At): Step {
  const input = viewAs(at.input, kind.dataFormat);
  const output = viewAs(at.output, kind.dataFormat);
  const { channel, position } = placeOf(output, at.flat);
  const sizes = input.shape.slice(0, -1);
  const axes = poolingAxes(kind, sizes, output.vector ? [] : output.shape.slice(0, -1));
  // A global pooling that keeps its axes stands at 0 along each.
  const [z, y, x] = liftSizes(position.map((index) => index + 1)).map((size) => size - 1);
  const cells: { readonly flat: number; readonly value: number }[] = [];
  const inside = (axis: 0 | 1 | 2, place: number | undefined) =>
    (axes[axis].indices[place ?? 0] ?? []).filter(
      (index): index is number => index !== null && index >= 0 && index < axes[axis].size
    );
  for (const d of inside(0, z)) {
    for (const r of inside(1, y)) {
      for (const c of inside(2, x)) {
        const flat = input.indexOf(channel, ...[d, r, c].slice(3 - sizes.length));
        cells.push({ flat, value: input.values[flat] ?? Number.NaN });
      }
    }
  }
  const [first] = cells;
  if (first === undefined) return { stopped: t('the window of {0} sees only padding', at.call.layer.name) };
  if (kind.operation === 'max') {
    const winner = cells.reduce((best, cell) => (cell.value > best.value ? cell : best), first);
    return { source: 0, flat: winner.flat, reason: 'winner', share: null };
  }
  const largest = largestPart(cells.map(({ value }) => value));
  return {
    source: 0,
    flat: cells[largest.index]?.flat ?? first.flat,
    reason: 'largestOfMean',
    share: largest.share
  };
}

function throughFlatten(channelsLastOrder: boolean, at: At): Step {
  if (!channelsLastOrder) return here('moved', at);
  const input = viewAs(at.input, 'channelsFirst');
  const position = coordinatesOf(at.flat, input.shape);
  const flat = input.indexOf(position.at(-1) ?? 0, ...position.slice(0, -1));
  return { source: 0, flat, reason: 'moved', share: null };
}

function moved(
  at: At,
  format: 'channelsFirst' | 'channelsLast',
  from: (place: number, axis: number) => number,
  name: string
): Step {
  const input = viewAs(at.input, format);
  const { channel, position } = placeOf(viewAs(at.output, format), at.flat);
  const source = position.map(from);
  const inside = source.every((place, axis) => place >= 0 && place < (input.shape[axis] ?? 0));
  if (!inside) return { stopped: t('it lies in the padding of {0}', name) };
  return { source: 0, flat: input.indexOf(channel, ...source), reason: 'moved', share: null };
}

function throughConcat(axisOfKind: number, at: At): Step {
  const axis = storedAxis(axisOfKind, at.output);
  const target = coordinatesOf(at.flat, at.output.stored);
  let along = target[axis] ?? 0;
  for (const [source, view] of at.inputs.entries()) {
    const size = view.stored[axis] ?? 0;
    if (along < size) {
      const place = target.map((own, n) => (n === axis ? along : own));
      return { source, flat: flatIndex(place, view.stored), reason: 'moved', share: null };
    }
    along -= size;
  }
  return { stopped: t('{0} joins values along the batch', at.call.layer.name) };
}

function throughMerge(operation: 'add' | 'subtract' | 'multiply' | 'average' | 'maximum' | 'minimum', at: At): Step {
  const target = coordinatesOf(at.flat, at.output.stored);
  if (at.inputs.some((view) => view.stored.length !== target.length))
    return { stopped: t('{0} stretches an input', at.call.layer.name) };
  const places = at.inputs.map((view) =>
    flatIndex(
      target.map((own, axis) => (view.stored[axis] === 1 ? 0 : own)),
      view.stored
    )
  );
  const values = places.map((flat, source) => at.inputs[source]?.values[flat] ?? Number.NaN);
  if (operation === 'maximum' || operation === 'minimum') {
    const extreme = operation === 'maximum' ? Math.max(...values) : Math.min(...values);
    const source = Math.max(0, values.indexOf(extreme));
    return { source, flat: places[source] ?? 0, reason: 'winner', share: null };
  }
  if (operation === 'multiply') return { stopped: t('{0} multiplies several values', at.call.layer.name) };
  const { index, share } = largestPart(values.map((value, i) => (operation === 'subtract' && i > 0 ? -value : value)));
  return { source: index, flat: places[index] ?? 0, reason: 'largestTerm', share };
}
