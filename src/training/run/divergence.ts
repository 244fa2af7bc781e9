/** Where a loss that is no number any more came from. */
import type { EvaluationParts } from './evaluate';
import type { Examples } from './examples';
import type { Ending } from './report';

/**
 * The first layer, in the order of the pass, that gives a NaN or an infinity for the batch; else the layer whose gradient is
 * broken; else only the loss is.
 * @param gradientOf the layer of the first broken gradient
 */
export async function whereItDiverged(
  { network }: Pick<EvaluationParts, 'network'>,
  { inputs }: Examples,
  step: number,
  gradientOf: string | null,
  signal: AbortSignal
): Promise<Ending> {
  let first: string | null = null;
  await network.run(inputs, {
    mode: 'train',
    seed: 1,
    signal,
    onValue: (value) => {
      if (first !== null || value.output !== 0) return Promise.resolve();
      const broken = value.inspect((data) => data.some((one) => !Number.isFinite(one)));
      if (broken) first = value.layer;
      return Promise.resolve();
    }
  });
  if (first !== null) return { kind: 'diverged', step, layer: first, what: 'activation' };
  return gradientOf === null
    ? { kind: 'diverged', step, layer: null, what: 'loss' }
    : { kind: 'diverged', step, layer: gradientOf, what: 'gradient' };
}
