/** Thrown by a layer that cannot be run; the pass stops there and the reason is shown to the person. */
export class CannotRun extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'CannotRun';
  }
}
