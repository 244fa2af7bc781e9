/**
 * The lists of class names that come with the program, where they fit, and the two cases in which one is used unasked.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../core/model';
import { fail, ok, type Result } from '../core/result';
import type { ModelSummary } from '../core/summary';
import type { LabelChoice } from '../protocol/running';
import { inputPorts } from './inputs';
import { parseLabels } from './labels';
import { allLayers, formatOf } from './layers';

interface List {
  readonly id: string;
  readonly title: string;
  readonly count: number;
  /** `null` where the names stand in a file. */
  readonly names: readonly string[] | null;
}

const lists: readonly List[] = [
  list('digits', 'Digits 0 to 9', ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']),
  list('fashion-mnist', 'Fashion-MNIST', [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot'
  ]),
  list('cifar10', 'CIFAR-10', [
    'airplane',
    'automobile',
    'bird',
    'cat',
    'deer',
    'dog',
    'frog',
    'horse',
    'ship',
    'truck'
  ]),
  list('shapes', 'Shapes (the sample)', ['circle', 'square', 'triangle', 'cross', 'ring', 'stripes']),
  { id: 'imagenet', title: 'ImageNet', count: 1000, names: null },
  // TensorFlow-Slim's and TF Hub's classifiers count the background as class 0.
  { id: 'imagenet-background', title: 'ImageNet after a background class', count: 1001, names: null }
];

function list(id: string, title: string, names: readonly string[]): List {
  return { id, title, count: names.length, names };
}

/** Beside the bundle's folder, or the sources'. */
function labelsFolder(): string {
  const places = [join(__dirname, '..', 'media', 'labels'), join(__dirname, '..', '..', 'media', 'labels')];
  return places.find((place) => existsSync(place)) ?? join(__dirname, 'labels');
}

/** The names of one list in class order. */
export async function builtinLabels(id: string): Promise<Result<readonly string[]>> {
  const found = lists.find((one) => one.id === id);
  if (found === undefined) {
    const remedy = `Use one of ${lists.map((one) => one.id).join(', ')}`;
    return fail({ file: id, problem: 'there is no built-in list of this name', remedy });
  }
  if (found.names !== null) return ok(found.names);
  const file = join(labelsFolder(), 'imagenet.txt');
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return fail({ file, problem: 'is missing from this installation', remedy: 'Install it again' });
  const names = parseLabels(text, file);
  return names.ok && found.id === 'imagenet-background' ? ok(['background', ...names.value]) : names;
}

type Outputs = Pick<ModelSummary, 'outputs'>;

/** How many classes each output tells apart: its channels, or two where one channel is a mask; `null` where not known. */
export function classCounts(model: Model, { outputs }: Outputs): (number | null)[] {
  const format = formatOf(undefined, model);
  return outputs.map(({ shape }) => {
    if (shape === null || shape.length < 2) return null;
    const channels = (shape.length > 2 && format === 'channelsFirst' ? shape[1] : shape.at(-1)) ?? null;
    const spread = shape.length > 2 && shape.slice(1).some((size) => size !== 1 && size !== channels);
    return channels === 1 && spread ? 2 : channels;
  });
}

/** Every built-in list, those that fit an output first. */
export function labelChoices(model: Model, summary: Outputs): LabelChoice[] {
  const counts = classCounts(model, summary);
  const choices = lists.map(({ id, title, count }) => ({ id, title, count, fits: counts.includes(count) }));
  return [...choices.filter(({ fits }) => fits), ...choices.filter(({ fits }) => !fits)];
}

export interface AssumedLabels {
  readonly id: string;
  readonly names: readonly string[];
  /** The evidence, for a person to judge. */
  readonly reason: string;
}

/** Networks published with ImageNet weights, by the names their authors gave them. */
const families =
  /mobile_?net|vgg_?1[169]|res_?ne[xt]t?|inception|xception|dense_?net|nasnet|efficient_?net|convnext|squeeze_?net|regnet|alex_?net|google_?net|shuffle_?net|mnasnet/i;

/**
 * Names used without being asked for: for the two sample networks, and for what is clearly an ImageNet classifier. The
 * evidence for that is all of: weights from a file, one output of 1,000 classes (or 1,001), a colour picture of at least
 * 64 x 64 as the only input, and a name: of a family published with ImageNet weights, or Keras Applications' name of the last layer.
 */
export async function assumedLabels(model: Model, summary: Outputs): Promise<AssumedLabels | null> {
  const guess = guessLabels(model, summary);
  if (guess === null) return null;
  const names = await builtinLabels(guess.id);
  return names.ok ? { ...guess, names: names.value } : null;
}

function guessLabels(model: Model, summary: Outputs): { readonly id: string; readonly reason: string } | null {
  const counts = classCounts(model, summary);
  const [port] = inputPorts(model);
  const single = counts.length === 1 && model.root.inputs.length === 1;
  if (!single || port === undefined || model.weightsOrigin.kind !== 'file') return null;
  if (model.name === 'digits_cnn' && counts[0] === 10) return { id: 'digits', reason: 'this is the sample network' };
  if (model.name === 'shapes_cnn' && counts[0] === 6) return { id: 'shapes', reason: 'this is the sample network' };
  const id = counts[0] === 1000 ? 'imagenet' : counts[0] === 1001 ? 'imagenet-background' : null;
  const large = (size: number | null) => size === null || size >= 64;
  if (id === null || port.role !== 'image' || port.channels !== 3 || !large(port.height) || !large(port.width))
    return null;
  const evidence = imagenetEvidence(model);
  return evidence === null
    ? null
    : { id, reason: `a colour picture in, ${String(counts[0])} classes out, and ${evidence}` };
}

function imagenetEvidence(model: Model): string | null {
  const layers = [...allLayers(model.root).values()];
  const named = [model.name, model.root.name, ...layers.map(({ name }) => name)].find((name) => families.test(name));
  if (named !== undefined) return `the name ${named}`;
  const last = model.root.calls[model.root.outputs[0]?.call ?? -1]?.layer ?? '';
  return model.root.layers.get(last)?.name === 'predictions' ? 'a last layer named predictions' : null;
}
