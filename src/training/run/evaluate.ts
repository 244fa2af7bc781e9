/** A pass over a validation part: scores, every example's loss and answer. */
import type { LayerNode } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import { counting, epochOrder } from '../../data/split';
import type { PreparedNetwork } from '../../engine/engine';
import { lossOf } from '../losses/loss';
import type { LossTarget } from '../losses/value';
import type { ExampleSource } from './examples';
import type { Scores } from './report';
import { Scorer } from './scores';
import type { RunSettings } from './settings';

export interface EvaluationParts {
  readonly network: PreparedNetwork;
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly settings: Pick<RunSettings, 'loss' | 'metrics' | 'batchSize'>;
}

export interface EvaluationOptions {
  /** What batch norms normalise by; dropout is off either way. */
  readonly statistics: 'moving' | 'batch';
  /** Called with every batch's outputs. */
  readonly onBatch?: (batch: {
    readonly indices: Uint32Array;
    readonly output: DenseTensor;
    readonly target: LossTarget;
    /** One for each example. */
    readonly losses: Float64Array;
  }) => void;
}

/** @throws the signal's reason when it aborts */
export async function evaluate(
  { network, layers, settings }: EvaluationParts,
  source: ExampleSource,
  { statistics, onBatch }: EvaluationOptions,
  { signal, turn }: { readonly signal: AbortSignal; turn(): Promise<void> },
  penalty = 0
): Promise<Scores> {
  const scorer = new Scorer(settings.loss, settings.metrics);
  const norms = [...layers.values()].filter(({ kind }) => kind.kind === 'batchNorm');
  const experiment =
    statistics === 'batch' ? { modes: new Map(norms.map(({ id }) => [id, 'train'] as const)) } : undefined;
  const size = Math.max(1, settings.batchSize);
  // Mixed where batches speak for the whole: of data sorted by class they would be the statistics of few classes.
  const order = statistics === 'batch' ? epochOrder(source.size, 1, 0) : counting(source.size);
  for (let start = 0; start < source.size; start += size) {
    await turn();
    signal.throwIfAborted();
    const asked = order.subarray(start, start + size);
    const { inputs, target, indices } = await source.read(asked, signal);
    if (indices.length === 0) continue;
    const { outputs } = await network.run(inputs, { mode: 'infer', seed: 1, signal, experiment });
    const [output] = outputs;
    if (output === undefined) continue;
    const found = lossOf(settings.loss, output, target);
    if (!found.ok) continue;
    scorer.take(found.value.value, output, target);
    onBatch?.({ indices, output, target, losses: found.value.perSample });
  }
  return scorer.scores(penalty);
}
