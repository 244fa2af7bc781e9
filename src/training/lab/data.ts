/** The examples of a lab, read once: a lab reads the same few images many times over. */
import type { Preparation } from '../../data/batch';
import type { TrainingSet } from '../../data/dataSet';
import { counting, sampled } from '../../data/split';
import { examplesInMemory, examplesOf, type Answer, type ExampleSource } from '../run/examples';
import type { LabData } from './runJob';

export interface LabSets {
  readonly train: TrainingSet;
  readonly validation: TrainingSet;
  readonly preparation: Preparation;
  readonly answer: Answer;
  readonly classes: number;
  /** Which examples of the sets may be used; default: all. */
  readonly trainMembers?: Uint32Array | undefined;
  readonly validationMembers?: Uint32Array | undefined;
}

/** Larger parts than this are read anew for every batch. */
const mostInMemory = 20000;

export async function labData(sets: LabSets, signal?: AbortSignal): Promise<LabData> {
  const { train, validation, preparation, answer, classes } = sets;
  const members = sets.trainMembers ?? counting(train.size);
  const labelled = { size: members.length, label: (index: number) => train.label(members[index] ?? 0) };
  const validating = sets.validationMembers ?? counting(validation.size);
  return {
    classes,
    validation: await held(examplesOf(validation, validating, preparation, answer), signal),
    train: async (count, seed) => {
      const chosen =
        count === null || count >= members.length
          ? members
          : sampled(labelled, count, seed).map((index) => members[index] ?? 0);
      return held(examplesOf(train, chosen, preparation, answer), signal);
    }
  };
}

async function held(source: ExampleSource, signal?: AbortSignal): Promise<ExampleSource> {
  if (source.size > mostInMemory) return source;
  const { inputs, target, skipped } = await source.read(counting(source.size), signal);
  const [first] = inputs;
  if (first === undefined || target.kind !== 'classes' || skipped.length > 0) return source;
  return examplesInMemory(first, Int32Array.from(target.classes));
}
