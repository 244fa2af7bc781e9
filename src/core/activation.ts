/** Activation functions as data: name and parameters, so that counts, words and maths agree on one vocabulary. */

export type Activation =
  | { readonly name: 'linear' }
  /** `max(x, 0)`, with Keras's variants: slope below the threshold, upper bound. */
  | {
      readonly name: 'relu';
      readonly negativeSlope: number;
      readonly maxValue: number | null;
      readonly threshold: number;
    }
  | { readonly name: 'elu'; readonly alpha: number }
  | { readonly name: 'celu'; readonly alpha: number }
  | { readonly name: 'selu' }
  | { readonly name: 'gelu'; readonly approximate: boolean }
  | { readonly name: 'sigmoid' }
  /** Keras 1, 2 and TF.js: `clip(0.2 x + 0.5, 0, 1)`; Keras 3 and PyTorch: `relu6(x + 3) / 6`. */
  | { readonly name: 'hardSigmoid'; readonly variant: 'fifth' | 'sixth' }
  | { readonly name: 'tanh' }
  | { readonly name: 'hardTanh'; readonly min: number; readonly max: number }
  | { readonly name: 'tanhShrink' }
  | { readonly name: 'hardShrink'; readonly threshold: number }
  | { readonly name: 'softShrink'; readonly threshold: number }
  | { readonly name: 'softplus'; readonly beta: number; readonly threshold: number | null }
  | { readonly name: 'softsign' }
  | { readonly name: 'silu' }
  | { readonly name: 'hardSilu' }
  | { readonly name: 'mish' }
  | { readonly name: 'exponential' }
  | { readonly name: 'squareplus'; readonly b: number }
  | { readonly name: 'logSigmoid' }
  /** Along `axis` of the value (negative counts from the end). */
  | { readonly name: 'softmax'; readonly axis: number }
  | { readonly name: 'logSoftmax'; readonly axis: number }
  | { readonly name: 'glu'; readonly axis: number }
  /** A function this program does not know: its layer cannot be run past, only shown. */
  | { readonly name: 'unknown'; readonly sourceName: string };

export const LINEAR: Activation = { name: 'linear' };
export const RELU: Activation = { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 };
