/** A model that a format has no words for: thrown inside the writers, turned into an `InputProblem` at their border. */
export class CannotWrite extends Error {
  override readonly name = 'CannotWrite';
  constructor(
    /** The layer's name, or the model's. */
    readonly layer: string,
    /** Why, in one line without a full stop. */
    readonly reason: string
  ) {
    super(`${layer}: ${reason}`);
  }
}
