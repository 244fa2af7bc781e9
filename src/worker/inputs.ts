/** Turning what a person gives (file, bytes, drawing, sample, noise) into an input tensor with a preview. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { guessPreprocessing } from '../analyses/inputs';
import { mapView } from '../analyses/maps';
import { statistics } from '../analyses/statistics';
import { createRandom } from '../core/random';
import { elementCount, type DenseTensor } from '../core/tensor';
import type { DataSet } from '../data/dataSet';
import { drawLine } from '../drawing/lines';
import { drawPlane, finiteRange } from '../drawing/plane';
import { hasLightBorder } from '../images/border';
import { decodeImage, onWhite } from '../images/decode';
import { isNpy, readNpy } from '../images/npy';
import { preprocess, visibleInput } from '../images/preprocess';
import { fitTo } from '../images/resize';
import type { RgbaImage } from '../images/types';
import type { InputSource, Preprocessing, SampleInfo } from '../protocol/inputs';
import type { InputPort } from '../protocol/requests';
import type { Pixels } from '../protocol/values';
import { inputFailure, valueOf } from './problem';
import { sampleTitle } from './sampleTitles';
import type { GivenInput, Session } from './session';
import { t } from '../core/texts';

const sampleThumbnail = 48;
const plain: Preprocessing = { fit: 'stretch', normalization: 'none', colour: 'rgb', invert: false };
const largestInput = 512_000_000;

/** @throws {RequestFailure} with one clear line where the source cannot be used for this input. */
export async function prepareInput(
  session: Session,
  index: number,
  source: InputSource,
  chosen: Preprocessing | null
): Promise<GivenInput> {
  const port = session.ports[index];
  if (port === undefined) throw inputFailure(session.model.name, t('has no input {0}', index), t('Choose another'));
  if (source.kind === 'noise') return fromTensor(index, port, noise(port, source.seed), 'noise');
  if (source.kind === 'drawing') {
    const { width, height, rgba } = source.pixels;
    if (rgba.length !== width * height * 4 || rgba.length === 0)
      throw inputFailure('drawing', t('is empty'), t('Draw something'));
    return fromImage(session, index, onWhite({ width, height, data: rgba }), 'drawing', chosen);
  }
  const [label, bytes] = await bytesOf(source);
  if (isNpy(bytes)) return fromTensor(index, port, fitArray(valueOf(readNpy(bytes, label)), port, label), label);
  return fromImage(session, index, valueOf(await decodeImage(bytes, label)), label, chosen);
}

async function bytesOf(source: Exclude<InputSource, { kind: 'noise' | 'drawing' }>): Promise<[string, Uint8Array]> {
  if (source.kind === 'bytes') return [source.name, source.bytes];
  if (source.kind === 'sample') {
    const sample = (await sampleList()).find(({ id }) => id === source.id);
    if (sample === undefined) throw inputFailure(source.id, t('is no sample'), t('Choose another'));
    return [sampleTitle(sample), await readFile(join(sampleFolder(), sample.file))];
  }
  const facts = await stat(source.path).catch(() => null);
  if (facts?.isFile() !== true) throw inputFailure(source.path, t('cannot be found'), t('Check the path'));
  if (facts.size > largestInput) throw inputFailure(source.path, t('is larger than 512 MB'), t('Use a smaller one'));
  return [basename(source.path), await readFile(source.path)];
}

function fromImage(
  session: Session,
  index: number,
  image: RgbaImage,
  label: string,
  chosen: Preprocessing | null
): GivenInput {
  const port = session.ports[index];
  if (port?.role !== 'image') {
    const shape = port?.shape.map((size) => size ?? '?').join(' x ') ?? '?';
    throw inputFailure(
      label,
      t('is a picture, but this input takes {0} numbers', shape),
      t('Use a .npy array or noise')
    );
  }
  const guess = guessPreprocessing(session.model, port, hasLightBorder(image));
  const preprocessing = chosen ?? guess.preprocessing;
  const seen = visibleInput(image, port, preprocessing);
  const tensor = preprocess(image, port, preprocessing);
  return {
    tensor,
    image,
    prepared: {
      input: index,
      label,
      preview: { width: seen.width, height: seen.height, rgba: seen.data },
      statistics: statistics(tensor.data),
      preprocessing,
      reason: chosen === null ? guess.reason : t('chosen by you'),
      originalSize: [image.width, image.height]
    }
  };
}

