/** Optimizers whose step is not divided by a running size of the gradient: SGD, Lion; and Ftrl. */
import { slotAt, type Rule } from './rule';
import type { FtrlSettings, LionSettings, SgdSettings } from './settings';

/**
 * Keras: v = m v - r g; w += v, with Nesterov w += m v - r g. The rate is inside the velocity, so a change of rate acts on
 * new gradients only. PyTorch: v = m v + (1 - dampening) g, v = g at the first step; w -= r v, with Nesterov
 * w -= r (g + m v).
 */
export function sgd(settings: SgdSettings): Rule {
  const { momentum: m, nesterov, dampening, dialect } = settings;
  if (m === 0) {
    return {
      slots: [],
      momentumAt: null,
      step: (w, g, _slots, { learningRate, gradientScale, coupledDecay, keep }) => {
        for (let i = 0; i < w.length; i++) {
          const x = w[i] as number;
          w[i] = x * keep - learningRate * ((g[i] as number) * gradientScale + coupledDecay * x);
        }
      }
    };
  }
  const slots = [{ name: 'momentum', initial: 0 }];
  if (dialect === 'keras') {
    // Both forms are w += a v - b r g with the new v: a = 1, b = 0 without Nesterov, a = m, b = 1 with it.
    const a = nesterov ? m : 1;
    const b = nesterov ? 1 : 0;
    return {
      slots,
      momentumAt: null,
      step: (w, g, all, { learningRate, gradientScale, keep }) => {
        const velocity = slotAt(all, 0);
        for (let i = 0; i < w.length; i++) {
          const move = learningRate * gradientScale * (g[i] as number);
          const v = m * (velocity[i] as number) - move;
          velocity[i] = v;
          w[i] = (w[i] as number) * keep + a * v - b * move;
        }
      }
    };
  }
  return {
    slots,
    momentumAt: null,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep }) => {
      const velocity = slotAt(all, 0);
      const share = step === 1 ? 1 : 1 - dampening;
      const a = nesterov ? m : 1;
      const b = nesterov ? 1 : 0;
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const v = m * (velocity[i] as number) + share * d;
        velocity[i] = v;
        w[i] = x * keep - learningRate * (a * v + b * d);
      }
    }
  };
}

/** Lion (Chen et al., 2023, arXiv:2302.06675): w -= r sign(b1 m + (1 - b1) g); then m = b2 m + (1 - b2) g. */
export function lion({ beta1, beta2 }: LionSettings): Rule {
  return {
    slots: [{ name: 'momentum', initial: 0 }],
    momentumAt: null,
    step: (w, g, all, { learningRate, gradientScale, keep }) => {
      const momentum = slotAt(all, 0);
      for (let i = 0; i < w.length; i++) {
        const d = (g[i] as number) * gradientScale;
        const m = momentum[i] as number;
        w[i] = (w[i] as number) * keep - learningRate * Math.sign(beta1 * m + (1 - beta1) * d);
        momentum[i] = beta2 * m + (1 - beta2) * d;
      }
    }
  };
}

/**
 * Keras's Ftrl (McMahan et al., 2013), with p = -learningRatePower and l2' = l2 + beta / (2 r):
 * n' = n + g^2; z += g + 2 shrinkage w - (n'^p - n^p) / r w; w = (clip(z, -l1, l1) - z) / (n'^p / r + 2 l2').
 */
export function ftrl(settings: FtrlSettings): Rule {
  const { l1, l2, l2Shrinkage, beta } = settings;
  const p = -settings.learningRatePower;
  return {
    slots: [
      { name: 'accumulator', initial: settings.initialAccumulator },
      { name: 'linear', initial: 0 }
    ],
    momentumAt: null,
    step: (w, g, all, { learningRate, gradientScale, keep }) => {
      const accumulator = slotAt(all, 0);
      const linear = slotAt(all, 1);
      const quadraticShift = 2 * (l2 + beta / (2 * learningRate));
      for (let i = 0; i < w.length; i++) {
        const x = (w[i] as number) * keep;
        const d = (g[i] as number) * gradientScale;
        const before = accumulator[i] as number;
        const after = before + d * d;
        const power = p === 0.5 ? Math.sqrt(after) : after ** p;
        const powerBefore = p === 0.5 ? Math.sqrt(before) : before ** p;
        const z = (linear[i] as number) + d + 2 * l2Shrinkage * x - ((power - powerBefore) / learningRate) * x;
        accumulator[i] = after;
        linear[i] = z;
        const clipped = z > l1 ? l1 : z < -l1 ? -l1 : z;
        w[i] = (clipped - z) / (power / learningRate + quadraticShift);
      }
    }
  };
}
