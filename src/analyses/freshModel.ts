/** Fresh weights as the views name them. */
import { expectedWeights } from '../core/expectedWeights';
import { initializerFor, initializerNote } from '../core/initializers';
import type { LayerNode, Model } from '../core/model';
import type { Shape } from '../core/shape';
import { withFreshWeights as drawMissing } from '../engine/freshWeights';
import { t } from '../core/texts';

/** The same model, every layer that comes without weights holding lazily drawn ones, and said to be random. */
export function withFreshWeights(model: Model, seed: number): Model {
  return { ...drawMissing(model, seed), weightsOrigin: { kind: 'random', seed } };
}

/** `random, seed 1: glorotUniform, bound 0.12`; `null` for a layer without such a weight. */
export function freshNote(layer: LayerNode, role: string, model: Model, input: Shape | null): string | null {
  if (model.weightsOrigin.kind !== 'random') return null;
  const expected = expectedWeights(layer, input, model.framework) ?? [];
  const weight = expected.find((one) => one.role === role);
  if (weight === undefined) return null;
  const note = initializerNote(initializerFor(layer, weight, expected, model.framework), weight.shape);
  return t('random, seed {0}: {1}', model.weightsOrigin.seed, note);
}
