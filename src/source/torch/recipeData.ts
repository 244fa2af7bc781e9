/** What a training loop is fed: the `DataLoader` it runs over, and the data set behind it. */
import { t } from '../../core/texts';
import type { Stated, TrainingRecipe } from '../../core/trainingRecipe';
import { argument, ObjectValue, Unknown, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { Places } from './recipeLoops';
import { DataPart, LoaderUnknown } from './trainingValues';
import type { TrainingLog } from './trainingLog';

type Fed = Pick<TrainingRecipe, 'batchSize' | 'shuffle' | 'data'>;

/** PyTorch's own defaults stand for what a `DataLoader` is not given: single examples, in their order. */
export function fedFrom(
  log: TrainingLog,
  places: Places | null,
  isTrained: boolean,
  addsUp: boolean,
  lineOf: (at: Located) => number
): Fed {
  const over = places?.batch?.over ?? null;
  const loader = over instanceof LoaderUnknown ? over : trainingLoader(log);
  const set = loader === null ? null : dataSetOf(argument(loader.args, 0, 'dataset') ?? null);
  const data = namedData(log, set, lineOf);
  if (!isTrained || loader === null) return { batchSize: unfed(places, isTrained, lineOf), shuffle: null, data };
  const line = lineOf(argumentNode(loader, 'batch_size', 1) ?? loader.node);
  const batchSize: Stated<number> = addsUp
    ? { value: null, line, reason: t('gradients of several batches are added up before a step') }
    : numberOf(loader, line);
  return { batchSize, shuffle: shuffleOf(loader, lineOf(argumentNode(loader, 'shuffle', 2) ?? loader.node)), data };
}

/** A loop that takes its batches from elsewhere, or has none. */
function unfed(places: Places | null, isTrained: boolean, lineOf: (at: Located) => number): Stated<number> | null {
  const loop = places?.batch ?? places?.epoch ?? null;
  if (!isTrained || loop === null) return null;
  return {
    value: null,
    line: lineOf(loop.at),
    reason: t('the batches do not come from a `DataLoader` of this document')
  };
}

function numberOf(loader: LoaderUnknown, line: number): Stated<number> {
  const given = argument(loader.args, 1, 'batch_size') ?? loader.args.rest ?? undefined;
  const own = loader.args.named.get('batch_sampler');
  if (own !== undefined && own !== null) {
    return { value: null, line, reason: t('a sampler of its own makes the batches') };
  }
  if (given === undefined) return { value: 1, line };
  if (typeof given === 'number') return { value: given, line };
  return { value: null, line, reason: given instanceof Unknown ? given.reason : t('it is no plain number') };
}

function shuffleOf(loader: LoaderUnknown, line: number): Stated<boolean> {
  const sampler = argument(loader.args, 3, 'sampler') ?? loader.args.named.get('batch_sampler') ?? null;
  const given = argument(loader.args, 2, 'shuffle') ?? loader.args.rest ?? false;
  if (sampler !== null) return { value: null, line, reason: t('a sampler of its own makes the batches') };
  if (typeof given === 'boolean') return { value: given, line };
  if (given === null) return { value: false, line };
  return { value: null, line, reason: given instanceof Unknown ? given.reason : t('it is no plain value') };
}

/** The only loader, or the only one of data for training. */
function trainingLoader({ loaders }: TrainingLog): LoaderUnknown | null {
  const distinct = loaders.filter(({ node }, i) => loaders.findIndex((other) => other.node === node) === i);
  if (distinct.length === 1) return distinct[0] ?? null;
  const training = distinct.filter((loader) => {
    const set = dataSetOf(argument(loader.args, 0, 'dataset') ?? null);
    return set !== null && nameOf(set) !== null && isTraining(set);
  });
  return training.length === 1 ? (training[0] ?? null) : null;
}

const isTraining = (set: ObjectValue): boolean => (argument(set.args, 1, 'train') ?? true) === true;

/** The data set behind parts of it. */
function dataSetOf(value: Value): ObjectValue | null {
  let inner = value;
  for (let depth = 0; inner instanceof DataPart && depth < 8; depth++) inner = inner.of;
  return inner instanceof ObjectValue ? inner : null;
}

/** The name of a data set of torchvision; folders of pictures have none. */
function nameOf({ path }: ObjectValue): string | null {
  const name = /^torchvision\.datasets\.(?:\w+\.)*([A-Z]\w*)$/.exec(path)?.[1] ?? null;
  return name === null || /Folder$|^(FakeData|VisionDataset)$/.test(name) ? null : name;
}

/** What the loader reads, else the only data set that the program names. */
function namedData(log: TrainingLog, set: ObjectValue | null, lineOf: (at: Located) => number): Stated<string> | null {
  const made = log.dataSets.flatMap((one) => {
    const name = nameOf(one.object);
    return name === null ? [] : [{ ...one, name }];
  });
  const own = made.find(({ object }) => object === set);
  const first = own ?? (set === null && new Set(made.map(({ name }) => name)).size === 1 ? made[0] : undefined);
  return first === undefined ? null : { value: first.name, line: lineOf(first.node) };
}

/** Where an argument of the loader stands. */
function argumentNode({ node }: LoaderUnknown, name: string, place: number): Located | null {
  if (!('args' in node) || !Array.isArray(node.args)) return null;
  const args = node.args as readonly (Located & { readonly name: string | null; readonly unpack: string })[];
  const plain = args.filter((one) => one.name === null && one.unpack === '');
  return args.find((one) => one.name === name) ?? plain[place] ?? null;
}
