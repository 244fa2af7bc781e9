/** What a run learns from: batches of inputs with what is to be answered, read when they are needed. */
import type { InputProblem } from '../../core/result';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { t } from '../../core/texts';
import { readBatch, type Preparation } from '../../data/batch';
import type { TrainingSet } from '../../data/dataSet';
import type { LossTarget } from '../losses/value';

export interface Examples {
  readonly inputs: readonly DenseTensor[];
  readonly target: LossTarget;
  /** Which examples of the source these are; fewer than asked for where some cannot be read. */
  readonly indices: Uint32Array;
  readonly skipped: readonly InputProblem[];
}

export interface ExampleSource {
  readonly size: number;
  read(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Examples>;
}

/** What the network is to answer: its class, one-hot or not; the set's own numbers; the input itself. */
export type Answer =
  /** `outputOf[label]`: the output that stands for each label. */
  | { readonly kind: 'classes'; readonly outputOf: readonly number[] }
  | { readonly kind: 'numbers' }
  | { readonly kind: 'input' };

/** A part of a data set as a run reads it. @param members indices into the set */
export function examplesOf(
  set: TrainingSet,
  members: Uint32Array,
  preparation: Preparation,
  answer: Answer
): ExampleSource {
  return {
    size: members.length,
    async read(indices, signal) {
      const asked = Uint32Array.from(indices, (index) => members[index] ?? 0);
      const batch = await readBatch(set, asked, preparation, signal);
      const back = new Map(Array.from(indices, (index): [number, number] => [members[index] ?? 0, index]));
      return {
        inputs: [batch.inputs],
        target: targetOf(answer, batch.labels, batch.targets, batch.inputs),
        indices: Uint32Array.from(batch.indices, (index) => back.get(index) ?? 0),
        skipped: batch.skipped
      };
    }
  };
}

function targetOf(answer: Answer, labels: Int32Array, numbers: DenseTensor | null, inputs: DenseTensor): LossTarget {
  switch (answer.kind) {
    case 'classes':
      return { kind: 'classes', classes: Int32Array.from(labels, (label) => answer.outputOf[label] ?? -1) };
    case 'numbers':
      return { kind: 'values', values: numbers?.data ?? new Float32Array() };
    case 'input':
      return { kind: 'values', values: inputs.data };
  }
}

/** A source over examples in memory, for tests and small experiments. @param inputs `[N, …]` */
export function examplesInMemory(inputs: DenseTensor, labels: Int32Array): ExampleSource {
  const [count = 0, ...rest] = inputs.shape;
  const size = elementCount(rest);
  return {
    size: count,
    read: (indices) => {
      const data = new Float32Array(indices.length * size);
      const classes = new Int32Array(indices.length);
      for (let i = 0; i < indices.length; i++) {
        const at = indices[i] ?? 0;
        if (at >= count) return Promise.reject(new Error(t('there is no example {0}', at)));
        data.set(inputs.data.subarray(at * size, (at + 1) * size), i * size);
        classes[i] = labels[at] ?? -1;
      }
      return Promise.resolve({
        inputs: [{ shape: [indices.length, ...rest], data }],
        target: { kind: 'classes', classes },
        indices: Uint32Array.from(indices),
        skipped: []
      });
    }
  };
}
