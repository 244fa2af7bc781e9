/** Optimizers that divide the gradient by a running size of it: RMSprop, Adagrad, Adadelta. */
import { slotAt, type Rule } from './rule';
import type { AdadeltaSettings, AdagradSettings, RmspropSettings } from './settings';

/**
 * RMSprop (Hinton, 2012): v = rho v + (1 - rho) g^2, centred: a = rho a + (1 - rho) g, size^2 = v - a^2.
 * Keras: w -= r g / sqrt(size^2 + eps), with momentum b = m b + that. PyTorch: w -= r g / (sqrt(size^2) + eps), with
 * momentum b = m b + g / (...), w -= r b, so a change of rate acts on what was gathered too.
 */
export function rmsprop(settings: RmspropSettings): Rule {
  const { rho, momentum: m, epsilon, centered } = settings;
  const keras = settings.dialect === 'keras';
  const names = ['velocity', ...(centered ? ['average'] : []), ...(m > 0 ? ['momentum'] : [])];
  // Of the two epsilons one is 0: inside the root in Keras, outside in PyTorch.
  const inner = keras ? epsilon : 0;
  const outer = keras ? 0 : epsilon;
  return {
    slots: names.map((name) => ({ name, initial: 0 })),
    momentumAt: null,
    step: (w, g, all, { learningRate, gradientScale, coupledDecay, keep }) => {
      const velocity = slotAt(all, 0);
      const average = centered ? slotAt(all, 1) : null;
      const gathered = m > 0 ? slotAt(all, all.length - 1) : null;
      const before = keras ? learningRate : 1;
      const after = keras ? 1 : learningRate;
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const v = rho * (velocity[i] as number) + (1 - rho) * d * d;
        velocity[i] = v;
        let size = v;
        if (average !== null) {
          const a = rho * (average[i] as number) + (1 - rho) * d;
          average[i] = a;
          // Rounding of the stored averages may leave the variance a little below 0.
          size = v < a * a ? 0 : v - a * a;
        }
        let move = (before * d) / (Math.sqrt(size + inner) + outer);
        if (gathered !== null) {
          move += m * (gathered[i] as number);
          gathered[i] = move;
        }
        w[i] = x * keep - after * move;
      }
    }
  };
}

/** Adagrad (Duchi et al., 2011): n += g^2; Keras w -= r g / sqrt(n + eps); PyTorch w -= r' g / (sqrt(n) + eps). */
export function adagrad(settings: AdagradSettings): Rule {
  const keras = settings.dialect === 'keras';
  const inner = keras ? settings.epsilon : 0;
  const outer = keras ? 0 : settings.epsilon;
  return {
    slots: [{ name: 'accumulator', initial: settings.initialAccumulator }],
    momentumAt: null,
    step: (w, g, all, { learningRate, step, gradientScale, coupledDecay, keep }) => {
      const accumulator = slotAt(all, 0);
      const rate = learningRate / (1 + (step - 1) * settings.learningRateDecay);
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const n = (accumulator[i] as number) + d * d;
        accumulator[i] = n;
        w[i] = x * keep - (rate * d) / (Math.sqrt(n + inner) + outer);
      }
    }
  };
}

/**
 * Adadelta (Zeiler, 2012, arXiv:1212.5701), the same in both frameworks: n = rho n + (1 - rho) g^2,
 * d = sqrt(u + eps) / sqrt(n + eps) g, u = rho u + (1 - rho) d^2, w -= r d.
 */
export function adadelta({ rho, epsilon }: AdadeltaSettings): Rule {
  return {
    slots: [
      { name: 'gradients', initial: 0 },
      { name: 'updates', initial: 0 }
    ],
    momentumAt: null,
    step: (w, g, all, { learningRate, gradientScale, coupledDecay, keep }) => {
      const gradients = slotAt(all, 0);
      const updates = slotAt(all, 1);
      for (let i = 0; i < w.length; i++) {
        const x = w[i] as number;
        const d = (g[i] as number) * gradientScale + coupledDecay * x;
        const n = rho * (gradients[i] as number) + (1 - rho) * d * d;
        const u = updates[i] as number;
        const move = Math.sqrt((u + epsilon) / (n + epsilon)) * d;
        gradients[i] = n;
        updates[i] = rho * u + (1 - rho) * move * move;
        w[i] = x * keep - learningRate * move;
      }
    }
  };
}
