/** What a channel looks for: a picture made to please it, and the pictures of a data set that do. */
import { batchSize } from '../../analyses/attribution/explainer';
import { maximise } from '../../analyses/attribution/maximise';
import { asPlaces, planeOf } from '../../analyses/attribution/occlusion';
import { formatOf } from '../../analyses/layers';
import { mapView } from '../../analyses/maps';
import { inputWindow } from '../../core/receptiveField';
import type { DataFormat } from '../../core/shape';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { drawPlane, drawRgb, finiteRange } from '../../drawing/plane';
import { valueKey } from '../../engine/experiment';
import type { Preprocessing } from '../../protocol/inputs';
import type { Pixels, ValueRange } from '../../protocol/values';
import type { ExcitingPicture, MaximisedPicture, WhyRequests } from '../../protocol/why';
import type { HandlerContext } from '../../protocol/rpc';
import { spreadIndices, type DataSets } from '../data';
import { inputFailure } from '../problem';
import { inputsOf, type Runner } from '../running';
import { givenShapes, layerOf, type Session } from '../session';
import { explainerOf, inputFormat, inputIndex, inputKey } from './explain';
import { t } from '../../core/texts';

const most = 9;
const pictureEvery = 4;

export async function maximisePicture(
  session: Session,
  runner: Runner,
  params: WhyRequests['maximise']['params'],
  context: HandlerContext
): Promise<MaximisedPicture> {
  const { layer, occurrence, channel, steps, seed, l2, totalVariation, jitter } = params;
  const node = layerOf(session, layer);
  const inputs = inputsOf(session);
  const key = valueKey(layer, occurrence);
  const input = inputIndex(session, key);
  const own = inputs[input];
  if (own === undefined) throw inputFailure(session.model.name, t('has no input'), t('Open another model'));
  const explainer = explainerOf(session, runner, context);
  const format = inputFormat(session, input);
  const rank = (await runner.value(session, layer, occurrence, context.signal)).shape.length;
  const first = formatOf(node, session.model) === 'channelsFirst' && rank > 2;
  const preprocessing = session.inputs.get(input)?.prepared.preprocessing ?? null;
  const activations: number[] = [];
  const found = await maximise(
    {
      gradient: ([value], ask) =>
        explainer.gradient(value === undefined ? inputs : inputs.map((one, i) => (i === input ? value : one)), ask)
    },
    {
      objective: { kind: 'channel', key, axis: first ? 1 : rank - 1, channel },
      inputKey: inputKey(session, input),
      shape: [1, ...own.shape.slice(1)],
      format,
      steps,
      seed,
      l2,
      totalVariation,
      jitter,
      range: rangeOf(own, preprocessing)
    },
    (step, value, activation) => {
      activations.push(activation);
      const partial =
        step % pictureEvery === 0
          ? { ...pictureOf(value, format, preprocessing), activations: [...activations] }
          : undefined;
      context.progress({ share: step / Math.max(1, steps), message: `${step} / ${steps}`, partial });
    }
  );
  return { ...pictureOf(found.input, format, preprocessing), activations: found.activations };
}

/** What a pixel may be after the preprocessing that is set; without one, what the input's values span. */
function rangeOf({ data }: DenseTensor, preprocessing: Preprocessing | null): readonly [number, number] {
  switch (preprocessing?.normalization) {
    case '0..1':
      return [0, 1];
    case '-1..1':
      return [-1, 1];
    case '0..255':
      return [0, 255];
    case 'imagenet':
      return [-2.1, 2.6];
    case 'caffe':
      return [-124, 151];
    default: {
      const { min, max } = finiteRange(data);
      return max > min ? [min, max] : [min - 1, min + 1];
    }
  }
}