function fromTensor(index: number, port: InputPort, tensor: DenseTensor, label: string): GivenInput {
  return {
    tensor,
    image: null,
    prepared: {
      input: index,
      label,
      preview: arrayPreview(tensor, port),
      statistics: statistics(tensor.data),
      preprocessing: plain,
      reason: t('numbers go in as they are'),
      originalSize: null
    }
  };
}

function arrayPreview(tensor: DenseTensor, port: InputPort): Pixels {
  const view = mapView(tensor, port.channelsFirst ? 'channelsFirst' : 'channelsLast');
  if (view.vector || view.size[0] === 1) {
    const line = view.vector ? view.values.subarray(0, 512) : view.channel(0).subarray(0, 512);
    return drawLine(line, finiteRange(line));
  }
  const plane = view.plane(0, Math.floor(view.slices / 2));
  return drawPlane(plane, view.size[1], view.size[0], finiteRange(plane), 'gray');
}

/** An array with or without its batch axis, of which the first entry is taken; sizes must match. */
function fitArray(array: DenseTensor, port: InputPort, label: string): DenseTensor {
  const rank = port.shape.length;
  const inner = array.shape.length === rank + 1 ? array.shape.slice(1) : array.shape;
  const fits = inner.length === rank && inner.every((size, i) => port.shape[i] === null || port.shape[i] === size);
  const length = elementCount(inner);
  if (!fits || length === 0 || array.data.length < length) {
    const wanted = port.shape.map((size) => size ?? '?').join(', ');
    throw inputFailure(
      label,
      t('has the shape ({0}), the input takes ({1})', array.shape.join(', '), wanted),
      t('Reshape it')
    );
  }
  return { shape: [1, ...inner], data: array.data.slice(0, length) };
}

const freeSize = 64;

function noise(port: InputPort, seed: number): DenseTensor {
  const shape = [1, ...port.shape.map((size) => size ?? freeSize)];
  const random = createRandom(seed);
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.uniform()) };
}

interface Sample {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly tags: readonly string[];
}

function sampleFolder(): string {
  const places = [join(__dirname, '..', 'media', 'samples'), join(__dirname, '..', '..', 'media', 'samples')];
  return places.find((place) => existsSync(place)) ?? join(__dirname, 'samples');
}

async function sampleList(): Promise<Sample[]> {
  const text = await readFile(join(sampleFolder(), 'index.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as Sample[]; // The program's own file.
}

/** A sample picture by its id. @throws {RequestFailure} where there is none. */
export async function sampleImage(id: string): Promise<RgbaImage> {
  const [label, bytes] = await bytesOf({ kind: 'sample', id });
  return onWhite(valueOf(await decodeImage(bytes, label)));
}

/** The sample pictures that fit an input, as a data set without classes. */
export async function sampleSet(port: InputPort): Promise<DataSet> {
  const samples = (await sampleList()).filter((sample) => fitsPort(sample, port));
  return {
    id: 'samples',
    title: t('Sample pictures'),
    size: samples.length,
    classNames: null,
    label: () => null,
    image: async (index) => {
      const file = samples[index]?.file ?? '';
      return decodeImage(await readFile(join(sampleFolder(), file)), file);
    }
  };
}

/** The gallery, fitting samples first. */
export async function samplesFor(port: InputPort): Promise<SampleInfo[]> {
  const infos: SampleInfo[] = [];
  for (const sample of await sampleList()) {
    const image = await decodeImage(await readFile(join(sampleFolder(), sample.file)), sample.file);
    if (!image.ok) continue;
    const small = fitTo(image.value, sampleThumbnail, sampleThumbnail, 'cover');
    const thumbnail = { width: sampleThumbnail, height: sampleThumbnail, rgba: small.data };
    infos.push({ id: sample.id, title: sampleTitle(sample), fits: fitsPort(sample, port), thumbnail });
  }
  return [...infos.filter(({ fits }) => fits), ...infos.filter(({ fits }) => !fits)];
}

/** Digits for small grey inputs, drawn shapes for small colour ones, photographs (grey where one channel is read) else. */
function fitsPort(sample: Sample, port: InputPort): boolean {
  if (port.role !== 'image') return false;
  if (port.channels === 1 && (port.height ?? 28) <= 64) return sample.tags.includes('digit');
  return sample.tags.includes((port.height ?? 224) <= 40 ? 'shape' : 'photo');
}
