/** The pooling view's requests, answered. */
import { answerChange } from '../../analyses/answerChange';
import { mapView, strongestChannel, type MapView } from '../../analyses/maps';
import { energyKept, keptShare, poolMap, type Pooled } from '../../analyses/pooling/pooled';
import { Tracer } from '../../analyses/pooling/provenance';
import { movementOf, movementUnder, relativeChange, shiftInput } from '../../analyses/pooling/shift';
import { swappedPooling } from '../../analyses/pooling/swap';
import { liftSizes, poolingAxes, type Pooling } from '../../analyses/pooling/windows';
import { viewAs } from '../../analyses/proofPlace';
import { statistics } from '../../analyses/statistics';
import { wiringOf, type WiredCall } from '../../analyses/wiring';
import type { DenseTensor } from '../../core/tensor';
import { valueKey, type Experiment } from '../../engine/experiment';
import type { PoolingRequests, ShiftedPool } from '../../protocol/effects/pooling';
import type { Volume, WindowAxes } from '../../protocol/effects/windows';
import type { HandlerContext, Handlers } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { inputsOf, type Ask, type Runner } from '../running';
import { layerOf, type Session, type Sessions } from '../session';
import { t } from '../../core/texts';

const tracesAtOnce = 256;
/** One map as numbers: about a megabyte. */
const longestVolume = 262_144;

/** A pooling with the value it reads and the value it gives. */
interface Place {
  readonly kind: Pooling;
  readonly source: WiredCall;
  readonly input: MapView;
  readonly output: MapView;
  readonly axes: WindowAxes;
  readonly key: string;
}

