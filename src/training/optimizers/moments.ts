/** The family of Adam: running mean and size of the gradient, corrected for their start at 0. */
import { slotAt, type Rule, type SlotSpec } from './rule';
import type { AdamaxSettings, AdamSettings, NadamSettings, RadamSettings } from './settings';

const MOMENTS: readonly SlotSpec[] = [
  { name: 'momentum', initial: 0 },
  { name: 'velocity', initial: 0 }
];

/**
 * Adam (Kingma and Ba, 2014, arXiv:1412.6980): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2; amsgrad: the largest v so
 * far. PyTorch: w -= r / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps). Keras ("epsilon hat" of the paper):
 * w -= r sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps), an epsilon that is larger by 1 / sqrt(1 - b2^t).
 * AdamW (Loshchilov and Hutter, 2017) is Adam with decoupled weight decay.
 */
export function adam(settings: AdamSettings): Rule {
  const { beta1, beta2, epsilon, amsgrad } = settings;
  const keras = settings.dialect === 'keras';
  const c1 = 1 - beta1;
  const c2 = 1 - beta2;
  return {
    slots: amsgrad ? [...MOMENTS, { name: 'largestVelocity', initial: 0 }] : MOMENTS,
    momentumAt: null,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep }) => {
      const momentum = slotAt(all, 0);
      const velocity = slotAt(all, 1);
      const root = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * root) / (1 - beta1 ** step);
      // sqrt(v) / root + eps = (sqrt(v) + eps root) / root: one division a weight in both dialects.
      const eps = keras ? epsilon : epsilon * root;
      if (amsgrad) {
        const largest = slotAt(all, 2);
        for (let i = 0; i < w.length; i++) {
          const x = w[i] as number;
          const d = (g[i] as number) * gradientScale + coupledDecay * x;
          const m = beta1 * (momentum[i] as number) + c1 * d;
          const v = beta2 * (velocity[i] as number) + c2 * d * d;
          const top = largest[i] as number;
          const size = v > top ? v : top;
          momentum[i] = m;
          velocity[i] = v;
          largest[i] = size;
          w[i] = x * keep - (rate * m) / (Math.sqrt(size) + eps);
        }
        return;
      }
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const m = beta1 * (momentum[i] as number) + c1 * d;
        const v = beta2 * (velocity[i] as number) + c2 * d * d;
        momentum[i] = m;
        velocity[i] = v;
        w[i] = x * keep - (rate * m) / (Math.sqrt(v) + eps);
      }
    }
  };
}

/**
 * Nadam (Dozat, 2016) with the momentum schedule mu_t = b1 (1 - 0.96^(t decay) / 2) and P_t = mu_1 ... mu_t:
 * w -= r (mu_(t+1) m / (1 - P_(t+1)) + (1 - mu_t) g / (1 - P_t)) / (sqrt(v / (1 - b2^t)) + eps), in both dialects, as
 * PyTorch computes it since 2.0 (before, P_(t+1) held mu_t twice).
 */
export function nadam(settings: NadamSettings): Rule {
  const { beta1, beta2, epsilon, momentumDecay } = settings;
  const momentumAt = (step: number): number => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
  return {
    slots: MOMENTS,
    momentumAt,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep, momentumProduct }) => {
      const momentum = slotAt(all, 0);
      const velocity = slotAt(all, 1);
      const next = momentumAt(step + 1);
      const ofMomentum = (learningRate * next) / (1 - momentumProduct * next);
      const ofGradient = (learningRate * (1 - momentumAt(step))) / (1 - momentumProduct);
      const correction = 1 / (1 - beta2 ** step);
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const m = beta1 * (momentum[i] as number) + (1 - beta1) * d;
        const v = beta2 * (velocity[i] as number) + (1 - beta2) * d * d;
        momentum[i] = m;
        velocity[i] = v;
        w[i] = x * keep - (ofMomentum * m + ofGradient * d) / (Math.sqrt(v * correction) + epsilon);
      }
    }
  };
}

/**
 * Adamax (Kingma and Ba, section 7.1). Keras: u = max(b2 u, |g|), w -= r m / ((1 - b1^t)(u + eps)). PyTorch:
 * u = max(b2 u, |g| + eps), w -= r m / ((1 - b1^t) u).
 */
export function adamax(settings: AdamaxSettings): Rule {
  const { beta1, beta2, epsilon } = settings;
  const keras = settings.dialect === 'keras';
  const inner = keras ? 0 : epsilon;
  const outer = keras ? epsilon : 0;
  return {
    slots: [
      { name: 'momentum', initial: 0 },
      { name: 'norm', initial: 0 }
    ],
    momentumAt: null,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep }) => {
      const momentum = slotAt(all, 0);
      const norm = slotAt(all, 1);
      const rate = learningRate / (1 - beta1 ** step);
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const m = beta1 * (momentum[i] as number) + (1 - beta1) * d;
        const u = Math.max(beta2 * (norm[i] as number), Math.abs(d) + inner);
        momentum[i] = m;
        norm[i] = u;
        w[i] = x * keep - (rate * m) / (u + outer);
      }
    }
  };
}

/**
 * RAdam (Liu et al., 2019, arXiv:1908.03265) as in PyTorch: with rho = rho_inf - 2 t b2^t / (1 - b2^t) above 5 the step
 * r m / (1 - b1^t) is multiplied by the rectification and by sqrt(1 - b2^t) / (sqrt(v) + eps), else taken as it is.
 */
export function radam({ beta1, beta2, epsilon }: RadamSettings): Rule {
  const longest = 2 / (1 - beta2) - 1;
  return {
    slots: MOMENTS,
    momentumAt: null,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep }) => {
      const momentum = slotAt(all, 0);
      const velocity = slotAt(all, 1);
      const correction = 1 - beta2 ** step;
      const length = longest - (2 * step * beta2 ** step) / correction;
      const rectified = length > 5;
      const rectification = Math.sqrt(
        ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)
      );
      const plain = learningRate / (1 - beta1 ** step);
      const rate = rectified ? plain * rectification * Math.sqrt(correction) : plain;
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const m = beta1 * (momentum[i] as number) + (1 - beta1) * d;
        const v = beta2 * (velocity[i] as number) + (1 - beta2) * d * d;
        momentum[i] = m;
        velocity[i] = v;
        w[i] = x * keep - (rate * m) / (rectified ? Math.sqrt(v) + epsilon : 1);
      }
    }
  };
}
