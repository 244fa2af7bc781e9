/** Default plans: as many seeds, images and epochs as fit into about three minutes on this engine, ten at most. */
import type { LabName } from '../../../training/lab/grids';

export interface Size {
  readonly seeds: readonly number[];
  readonly size: number | null;
  readonly epochs: number;
}

const wishedSeconds = 180;
const mostSeconds = 600;

/** Seeds, training images, epochs: from what shows most to the least that still shows something. */
type Steps = readonly (readonly [number, number | null, number])[];

const LADDERS: Readonly<Record<LabName | 'twin', Steps>> = {
  twin: [
    [5, 500, 12],
    [5, 500, 8],
    [3, 500, 8],
    [3, 300, 8],
    [3, 200, 6],
    [1, 200, 6]
  ],
  regularisation: [
    [5, 500, 12],
    [3, 500, 12],
    [3, 500, 8],
    [3, 300, 8],
    [3, 200, 6],
    [1, 200, 6]
  ],
  initialScale: [
    [5, 500, 6],
    [3, 500, 6],
    [3, 300, 6],
    [3, 200, 5],
    [1, 200, 5]
  ],
  // As many steps as these epochs on the largest number take go into every number of images.
  smallData: [
    [5, null, 1],
    [3, null, 1],
    [3, 1000, 6],
    [3, 500, 8],
    [3, 200, 8],
    [1, 200, 8]
  ],
  randomLabels: [
    [5, 200, 60],
    [3, 200, 60],
    [3, 200, 40],
    [3, 100, 40],
    [3, 100, 25],
    [1, 100, 25]
  ],
  underfitting: [
    [5, 500, 10],
    [3, 500, 10],
    [3, 300, 8],
    [3, 200, 6],
    [1, 200, 6]
  ]
};

export interface Fitted extends Size {
  readonly seconds: number;
  /** Whether even the least takes more than ten minutes. */
  readonly tooSlow: boolean;
}

/** @param secondsOf what a size takes; `null` where it cannot be run at all */
export function fitted(what: LabName | 'twin', secondsOf: (size: Size) => number | null): Fitted | null {
  const ladder = LADDERS[what];
  let last: Fitted | null = null;
  for (const [at, [count, size, epochs]] of ladder.entries()) {
    const one = { seeds: Array.from({ length: count }, (_, i) => i + 1), size, epochs };
    const seconds = secondsOf(one);
    if (seconds === null) return null;
    last = { ...one, seconds, tooSlow: seconds > mostSeconds };
    // Fewer than three seeds judge nothing: rather a longer lab than an empty one.
    const nextJudgesNothing = (ladder[at + 1]?.[0] ?? 0) < 3;
    if (seconds <= wishedSeconds || (nextJudgesNothing && seconds <= mostSeconds)) return last;
  }
  return last;
}
