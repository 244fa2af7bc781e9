/** What a layer's forward function gets besides its inputs. */
import type { WeightRole } from '../../core/tensor';
import { CannotRun } from '../cannotRun';
import type { Random } from '../../core/random';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { t } from '../../core/texts';

export interface ForwardContext {
  readonly tf: TensorLibrary;
  readonly mode: 'infer' | 'train';
  /** A stream of this call's own, so that taking a layer out does not change what the others draw. */
  readonly random: Random;
  /** One stream for each equal part of the batch, where each row is to draw as it would alone. */
  readonly rows?: readonly Random[] | undefined;
  /** Whose rules hold where frameworks differ without an attribute to say so (bicubic's coefficient). */
  readonly dialect: 'keras' | 'pytorch';
}

/** The weights of one layer on the engine, already in the executor's axis order (see `weightOrder.ts`). */
export class LayerWeights {
  constructor(private readonly entries: readonly { readonly role: WeightRole; readonly tensor: Tensor }[]) {}

  /** All weights, in the origin's order. */
  list(): readonly { readonly role: WeightRole; readonly tensor: Tensor }[] {
    return this.entries;
  }

  /** All weights of a role, in the origin's order. */
  all(role: WeightRole): readonly Tensor[] {
    return this.entries.filter((entry) => entry.role === role).map((entry) => entry.tensor);
  }

  optional(role: WeightRole): Tensor | null {
    return this.entries.find((entry) => entry.role === role)?.tensor ?? null;
  }

  /** @throws {CannotRun} where the layer has no such weight. */
  required(role: WeightRole): Tensor {
    const tensor = this.optional(role);
    if (tensor === null) throw new CannotRun(t('its weight "{0}" is missing', role));
    return tensor;
  }

  dispose(): void {
    for (const { tensor } of this.entries) tensor.dispose();
  }
}

/**
 * Computes one call of a layer. Runs inside a tidy scope: temporaries need no care, the result is kept.
 * @param inputs values in the model's own layout, batch axis first
 */
export type Forward<K> = (
  kind: K,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  context: ForwardContext
) => Tensor | Tensor[];

/** The only input of a layer that takes one. */
export function single(inputs: readonly Tensor[]): Tensor {
  const [input] = inputs;
  if (input === undefined) throw new CannotRun(t('it is called without an input'));
  return input;
}
