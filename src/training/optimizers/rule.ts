/** What an optimizer's formula is given and changes: one parameter of the model at a time. */

/** Numbers of a step, the same for all entries of a parameter. */
export interface StepScalars {
  readonly learningRate: number;
  /** Steps this parameter has taken, this one included. */
  readonly step: number;
  /** Factor of the gradient after clipping by norm. */
  readonly gradientScale: number;
  /** The gradient gains `coupledDecay * w` (PyTorch's weight decay); else 0. */
  readonly coupledDecay: number;
  /** w is multiplied by this before the step (decoupled weight decay: 1 - rate * decay); else 1. */
  readonly keep: number;
  /** Product of the scheduled momenta up to this step (Nadam); else 1. */
  readonly momentumProduct: number;
}

/** A running quantity an optimizer keeps beside each weight. */
export interface SlotSpec {
  readonly name: string;
  readonly initial: number;
}

export interface Rule {
  readonly slots: readonly SlotSpec[];
  /** The factor this step adds to `momentumProduct`; `null` where there is no such schedule. */
  readonly momentumAt: ((step: number) => number) | null;
  /**
   * One step: changes `w` and the slots in place. Arithmetic is float64, storage float32. The loops are written out
   * without calls or branches inside, since they run over every weight of the model in every step.
   */
  readonly step: (w: Float32Array, g: Float32Array, slots: readonly Float32Array[], scalars: StepScalars) => void;
}

/** The slot at an index; a missing one is a defect of this folder. */
export function slotAt(slots: readonly Float32Array[], index: number): Float32Array {
  const slot = slots[index];
  if (slot === undefined) throw new Error(`optimizer slot ${index} is missing`);
  return slot;
}
