/** What attribution methods need of a network: the score of a class, and its gradients. */
import type { DenseTensor } from '../../core/tensor';
import type { Experiment } from '../../engine/experiment';
import type { GradientResult, Objective } from '../../engine/gradient';

/** One network with everything but the inputs fixed. */
export interface Explainer {
  /** As `PreparedNetwork.gradient`. @throws where the gradient cannot be taken, with the reason */
  gradient(
    inputs: readonly DenseTensor[],
    ask: { readonly objective: Objective; readonly at: readonly string[]; readonly experiment?: Experiment | undefined }
  ): Promise<Pick<GradientResult, 'objective' | 'gradients' | 'values'>>;
}

/** Whose score is explained, at which of the network's inputs. */
export interface Question {
  readonly objective: Objective;
  readonly inputs: readonly DenseTensor[];
  /** The input that is looked at. */
  readonly input: number;
  /** `valueKey` of that input. */
  readonly inputKey: string;
  /** Other weights for the whole question (the randomised network). */
  readonly experiment?: Experiment | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** The gradient at a key, which the network is known to give. */
export function gradientAt(result: Pick<GradientResult, 'gradients'>, key: string): DenseTensor {
  const gradient = result.gradients.get(key);
  if (gradient === undefined) throw new Error(`no gradient at ${key}`);
  return gradient;
}

/** The question's inputs with the looked-at one replaced. */
export function withInput({ inputs, input }: Question, value: DenseTensor): DenseTensor[] {
  const batch = value.shape[0] ?? 1;
  return inputs.map((own, i) => (i === input ? value : repeated(own, batch)));
}

/** A batch of one, several times over. */
export function repeated(one: DenseTensor, times: number): DenseTensor {
  if (times === 1) return one;
  const data = new Float32Array(one.data.length * times);
  for (let i = 0; i < times; i++) data.set(one.data, i * one.data.length);
  return { shape: [times, ...one.shape.slice(1)], data };
}

/** The looked-at input. */
export function lookedAt({ inputs, input }: Question): DenseTensor {
  const value = inputs[input];
  if (value === undefined) throw new Error('the input is not set');
  return value;
}

/** Entries of one pass that keep a batch within about 4 million input values. */
export function batchSize(values: number): number {
  return Math.max(1, Math.min(16, Math.floor(1_000_000 / Math.max(1, values))));
}
