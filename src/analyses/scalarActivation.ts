/** Activation functions on single numbers, for showing the arithmetic of one output. */
import type { Activation } from '../core/activation';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The value at `x`; `null` for what needs more than one number (softmax, glu) or is not known here. */
export function activateScalar(activation: Activation, x: number): number | null {
  switch (activation.name) {
    case 'linear':
      return x;
    case 'relu': {
      const { negativeSlope, threshold, maxValue } = activation;
      const raised = x >= threshold ? x : negativeSlope * (x - threshold);
      return maxValue === null ? raised : Math.min(raised, maxValue);
    }
    case 'elu':
      return x > 0 ? x : activation.alpha * Math.expm1(x);
    case 'celu':
      return x > 0 ? x : activation.alpha * Math.expm1(x / activation.alpha);
    case 'selu':
      return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
    case 'sigmoid':
      return sigmoid(x);
    case 'logSigmoid':
      return -Math.log1p(Math.exp(-Math.abs(x))) + Math.min(0, x);
    case 'hardSigmoid':
      return activation.variant === 'fifth'
        ? Math.max(0, Math.min(1, 0.2 * x + 0.5))
        : Math.max(0, Math.min(6, x + 3)) / 6;
    case 'tanh':
      return Math.tanh(x);
    case 'tanhShrink':
      return x - Math.tanh(x);
    case 'hardTanh':
      return Math.max(activation.min, Math.min(activation.max, x));
    case 'softplus':
      return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(activation.beta * x))) / activation.beta;
    case 'softsign':
      return x / (1 + Math.abs(x));
    case 'silu':
      return x * sigmoid(x);
    case 'hardSilu':
      return (x * Math.max(0, Math.min(6, x + 3))) / 6;
    case 'mish':
      return x * Math.tanh(Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))));
    case 'exponential':
      return Math.exp(x);
    case 'squareplus':
      return (x + Math.sqrt(x * x + activation.b)) / 2;
    default:
      return null;
  }
}