function pictureOf(
  value: DenseTensor,
  format: DataFormat,
  preprocessing: Preprocessing | null
): { readonly pixels: Pixels; readonly range: ValueRange } {
  const view = mapView(asPlaces(value), value.shape.length === 2 ? 'channelsLast' : format);
  // A picture of one value is drawn as dark or bright as that value is.
  const found = finiteRange(value.data);
  const [low, high] = rangeOf(value, preprocessing);
  const range = found.max > found.min ? found : { min: low, max: high };
  const [height, width] = view.size;
  if (view.channels !== 3)
    return { range, pixels: drawPlane(view.plane(0, Math.floor(view.slices / 2)), width, height, range, 'gray') };
  const order = preprocessing?.colour === 'bgr' || preprocessing?.normalization === 'caffe' ? [2, 1, 0] : [0, 1, 2];
  const planes = order.map((channel) => view.plane(channel, 0));
  const values = Float32Array.from({ length: 3 * height * width }, (_, i) => planes[i % 3]?.[Math.floor(i / 3)] ?? 0);
  return { range, pixels: drawRgb(values, width, height, range) };
}

export async function excitingPictures(
  session: Session,
  runner: Runner,
  data: DataSets,
  params: WhyRequests['excitingPictures']['params'],
  context: HandlerContext
): Promise<WhyRequests['excitingPictures']['result']> {
  const { layer, occurrence, channel, count } = params;
  const node = layerOf(session, layer);
  const key = valueKey(layer, occurrence);
  const format = formatOf(node, session.model);
  const set = await data.get(session, params.dataSet);
  const indices = spreadIndices(set.size, count);
  const found: (Omit<ExcitingPicture, 'window' | 'crop'> & { readonly position: readonly number[] })[] = [];
  const input = inputIndex(session, key);
  const own = inputsOf(session)[input];
  const values = elementCount(own?.shape ?? []);
  const size = batchSize(4 * values);
  let looked = 0;
  for (let start = 0; start < indices.length; start += size) {
    context.signal.throwIfAborted();
    const batch = await data.batch(session, set, indices.slice(start, start + size));
    const given = await runner.values(session, new Set([key]), { inputs: [batch.inputs] }, context);
    const tensor = given.get(key);
    if (tensor === undefined) continue;
    const length = elementCount(tensor.shape.slice(1));
    for (const [n, index] of batch.indices.entries()) {
      const one = { shape: [1, ...tensor.shape.slice(1)], data: tensor.data.subarray(n * length, (n + 1) * length) };
      const view = mapView(one, format);
      if (channel >= view.channels) throw inputFailure(layer, t('has no such channel'), t('Choose another'));
      const preview = batch.previews[n];
      if (preview !== undefined)
        found.push({ index, preview, ...strongest(view.channel(channel), one.shape, view.vector, format) });
    }
    looked += batch.indices.length;
    found.sort((a, b) => b.value - a.value || a.index - b.index).splice(most);
    context.progress({ share: Math.min(1, (start + size) / indices.length), message: set.title });
  }
  const plane = planeOf(
    { shape: [1, ...(own?.shape.slice(1) ?? [])], data: new Float32Array() },
    inputFormat(session, input)
  );
  const shapes = givenShapes(session);
  const pictures = found.map(({ position, ...one }): ExcitingPicture => {
    const window = position.length === 0 ? null : inputWindow(session.model, layer, occurrence, position, shapes);
    const fits = one.preview.height === plane[0] && one.preview.width === plane[1];
    return { ...one, window, crop: window === null || !fits ? null : cropOf(one.preview, window) };
  });
  return { dataSet: set.title, looked, pictures };
}

/** The greatest value of a map and its place. */
function strongest(map: Float32Array, shape: readonly number[], vector: boolean, format: string) {
  let at = 0;
  map.forEach((value, i) => {
    if (value > (map[at] ?? 0)) at = i;
  });
  const space = vector ? [] : format === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
  const position: number[] = [];
  let rest = at;
  for (let axis = space.length - 1; axis >= 0; axis--) {
    const length = space[axis] ?? 1;
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return { value: map[at] ?? 0, position };
}

function cropOf(picture: Pixels, [top, left, bottom, right]: readonly [number, number, number, number]): Pixels {
  const width = Math.max(1, right - left);
  const height = Math.max(1, bottom - top);
  const rgba = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 4 * ((top + y) * picture.width + left);
    rgba.set(picture.rgba.subarray(from, from + 4 * width), 4 * y * width);
  }
  return { width, height, rgba };
}
