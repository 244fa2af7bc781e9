/** A data set brought to a network: how its examples are prepared, what is to be answered, which part validates. */
import { fail, ok, type Result } from '../../core/result';
import type { Shape } from '../../core/shape';
import { elementCount } from '../../core/tensor';
import { t } from '../../core/texts';
import type { Preparation } from '../../data/batch';
import type { DataParts, TrainingSet } from '../../data/dataSet';
import { pictureShape } from '../../data/drawn';
import { matchLabels } from '../../data/labelMatch';
import { counting, lastPart, sampled, stratified } from '../../data/split';
import type { ImagePort, Preprocessing } from '../../images/types';
import { examplesOf, type Answer, type ExampleSource } from './examples';

/** What the network reads and answers. */
export interface NetworkEnds {
  /** Without the batch axis. */
  readonly input: Shape;
  /** Where the input is a picture. */
  readonly port: ImagePort | null;
  readonly preprocessing: Preprocessing;
  /** Without the batch axis; `null` where it is not known. */
  readonly output: Shape | null;
  /** The network's own names of its classes. */
  readonly classNames: readonly string[] | null;
}

export interface Part {
  readonly set: TrainingSet;
  /** Indices into the set. */
  readonly members: Uint32Array;
  readonly source: ExampleSource;
}

export interface TrainingData {
  readonly title: string;
  readonly train: Part;
  readonly validation: Part | null;
  readonly preparation: Preparation;
  /** `grey, 28 x 28, values / 255` */
  readonly words: string;
  readonly answer: Answer;
  /** By output of the network; the data's own names. */
  readonly classNames: readonly string[];
  readonly warnings: readonly string[];
}

export interface Sharing {
  readonly validationShare: number;
  readonly examples: number | null;
  readonly seed: number;
}

/** @returns the problem where the data cannot be read by the network or do not fit its output */
export async function trainingData(
  parts: DataParts,
  ends: NetworkEnds,
  sharing: Sharing
): Promise<Result<TrainingData>> {
  const preparation = await preparationFor(parts.train, ends);
  if (!preparation.ok) return preparation;
  const answer = answerFor(parts.train, ends);
  if (!answer.ok) return answer;
  const own = parts.validation ?? parts.test;
  const split =
    own === null
      ? splitOf(parts.train, sharing)
      : { train: counting(parts.train.size), validation: counting(own.size) };
  if (split === null) {
    return fail({
      file: parts.train.title,
      problem: t('{0} examples cannot be split into training and validation', parts.train.size),
      remedy: t('Give more examples, or another share for validation')
    });
  }
  const part = (set: TrainingSet, members: Uint32Array): Part => ({
    set,
    members,
    source: examplesOf(set, members, preparation.value, answer.value.answer)
  });
  const chosen =
    sharing.examples === null ? split.train : someOf(parts.train, split.train, sharing.examples, sharing.seed);
  const validating = own ?? parts.train;
  return ok({
    title: parts.title,
    train: part(parts.train, chosen),
    validation: split.validation.length === 0 ? null : part(validating, split.validation),
    preparation: preparation.value,
    words: wordsOf(preparation.value),
    ...answer.value
  });
}

/** Training examples of each class, by output of the network as `classNames` are; empty where the answer is no class. */
export function classCounts({
  train,
  answer,
  classNames
}: Pick<TrainingData, 'train' | 'answer' | 'classNames'>): number[] {
  if (answer.kind !== 'classes') return [];
  const counts = classNames.map(() => 0);
  for (const index of train.members) {
    const output = answer.outputOf[train.set.label(index) ?? -1];
    if (output !== undefined) counts[output] = (counts[output] ?? 0) + 1;
  }
  return counts;
}

function splitOf(set: TrainingSet, { validationShare, seed }: Sharing): ReturnType<typeof lastPart> {
  if (validationShare === 0) return { train: counting(set.size), validation: new Uint32Array() };
  if (!(validationShare > 0 && validationShare < 1)) return null;
  return set.targets === 'classes' ? stratified(set, validationShare, seed) : lastPart(set.size, validationShare);
}

function someOf(set: TrainingSet, members: Uint32Array, count: number, seed: number): Uint32Array {
  const within = { size: members.length, label: (index: number) => set.label(members[index] ?? 0) };
  return Uint32Array.from(sampled(within, count, seed), (index) => members[index] ?? 0);
}

const shapeWords = (shape: Shape): string => shape.map((size) => size ?? '?').join(' x ');

