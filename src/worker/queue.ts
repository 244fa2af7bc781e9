/** One after the other: the engine and its memory serve a single pass at a time. */
export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything queued before it; a cancelled one that has not begun is skipped. */
  add<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const next = this.last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.last = next.catch(() => undefined);
    return next;
  }
}
