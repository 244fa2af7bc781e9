/** Activation functions on single numbers, for showing the arithmetic of one output. */
import type { Activation } from '../core/activation';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Error function to 1e-15 by its power series; beyond 4 it is 1 to the precision shown. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

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
    case 'gelu':
      return activation.approximate
        ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
        : 0.5 * x * (1 + erf(x / Math.SQRT2));
    case 'hardShrink':
      return Math.abs(x) > activation.threshold ? x : 0;
    case 'softShrink':
      return Math.sign(x) * Math.max(0, Math.abs(x) - activation.threshold);
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