export function poolingHandlers(sessions: Sessions, runner: Runner): Handlers<PoolingRequests> {
  const placeOf = async (session: Session, layer: string, occurrence: number, signal: AbortSignal): Promise<Place> => {
    const { kind, name } = layerOf(session, layer);
    if (kind.kind !== 'pool' && kind.kind !== 'globalPool' && kind.kind !== 'adaptivePool')
      throw inputFailure(name, t('is no pooling layer'), t('Choose a pooling layer'));
    const key = valueKey(layer, occurrence);
    const wiring = wiringOf(session.model);
    const source = wiring.get(wiring.get(key)?.sources[0] ?? '');
    if (source === undefined)
      throw inputFailure(name, t('reads a value that cannot be named'), t('Choose another layer'));
    const input = viewAs(await runner.view(session, source.layer.id, source.occurrence, signal), kind.dataFormat);
    const output = viewAs(await runner.view(session, layer, occurrence, signal), kind.dataFormat);
    if (input.vector) throw inputFailure(name, t('reads a value without maps'), t('Choose another layer'));
    const axes = axesFor(kind, input, output);
    return { kind, source, input, output, axes, key };
  };
  return {
    poolingMap: async ({ model, layer, occurrence, channel }, { signal }) => {
      const place = await placeOf(sessions.get(model), layer, occurrence, signal);
      const { kind, input, output, axes } = place;
      const chosen = channelOf(place, channel ?? strongestChannel(input));
      const pooled = pool(kind, input.channel(chosen), axes);
      const energies = Array.from({ length: input.channels }, (_, c) => energyOf(kind, input, axes, c));
      const own = energies[chosen];
      const { min, max } = statistics(input.values);
      return {
        kind: kind.kind,
        operation: kind.operation,
        channel: chosen,
        channels: input.channels,
        rank: input.shape.length - 1,
        axes,
        input: volumeOf(input, chosen),
        output: volumeOf(output, chosen),
        winners: pooled.winners,
        divisors: pooled.divisors,
        kept: own === undefined ? null : keptShare([own]),
        keptInAll: keptShare(energies),
        range: { min, max },
        sourceName: place.source.layer.name
      };
    },
    poolingTraces: async ({ model, layer, occurrence, channel, cells }, { signal, progress }) => {
      const session = sessions.get(model);
      const { kind, output } = await placeOf(session, layer, occurrence, signal);
      const count = output.vector ? 1 : output.channel(0).length;
      if (cells.length > tracesAtOnce || cells.some((cell) => !(cell >= 0 && cell < count)))
        throw inputFailure(kind.kind, t('has no such cells'), t('Ask for others'));
      const tracer = new Tracer(session.model, (id, at) => runner.view(session, id, at, signal), signal);
      const traces = [];
      for (const cell of cells) {
        traces.push(await tracer.trace(layer, occurrence, channel, cell));
        if (traces.length % 8 > 0) continue;
        progress({ share: traces.length / cells.length, message: t('following the winners back') });
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      return traces;
    },
    poolingSwap: async ({ model, layer, occurrence, channel, choice }, context) => {
      const session = sessions.get(model);
      const place = await placeOf(session, layer, occurrence, context.signal);
      const kind = swappedPooling(place.kind, choice, place.input.shape.slice(0, -1));
      if (kind === null) throw inputFailure(layer, t('has no such variant'), t('Choose another'));
      const source = valueKey(place.source.layer.id, place.source.occurrence);
      const given = tensorOf(place.input);
      const experiment: Experiment = { kinds: new Map([[layer, kind]]), values: new Map([[source, given]]) };
      const { values, answer } = await passWith(session, [place.key], { experiment }, context);
      const swapped = viewOf(values.get(place.key), place.kind.dataFormat);
      const axes = axesFor(kind, place.input, swapped);
      return {
        output: volumeOf(swapped, channelOf(place, channel)),
        kept: keptShare(Array.from({ length: place.input.channels }, (_, c) => energyOf(kind, place.input, axes, c))),
        answer: await changeTo(session, answer, context),
        change: relativeChange(place.output.values, swapped.values),
        pads: kind.kind === 'pool' && kind.padding.type === 'explicit' ? kind.padding.pads : []
      };
    },
    poolingShift: async ({ model, layer, occurrence, channel, down, right }, context) => {
      const session = sessions.get(model);
      const place = await placeOf(session, layer, occurrence, context.signal);
      const first = session.ports[0]?.channelsFirst ?? false;
      const inputs = inputsOf(session).map((tensor, i) => (i === 0 ? shiftInput(tensor, down, right, first) : tensor));
      const source = valueKey(place.source.layer.id, place.source.occurrence);
      const { values, answer } = await passWith(session, [source, place.key], { inputs }, context);
      const seen = (key: string) => viewOf(values.get(key), place.kind.dataFormat);
      const [input, output] = [seen(source), seen(place.key)];
      const all = Array.from({ length: input.channels }, (_, c) => c);
      const one = channelOf(place, channel);
      return {
        before: movementOf(place.input, input, all),
        after: movementOf(place.output, output, all),
        mapBefore: movementOf(place.input, input, [one]),
        mapAfter: movementOf(place.output, output, [one]),
        input: volumeOf(input, one),
        output: volumeOf(output, one),
        others: othersOf(place, input),
        answer: await changeTo(session, answer, context)
      };
    }
  };

  /** The values asked for and the first output, of one pass where the output is the value of a layer. */
  async function passWith(session: Session, wanted: readonly string[], ask: Ask, context: HandlerContext) {
    const output = outputOf(session);
    const keys = output === null ? wanted : [...wanted, output.key];
    const values = await runner.values(session, new Set(keys), ask, context);
    const [answer] = output === null ? await runner.outputs(session, ask, context) : [values.get(output.key)];
    return { values, answer };
  }

  async function changeTo(session: Session, after: DenseTensor | undefined, context: HandlerContext) {
    const empty: DenseTensor = { shape: [1, 0], data: new Float32Array() };
    return answerChange(await answerNow(session, context), after ?? empty, session.labels?.names ?? null);
  }

  /** The first output for the inputs now set. */
  async function answerNow(session: Session, context: HandlerContext): Promise<DenseTensor> {
    const output = outputOf(session);
    if (output !== null) return runner.value(session, output.layer, output.occurrence, context.signal);
    const [whole] = await runner.outputs(session, {}, context);
    return whole ?? { shape: [1, 0], data: new Float32Array() };
  }
}

/** The call whose value the model's first output is; `null` for a nested model and for a layer's second output. */
function outputOf({
  model
}: Session): { readonly key: string; readonly layer: string; readonly occurrence: number } | null {
  const ref = model.root.outputs[0];
  const layer = model.root.calls[ref?.call ?? -1]?.layer;
  if (ref === undefined || ref.output > 0 || layer === undefined) return null;
  const occurrence = model.root.calls.filter((call) => call.layer === layer && call.id < ref.call).length;
  const key = valueKey(layer, occurrence);
  return wiringOf(model).has(key) ? { key, layer, occurrence } : null;
}

/** What a moved input would have changed behind the other poolings. @param moved the layer's input then. */
function othersOf({ kind, input, output }: Place, moved: MapView): ShiftedPool['others'] {
  const sizes = input.shape.slice(0, -1);
  const strided = kind.kind === 'pool' && kind.strides.some((stride) => stride > 1);
  const operations = (['max', 'average', 'first'] as const).filter(
    (operation) => operation !== kind.operation && (operation !== 'first' || strided)
  );
  return operations.flatMap((operation) => {
    const other = swappedPooling(kind, { operation, size: null }, sizes);
    if (other === null) return [];
    const axes = poolingAxes(other, sizes, output.vector ? [] : output.shape.slice(0, -1));
    return [{ operation, movement: movementUnder(other, input, moved, axes) }];
  });
}

function axesFor(kind: Pooling, input: MapView, output: MapView): WindowAxes {
  return poolingAxes(kind, input.shape.slice(0, -1), output.vector ? [] : output.shape.slice(0, -1));
}

function viewOf(tensor: DenseTensor | undefined, format: Pooling['dataFormat']): MapView {
  return mapView(tensor ?? { shape: [1, 0], data: new Float32Array() }, format);
}

/** The value with its batch axis, as the engine reads it. */
function tensorOf(view: MapView): DenseTensor {
  return { shape: [1, ...view.stored], data: view.values };
}

function pool(kind: Pooling, values: Float32Array, axes: WindowAxes): Pooled {
  return poolMap(values, axes, kind.operation, kind.kind === 'pool' && kind.countIncludePad);
}

function energyOf(kind: Pooling, input: MapView, axes: WindowAxes, channel: number) {
  const values = input.channel(channel);
  return energyKept(values, axes, pool(kind, values, axes), kind.operation);
}

function channelOf({ input, key }: Place, channel: number): number {
  if (!(channel >= 0 && channel < input.channels)) throw inputFailure(key, t('has no such map'), t('Ask for another'));
  return channel;
}

function volumeOf(view: MapView, channel: number): Volume {
  const values = view.vector ? Float32Array.of(view.at(channel)) : view.channel(channel);
  if (values.length > longestVolume)
    throw inputFailure('map', t('is too large to be shown cell by cell'), t('Choose a deeper layer'));
  return { size: view.vector ? [1, 1, 1] : liftSizes(view.shape.slice(0, -1)), values };
}
