/** One training at a time in a process: those that wait are let in as they came. */

/** Called when the training is over; once is enough. */
export type Leave = () => void;

export class Line {
  private readonly waiting: (() => void)[] = [];
  private held = false;

  /** Whether somebody trains now. */
  get busy(): boolean {
    return this.held;
  }

  /**
   * As `enter`, but only for so long: whoever was stopped leaves after its step.
   * @returns `null` where somebody trains on @throws the signal's reason when it aborts
   */
  async enterWithin(milliseconds: number, signal: AbortSignal): Promise<Leave | null> {
    const patience = new AbortController();
    const give = (): void => patience.abort();
    const timer = setTimeout(give, milliseconds);
    signal.addEventListener('abort', give, { once: true });
    try {
      return await this.enter(patience.signal);
    } catch {
      signal.throwIfAborted();
      return null;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
    }
  }

  /** Waits for its turn. @throws the signal's reason when it aborts */
  async enter(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    if (!this.held) {
      this.held = true;
      return this.leave();
    }
    await new Promise<void>((resolve, reject) => {
      const next = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.waiting.splice(this.waiting.indexOf(next), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      };
      signal.addEventListener('abort', stop, { once: true });
      this.waiting.push(next);
    });
    // Handed over: nobody else could come in between.
    return this.leave();
  }

  private leave(): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.waiting.shift();
      if (next === undefined) this.held = false;
      else next();
    };
  }
}
