/** Attribution of one class of one session: from the request's words to maps with their measures and pictures. */
import { cam, type PositionMap } from '../../analyses/attribution/cam';
import { lookedAt, type Explainer, type Question } from '../../analyses/attribution/explainer';
import { integratedGradients, saliency, smoothGrad } from '../../analyses/attribution/gradients';
import { brightestTenth, enlargeMap, hottestWindow, overChannels } from '../../analyses/attribution/measures';
import { covered, meanOfValues, occlusion, planeOf } from '../../analyses/attribution/occlusion';
import { formatOf } from '../../analyses/layers';
import { mapView } from '../../analyses/maps';
import { inputsBehind } from '../../analyses/attribution/reach';
import type { DataFormat } from '../../core/shape';
import type { DenseTensor } from '../../core/tensor';
import { drawPlane, rangeFor } from '../../drawing/plane';
import { shrinkPlane } from '../../drawing/scale';
import { countCalls, valueKey, type Experiment } from '../../engine/experiment';
import type { Objective } from '../../engine/gradient';
import type { AttributionAsk, AttributionMap, BaselineName } from '../../protocol/why';
import type { Pixels } from '../../protocol/values';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { inputsOf, type Runner } from '../running';
import { layerOf, type Session } from '../session';
import { t } from '../../core/texts';

/** Pictures and values that travel are at most this many pixels a side. */
const largestSide = 512;

/** The input that is looked at: of those that the value `key` is computed from the first picture, else the first. */
export function inputIndex(session: Session, key: string): number {
  const all = session.ports.map((_, i) => i);
  const behind = inputsBehind(session.model, key) ?? all;
  return behind.find((i) => session.ports[i]?.role === 'image') ?? behind[0] ?? 0;
}

export function inputFormat(session: Session, input: number): DataFormat {
  return session.ports[input]?.channelsFirst === true ? 'channelsFirst' : 'channelsLast';
}

export function inputKey(session: Session, input: number): string {
  const { calls, inputs } = session.model.root;
  return valueKey(calls[inputs[input]?.call ?? -1]?.layer ?? '', 0);
}

/** The value of an output: its layer's key. */
export function outputKey(session: Session, output: number): { readonly key: string; readonly layer: string } {
  const { calls, outputs, layers } = session.model.root;
  const at = outputs[output]?.call ?? -1;
  const counts = new Map<string, number>();
  for (const call of calls.slice(0, at)) {
    const layer = layers.get(call.layer);
    if (layer !== undefined) countCalls(layer, counts);
  }
  const layer = calls[at]?.layer ?? '';
  return { layer, key: valueKey(layer, counts.get(layer) ?? 0) };
}

/** Whether an output is one row of classes or numbers, without places. */
export function isRow(shape: readonly number[]): boolean {
  return shape.slice(1).filter((size) => size !== 1).length <= 1;
}

/** A class's score; for an output with places, the mean of the channel over them. */
export function objectiveOf(
  session: Session,
  output: number,
  value: DenseTensor,
  index: number,
  score: 'logit' | 'probability'
): Objective {
  if (isRow(value.shape)) return { kind: 'class', output, index, score };
  const { key, layer } = outputKey(session, output);
  const format = formatOf(session.layers.get(layer), session.model);
  return { kind: 'channel', key, axis: format === 'channelsFirst' ? 1 : value.shape.length - 1, channel: index };
}

/** What is explained or shaken of an output's value: its numbers, or the mean of each channel where it has places. */
export function targetValues(session: Session, value: DenseTensor): Float32Array {
  if (isRow(value.shape)) return value.data;
  const view = mapView(value, formatOf(undefined, session.model));
  return Float32Array.from({ length: view.channels }, (_, c) => {
    const plane = view.channel(c);
    return plane.reduce((sum, one) => sum + one, 0) / Math.max(1, plane.length);
  });
}

export function explainerOf(session: Session, runner: Runner, context: HandlerContext): Explainer {
  return { gradient: (inputs, ask) => runner.gradient(session, inputs, ask, context) };
}

export interface Explained {
  readonly map: PositionMap;
  readonly view: AttributionMap;
}

/** One map for one class. @param experiment other weights for all of it */
export async function explain(
  session: Session,
  explainer: Explainer,
  ask: AttributionAsk,
  index: number,
  value: DenseTensor,
  onProgress: (share: number) => void,
  experiment?: Experiment
): Promise<Explained> {
  const at = inputIndex(session, outputKey(session, ask.output).key);
  const question: Question = {
    objective: objectiveOf(session, ask.output, value, index, ask.score),
    inputs: inputsOf(session),
    input: at,
    inputKey: inputKey(session, at),
    experiment,
    onProgress
  };
  const format = inputFormat(session, at);
  const input = lookedAt(question);
  const { map, signed, completeness } = await mapOf(session, explainer, ask, question, format);
  const plane = planeOf(input, format);
  const large = enlargeMap(map, plane);
  const score = await explainer.gradient(question.inputs, { objective: question.objective, at: [], experiment });
  const answer = { ...question, objective: objectiveOf(session, ask.output, value, index, 'probability') };
  const colormap = signed ? 'diverging' : 'viridis';
  const middle = map.values.subarray(Math.floor(map.slices / 2) * map.size[0] * map.size[1]);
  const small = shrinkPlane(middle.slice(0, map.size[0] * map.size[1]), map.size[1], map.size[0], largestSide);
  const range = rangeFor(small.values, colormap);
  return {
    map,
    view: {
      index,
      label: session.labels?.names[index] ?? null,
      score: score.objective[0] ?? 0,
      size: [small.height, small.width],
      values: small.values,
      range,
      colormap,
      raw: drawPlane(small.values, small.width, small.height, range, colormap),
      heat: heatOf(large, colormap),
      brightestTenth: brightestTenth(map.values),
      covered: await coverHottest(explainer, answer, input, large, {
        format,
        // The network as it is has answered already.
        before: experiment === undefined ? (targetValues(session, value)[index] ?? null) : null
      }),
      completeness
    }
  };
}

