/** Strengths that the labs use unless told otherwise. */
import type { Augmentation } from '../../data/augment/augment';

const sampling = { fillMode: 'constant', interpolation: 'bilinear', fillValue: 0 } as const;

/** Small enough that a digit stays the digit it is: a tenth of the size, ten degrees, a tenth of zoom. */
export const MILD_AUGMENTATION: readonly Augmentation[] = [
  { kind: 'rotation', turns: [-10 / 360, 10 / 360], sampling },
  { kind: 'translation', height: [-0.1, 0.1], width: [-0.1, 0.1], sampling },
  { kind: 'zoom', height: [-0.1, 0.1], width: null, sampling }
];

export const PRESETS = {
  dropout: 0.5,
  /** What too much dropout does. */
  heavyDropout: 0.7,
  /** In place of Keras's 0.99, whose moving statistics need hundreds of steps. */
  batchNormMomentum: 0.9,
  /** Of each kernel's standard deviation. */
  weightNoise: 0.2,
  l2: 0.001
} as const;
