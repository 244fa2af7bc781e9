/** Small changes of a picture that leave its meaning: shifts, rotations, brightness, pixel noise. */
import { createRandom, seedFor } from '../core/random';
import type { RgbaImage } from './types';

/** As the protocol's. */
export type AugmentationName = 'all' | 'shift' | 'rotation' | 'brightness' | 'noise';

export interface Augmentation {
  /** Pixels to the right and down. */
  readonly shiftX: number;
  readonly shiftY: number;
  /** Counted clockwise as the picture is seen. */
  readonly degrees: number;
  /** Added to each colour, in 0..255. */
  readonly brightness: number;
  /** Standard deviation of the Gaussian noise on each colour, in 0..255, and its seed. */
  readonly noise: number;
  readonly noiseSeed: number;
}

/** How far each change goes at most: shares of the picture's side, degrees, shares of 255. */
export const augmentationLimits = { shift: 0.08, degrees: 12, brightness: 0.2, noise: 0.06 } as const;

/** Drawn evenly between minus and plus the limits; the noise has the limit as its deviation. */
export function drawAugmentation(
  which: AugmentationName,
  seed: number,
  { width, height }: { readonly width: number; readonly height: number }
): Augmentation {
  const random = createRandom(seedFor(seed, 'augmentation'));
  // All are drawn whatever is used, so that a change alone is the same one as among the others.
  const [x, y, turn, light] = [0, 0, 0, 0].map(() => 2 * random.uniform() - 1);
  const uses = (name: AugmentationName) => which === 'all' || which === name;
  const { shift, degrees, brightness, noise } = augmentationLimits;
  return {
    shiftX: uses('shift') ? (x ?? 0) * shift * width : 0,
    shiftY: uses('shift') ? (y ?? 0) * shift * height : 0,
    degrees: uses('rotation') ? (turn ?? 0) * degrees : 0,
    brightness: uses('brightness') ? (light ?? 0) * brightness * 255 : 0,
    noise: uses('noise') ? noise * 255 : 0,
    noiseSeed: seedFor(seed, 'pixel noise')
  };
}

/**
 * Turned about the middle, then shifted, by bilinear interpolation with the edge repeated outside; then brightness and
 * noise; rounded to 0..255. Where the three colours are equal they get the same noise. Alpha stays.
 */
export function augment(image: RgbaImage, change: Augmentation): RgbaImage {
  const { width, height, data } = image;
  const angle = (change.degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const random = createRandom(change.noiseSeed);
  const at = (x: number, y: number, channel: number) => data[4 * (y * width + x) + channel] ?? 0;
  const clampX = (x: number) => Math.max(0, Math.min(width - 1, x));
  const clampY = (y: number) => Math.max(0, Math.min(height - 1, y));
  const gray = isGray(data);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x - middleX - change.shiftX, y - middleY - change.shiftY];
      const sourceX = clampX(middleX + cos * dx + sin * dy);
      const sourceY = clampY(middleY - sin * dx + cos * dy);
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [right, bottom] = [clampX(left + 1), clampY(top + 1)];
      const [shareX, shareY] = [sourceX - left, sourceY - top];
      const pixel = 4 * (y * width + x);
      let noise = 0;
      for (let channel = 0; channel < 3; channel++) {
        const above = at(left, top, channel) * (1 - shareX) + at(right, top, channel) * shareX;
        const below = at(left, bottom, channel) * (1 - shareX) + at(right, bottom, channel) * shareX;
        if (change.noise > 0 && (channel === 0 || !gray)) noise = change.noise * random.normal();
        const value = above * (1 - shareY) + below * shareY + change.brightness + noise;
        result[pixel + channel] = Math.max(0, Math.min(255, Math.round(value)));
      }
      result[pixel + 3] = data[pixel + 3] ?? 255;
    }
  }
  return { width, height, data: result };
}

function isGray(data: Uint8Array): boolean {
  for (let i = 0; i < data.length; i += 4) if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}
