/** Loss and metrics over many batches. */
import type { Result } from '../../core/result';
import type { DenseTensor } from '../../core/tensor';
import type { Accumulator } from '../accumulator';
import { lossOf } from '../losses/loss';
import type { LossSettings } from '../losses/settings';
import type { LossTarget, LossValue } from '../losses/value';
import { createMetric, type MetricSettings } from '../metrics';
import type { Scores } from './report';

/** Collects the scores of an epoch; the loss is the mean over examples, as Keras reports it. */
export class Scorer {
  private readonly metrics: readonly Accumulator<number>[];
  private sum = 0;
  private count = 0;

  constructor(
    private readonly loss: LossSettings,
    metrics: readonly MetricSettings[]
  ) {
    this.metrics = metrics.map(createMetric);
  }

  /**
   * @param output what the network answers, after its last activation
   * @returns the batch's loss
   */
  add(output: DenseTensor, target: LossTarget): Result<LossValue> {
    const found = lossOf(this.loss, output, target);
    if (!found.ok) return found;
    this.take(found.value.value, output, target);
    return found;
  }

  /** As `add`, with a loss that is known. */
  take(loss: number, output: DenseTensor, target: LossTarget): void {
    const examples = output.shape[0] ?? 0;
    this.sum += loss * examples;
    this.count += examples;
    for (const metric of this.metrics) metric.add(output, target);
  }

  scores(penalty = 0): Scores {
    return {
      loss: (this.count === 0 ? 0 : this.sum / this.count) + penalty,
      metrics: this.metrics.map((metric) => metric.value())
    };
  }
}

/** What the last activation makes of scores, row by row over the last axis. @param scores `[N, …, C]` */
export function activated(scores: DenseTensor, activation: 'softmax' | 'sigmoid' | 'logSoftmax' | null): DenseTensor {
  if (activation === null) return scores;
  const { shape, data } = scores;
  const result = new Float32Array(data.length);
  if (activation === 'sigmoid') {
    for (let i = 0; i < data.length; i++) result[i] = 1 / (1 + Math.exp(-(data[i] ?? 0)));
    return { shape, data: result };
  }
  const width = shape.at(-1) ?? 1;
  for (let start = 0; start < data.length; start += width) {
    let most = -Infinity;
    for (let i = start; i < start + width; i++) most = Math.max(most, data[i] ?? 0);
    let sum = 0;
    for (let i = start; i < start + width; i++) sum += Math.exp((data[i] ?? 0) - most);
    const log = most + Math.log(sum);
    for (let i = start; i < start + width; i++) {
      const one = (data[i] ?? 0) - log;
      result[i] = activation === 'softmax' ? Math.exp(one) : one;
    }
  }
  return { shape, data: result };
}
