/** The first output before and after a change, wherever a view asks "what if". */

export interface AnswerChange {
  /** Classes: those that lead before or after (at most 5); numbers otherwise: the first values. */
  readonly entries: readonly {
    readonly index: number;
    readonly label: string | null;
    readonly before: number;
    readonly after: number;
  }[];
  /** Whether both are probabilities that sum to one. */
  readonly probabilities: boolean;
  /** `classes`: the greatest value is the answer; `values`: a number, a picture, a mask. */
  readonly kind: 'classes' | 'values';
  /** Whether the leading class is another one; always false for `values`. */
  readonly flipped: boolean;
  /** Largest |after - before| over the whole output. */
  readonly largestDifference: number;
}