/** Values as they stand where their number fits, else as pictures. */
async function preparationFor(set: TrainingSet, ends: NetworkEnds): Promise<Result<Preparation>> {
  const { input, port, preprocessing } = ends;
  const first = await firstOf(set);
  if (!first.ok) return first;
  const example = first.value;
  const fixed = input.map((size) => size ?? 0);
  const bytes = example.kind === 'picture' || example.values instanceof Uint8Array;
  if (example.kind === 'tensor' && !fixed.includes(0) && elementCount(example.shape) === elementCount(fixed)) {
    const channels = pictureShape(example.shape)?.channels ?? 1;
    if (channels === 1 || !(port?.channelsFirst ?? false)) {
      return ok({ kind: 'values', shape: fixed, ...scaling(bytes, preprocessing) });
    }
  }
  const drawable = example.kind === 'picture' || (bytes && pictureShape(example.shape) !== null);
  if (port !== null && drawable) {
    const size = example.kind === 'picture' ? { height: 224, width: 224 } : sizeOf(example.shape);
    const set_ = { ...port, height: port.height ?? size.height, width: port.width ?? size.width };
    return ok({ kind: 'picture', port: set_, preprocessing });
  }
  const held = example.kind === 'picture' ? t('pictures') : shapeWords(example.shape);
  return fail({
    file: set.title,
    problem: t('holds {0}, the network reads {1}', held, shapeWords(input)),
    remedy: t('Choose data that fit the network')
  });
}

const sizeOf = (shape: readonly number[]): { height: number; width: number } => {
  const { height, width } = pictureShape(shape) ?? { height: 224, width: 224 };
  return { height, width };
};

async function firstOf(set: TrainingSet) {
  let problem = { file: set.title, problem: t('holds no example'), remedy: t('Choose other data') };
  for (let index = 0; index < Math.min(set.size, 100); index++) {
    const example = await set.example(index);
    if (example.ok) return example;
    problem = example.error;
  }
  return fail(problem);
}

/** Levels of 0 to 255 become what the network is taken to read; numbers that are no levels stay. */
function scaling(bytes: boolean, { normalization }: Preprocessing): { divisor: number; offset: number } {
  if (!bytes || normalization === '0..255' || normalization === 'none') return { divisor: 1, offset: 0 };
  return normalization === '-1..1' ? { divisor: 127.5, offset: -1 } : { divisor: 255, offset: 0 };
}

function wordsOf(preparation: Preparation): string {
  if (preparation.kind === 'values') {
    const { shape, divisor, offset } = preparation;
    const scaled =
      divisor === 1
        ? t('values as they are')
        : offset === 0
          ? t('values / {0}', divisor)
          : t('values / {0} {1}', divisor, offset);
    return `${shape.join(' x ')}, ${scaled}`;
  }
  const { port, preprocessing } = preparation;
  const colour = port.channels === 1 ? t('grey') : t('colour');
  return `${colour}, ${port.height ?? '?'} x ${port.width ?? '?'}, ${preprocessing.normalization}`;
}

interface Answering {
  readonly answer: Answer;
  readonly classNames: readonly string[];
  readonly warnings: readonly string[];
}

function answerFor(set: TrainingSet, { output, input, classNames }: NetworkEnds): Result<Answering> {
  const unfit = (problem: string, remedy: string) => fail({ file: set.title, problem, remedy });
  const sizes = output?.map((size) => size ?? 0) ?? null;
  if (sizes === null)
    return unfit(t('cannot be learned: the output of the network is not known'), t('Choose another network'));
  const numbers = elementCount(sizes);
  if (set.targets === 'none') {
    const same = numbers === elementCount(input.map((size) => size ?? 0)) && numbers > 0;
    return same
      ? ok({ answer: { kind: 'input' }, classNames: [], warnings: [] })
      : unfit(t('has no answers to learn from'), t('Choose data with classes, or a network that repeats its input'));
  }
  if (set.targets === 'numbers') {
    return set.targetSize === numbers
      ? ok({ answer: { kind: 'numbers' }, classNames: [], warnings: [] })
      : unfit(t('has {0} numbers to learn, the network answers {1}', set.targetSize, numbers), t('Choose other data'));
  }
  const classes = sizes.at(-1) ?? 0;
  if (elementCount(sizes.slice(0, -1)) !== 1) {
    return unfit(
      t('has one class for each example, the network answers {0}', shapeWords(sizes)),
      t('Choose other data')
    );
  }
  const names = set.classNames ?? Array.from({ length: labelCount(set) }, (_, i) => String(i));
  const heads = classes === 1 ? 2 : classes;
  if (names.length > heads) {
    return unfit(
      t('has {0} classes, the network tells {1} apart', names.length, heads),
      t('Change the last layer, or choose other data')
    );
  }
  const outputOf = matchLabels(names, heads, classNames) ?? names.map((_, i) => i);
  const ordered = Array.from({ length: heads }, (_, i) => names[outputOf.indexOf(i)] ?? String(i));
  const warnings =
    names.length === heads
      ? []
      : [
          t(
            'The data have {0} classes and the network {1}: some outputs learn that they are never right.',
            names.length,
            heads
          )
        ];
  return ok({ answer: { kind: 'classes', outputOf }, classNames: ordered, warnings });
}

function labelCount(set: TrainingSet): number {
  let most = -1;
  for (let i = 0; i < set.size; i++) most = Math.max(most, set.label(i) ?? -1);
  return most + 1;
}
