/** The requests that set two networks side by side, answered. */
import { answerChange } from '../../analyses/answerChange';
import { alignLayers } from '../../analyses/compare/align';
import { kernelDifference, mapDifference } from '../../analyses/compare/difference';
import { loadKernel, type LoadedKernel } from '../../analyses/kernels';
import { mapView, type MapView } from '../../analyses/maps';
import { formatOf } from '../../analyses/layers';
import { drawPlane } from '../../drawing/plane';
import { valueKey } from '../../engine/experiment';
import type { CompareRequests, PairOfLayers } from '../../protocol/compare';
import type { HandlerContext, Handlers } from '../../protocol/rpc';
import type { DataSets } from '../data';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import { layerOf, type Session, type Sessions } from '../session';
import { compareOverSet } from './overSet';
import { shareInputs } from './sameInput';
import { twinOf } from './twin';
import { t } from '../../core/texts';

const tilesAtOnce = 1024;
/** Values held at a time: few enough for large networks, many enough to need few passes. */
const layersAtOnce = 12;

export function compareHandlers(sessions: Sessions, runner: Runner, data: DataSets): Handlers<CompareRequests> {
  const pairs = new PairCache(runner);
  return {
    openTwin: async ({ model, source }) => {
      const original = sessions.get(model);
      const { session, prepared } = await twinOf(original, sessions.newId(), source);
      return { opened: sessions.adopt(session).opened, prepared };
    },
    compareModels: async ({ model, other }, context) => {
      const [a, b] = [sessions.get(model), sessions.get(other)];
      const alignment = alignLayers(a.opened.summary.layers, b.opened.summary.layers);
      const compared: PairOfLayers[] = [];
      for (const pair of alignment.pairs) {
        context.signal.throwIfAborted();
        context.progress({ share: compared.length / alignment.pairs.length, message: pair.a });
        const left = await loadKernel(layerOf(a, pair.a), undefined, context.signal);
        const right = await loadKernel(layerOf(b, pair.b), left?.role, context.signal);
        const kernels = left === null || right === null ? null : kernelDifference(left.view, right.view);
        compared.push({ ...pair, kernels });
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { pairs: compared, onlyA: alignment.onlyA, onlyB: alignment.onlyB };
    },
    compareAnswers: async ({ model, other }, context) => {
      const [a, b] = [sessions.get(model), sessions.get(other)];
      const prepared = prepareOther(a, b);
      if (prepared === null)
        return { kind: 'not compared', reason: t('the two networks do not read the same kind of input') };
      const [before] = await runner.outputs(a, {}, context);
      const [after] = await runner.outputs(b, {}, context);
      if (before === undefined || after === undefined || before.data.length !== after.data.length) {
        const sizes = [before, after].map((one) => (one?.shape.slice(1) ?? []).join(' × '));
        return { kind: 'not compared', reason: t('the outputs differ in size: {0}', sizes.join(' against ')) };
      }
      return {
        kind: 'compared',
        change: answerChange(before, after, a.labels?.names ?? b.labels?.names ?? null),
        prepared
      };
    },
    compareOverSet: ({ model, other, ...question }, context) =>
      compareOverSet(sessions.get(model), sessions.get(other), question, { runner, data }, context),
    compareMaps: async ({ model, other, a, b }, context) => {
      const [left, right] = await pairs.maps(sessions.get(model), sessions.get(other), a, b, context);
      return mapDifference(left, right);
    },
    compareAllMaps: async ({ model, other, pairs: asked }, context) => {
      const [left, right] = [sessions.get(model), sessions.get(other)];
      demandOther(left, right);
      const apart: (number | null)[] = [];
      for (let from = 0; from < asked.length; from += layersAtOnce) {
        const part = asked.slice(from, from + layersAtOnce);
        const a = await viewsOf(runner, left, new Set(part.map((pair) => pair.a)), context);
        const b = await viewsOf(runner, right, new Set(part.map((pair) => pair.b)), context);
        for (const pair of part) {
          const [one, two] = [a.get(pair.a), b.get(pair.b)];
          const gap = one === undefined || two === undefined ? null : mapDifference(one, two);
          apart.push(gap?.comparable === true ? gap.relative : null);
        }
        context.progress({ share: apart.length / asked.length, message: part.at(-1)?.a ?? '' });
      }
      return apart;
    },
    differenceTiles: async ({ model, other, a, b, of, channels }, context) => {
      const [left, right] = [sessions.get(model), sessions.get(other)];
      if (channels.length > tilesAtOnce) throw inputFailure(a, t('has no such channels'), t('Ask for fewer'));
      const planes =
        of === 'maps'
          ? mapPlanes(await pairs.maps(left, right, a, b, context))
          : kernelPlanes(await pairs.kernels(left, right, a, b, context));
      const range = { min: -planes.limit, max: planes.limit };
      return {
        tiles: channels.map((channel) =>
          drawPlane(planes.at(channel), planes.width, planes.height, range, 'diverging')
        ),
        ranges: channels.map(() => range)
      };
    }
  };
}

interface Planes {
  readonly width: number;
  readonly height: number;
  readonly limit: number;
  at(channel: number): Float32Array;
}

function mapPlanes([a, b]: readonly [MapView, MapView]): Planes {
  if (a.shape.join() !== b.shape.join())
    throw inputFailure('maps', t('have different sizes'), t('Choose another pair'));
  const slice = Math.floor(a.slices / 2);
  const gap = (left: Float32Array, right: Float32Array) => right.map((value, i) => value - (left[i] ?? 0));
  return {
    width: a.size[1],
    height: a.size[0],
    limit: largest(gap(a.values, b.values)),
    at: (channel) => gap(a.plane(channel, slice), b.plane(channel, slice))
  };
}

/** The mean over the input channels of each filter's difference; the plane itself where there is one. */
function kernelPlanes([a, b]: readonly [LoadedKernel, LoadedKernel]): Planes {
  const { view } = a;
  const other = b.view;
  if (view.outputs !== other.outputs || view.inputs !== other.inputs || view.spatial.join() !== other.spatial.join()) {
    throw inputFailure('kernels', t('have different sizes'), t('Choose another pair'));
  }
  const [height, width] = view.spatial.length === 2 ? view.spatial : [1, view.spatial.reduce((x, y) => x * y, 1)];
  const at = (channel: number) => {
    const mean = new Float32Array((height ?? 1) * (width ?? 1));
    for (let input = 0; input < view.inputs; input++) {
      const [left, right] = [view.plane(channel, input), other.plane(channel, input)];
      mean.forEach((value, i) => (mean[i] = value + ((right[i] ?? 0) - (left[i] ?? 0)) / view.inputs));
    }
    return mean;
  };
  const limit = Math.max(0, ...Array.from({ length: view.outputs }, (_, channel) => largest(at(channel))));
  return { width: width ?? 1, height: height ?? 1, limit, at };
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/** A twin has an input of its own; another network gets the first one's. */
function prepareOther(session: Session, other: Session): string | null {
  if (other.model === session.model) return t('two pictures');
  return shareInputs(session, other);
}

function demandOther(session: Session, other: Session): void {
  if (prepareOther(session, other) !== null) return;
  throw inputFailure(other.model.name, t('does not read the same kind of input'), t('Compare the kernels instead'));
}

/** The last pair asked for: scrolling a sheet asks for the same one again and again. */
class PairCache {
  private mapKey = '';
  private mapPair: Promise<readonly [MapView, MapView]> | null = null;
  private kernelKey = '';
  private kernelPair: Promise<readonly [LoadedKernel, LoadedKernel]> | null = null;

  constructor(private readonly runner: Runner) {}

  maps(left: Session, right: Session, a: string, b: string, context: HandlerContext) {
    demandOther(left, right);
    const given = (session: Session) => session.inputs.get(0)?.tensor;
    const key = `${left.id} ${right.id} ${a} ${b}`;
    const fresh = given(left) === this.inputs[0] && given(right) === this.inputs[1];
    if (this.mapPair === null || key !== this.mapKey || !fresh) {
      this.mapKey = key;
      this.inputs = [given(left), given(right)];
      this.mapPair = Promise.all([this.mapsOf(left, a, context), this.mapsOf(right, b, context)]);
      this.mapPair.catch(() => (this.mapPair = null));
    }
    return this.mapPair;
  }

  kernels(left: Session, right: Session, a: string, b: string, { signal }: HandlerContext) {
    const key = `${left.id} ${right.id} ${a} ${b}`;
    if (this.kernelPair === null || key !== this.kernelKey) {
      this.kernelKey = key;
      this.kernelPair = loadBoth(left, right, a, b);
      this.kernelPair.catch(() => (this.kernelPair = null));
    }
    signal.throwIfAborted();
    return this.kernelPair;
  }

  private inputs: readonly unknown[] = [];

  private async mapsOf(session: Session, layer: string, context: HandlerContext): Promise<MapView> {
    const view = (await viewsOf(this.runner, session, new Set([layer]), context)).get(layer);
    if (view === undefined) throw inputFailure(layer, t('was not computed'), t('Choose another layer'));
    return view;
  }
}

/** The maps of the first call of each layer, by layer. */
async function viewsOf(runner: Runner, session: Session, layers: ReadonlySet<string>, context: HandlerContext) {
  const keys = new Map([...layers].map((layer) => [valueKey(layer, 0), layer]));
  const values = await runner.values(session, new Set(keys.keys()), {}, context);
  const views = new Map<string, MapView>();
  for (const [key, layer] of keys) {
    const value = values.get(key);
    if (value !== undefined) views.set(layer, mapView(value, formatOf(session.layers.get(layer), session.model)));
  }
  return views;
}

async function loadBoth(left: Session, right: Session, a: string, b: string) {
  const first = await loadKernel(layerOf(left, a));
  const second = await loadKernel(layerOf(right, b), first?.role);
  if (first === null || second === null) throw inputFailure(a, t('has no kernel'), t('Choose a layer with one'));
  return [first, second] as const;
}