interface Mapped {
  readonly map: PositionMap;
  readonly signed: boolean;
  readonly completeness: AttributionMap['completeness'];
}

async function mapOf(
  session: Session,
  explainer: Explainer,
  { method, layer, occurrence, options }: AttributionAsk,
  question: Question,
  format: DataFormat
): Promise<Mapped> {
  const plain = (map: PositionMap, signed = false): Mapped => ({ map, signed, completeness: null });
  const input = lookedAt(question);
  switch (method) {
    case 'gradCam':
    case 'gradCamPlus': {
      const node = layerOf(session, layer ?? '');
      const key = valueKey(node.id, occurrence);
      return plain(await cam(explainer, question, { key, format: formatOf(node, session.model), method }));
    }
    case 'saliency':
      return plain(overChannels(await saliency(explainer, question), format, 'largest'));
    case 'smoothGrad':
      return plain(overChannels(await smoothGrad(explainer, question, options), format, 'largest'));
    case 'integrated': {
      const found = await integratedGradients(explainer, question, {
        steps: options.steps,
        baseline: baselineOf(input, options.baseline)
      });
      const completeness = { sum: found.sum, expected: found.score - found.baselineScore };
      return { map: overChannels(found.attribution, format, 'sum'), signed: true, completeness };
    }
    case 'occlusion': {
      const [height, width] = planeOf(input, format);
      const side = (length: number, wanted: number) => Math.max(1, Math.min(length, Math.round(wanted)));
      const map = await occlusion(explainer, question, {
        window: [side(height, options.window), side(width, options.window)],
        stride: [side(height, options.stride), side(width, options.stride)],
        fill: meanOfValues(input.data),
        format
      });
      return plain(map, true);
    }
  }
}

function baselineOf(input: DenseTensor, name: BaselineName): Float32Array {
  const fill = name === 'zero' ? 0 : name === 'mean' ? meanOfValues(input.data) : leastOf(input.data);
  return new Float32Array(input.data.length).fill(fill);
}

function leastOf(values: Float32Array): number {
  return values.reduce((least, value) => Math.min(least, value), Infinity);
}

/** At and above this share of the places' strengths the overlay has its full colour: a few sharp peaks must not hide the rest. */
const fullAbove = 0.99;

/**
 * The map in its colours, as opaque as it is strong (by the root, so that weaker places stay visible), on a scale that ends
 * at the 99th percentile of `|value|`, as SmoothGrad's authors draw theirs (Smilkov et al., 2017, section 3.2).
 */
export function heatOf({ size: [height, width], values }: PositionMap, colormap: 'viridis' | 'diverging'): Pixels {
  const small = shrinkPlane(values, width, height, largestSide);
  const strengths = small.values.map(Math.abs).sort();
  const high = strengths[Math.floor(fullAbove * (strengths.length - 1))] ?? 0;
  const limit = high > 0 ? high : Math.max(strengths.at(-1) ?? 0, 1e-30);
  const { min, max } = rangeFor(small.values, colormap);
  const range = { min: Math.max(min, -limit), max: Math.min(max, limit) };
  const drawn = drawPlane(small.values, small.width, small.height, range, colormap);
  for (let i = 0; i < small.values.length; i++) {
    drawn.rgba[4 * i + 3] = Math.round(255 * Math.sqrt(Math.min(1, Math.abs(small.values[i] ?? 0) / limit)));
  }
  return drawn;
}

/** What the class loses when the hottest fifth of a side squared is covered with the input's mean. */
async function coverHottest(
  explainer: Explainer,
  question: Question,
  input: DenseTensor,
  large: PositionMap,
  { format, before: known }: { readonly format: DataFormat; readonly before: number | null }
): Promise<AttributionMap['covered']> {
  const [height, width] = large.size;
  if (height * width < 4) return null;
  const side = (length: number) => Math.max(1, Math.round(length / 5));
  const window = hottestWindow(large, [side(height), side(width)]);
  const hidden = covered(input, window, { fill: meanOfValues(input.data), format });
  const at = { objective: question.objective, at: [], experiment: question.experiment };
  const before = known ?? (await explainer.gradient(question.inputs, at)).objective[0] ?? 0;
  const changed = question.inputs.map((own, i) => (i === question.input ? hidden : own));
  const after = await explainer.gradient(changed, at);
  return { ...window, before, after: after.objective[0] ?? 0 };
}

const answers = new WeakMap<
  Session,
  { readonly inputs: readonly DenseTensor[]; readonly outputs: readonly DenseTensor[] }
>();

/** An output with nothing changed, computed once for the inputs now set. @throws {RequestFailure} where there is none */
export async function plainOutput(
  session: Session,
  output: number,
  runner: Runner,
  context: HandlerContext
): Promise<DenseTensor> {
  const inputs = inputsOf(session);
  let known = answers.get(session);
  if (known === undefined || known.inputs.some((one, i) => one !== inputs[i])) {
    known = { inputs, outputs: await runner.outputs(session, { inputs }, context) };
    answers.set(session, known);
  }
  const value = known.outputs[output];
  if (value === undefined) throw inputFailure(session.model.name, t('gives no such output'), t('Open another model'));
  return value;
}
