/**
 * Tells when a file that changed on disk is complete again. A training script writes a large file in pieces, so the
 * file counts as complete when size and time of change stayed the same over two looks.
 */

export interface FileLook {
  readonly size: number;
  readonly changed: number;
}

export interface SettledOptions {
  /** `null` where the file does not exist now. */
  readonly look: () => Promise<FileLook | null>;
  /** Milliseconds between two looks. */
  readonly interval: number;
  /** Called when the file is complete and differs from what was last reported (or was there at the start). */
  readonly onSettled: () => void;
  /** Called once when the file stays away for `patience` looks. */
  readonly onGone: () => void;
  readonly patience: number;
}

/** `notice()` after each sign of change; looks by itself until the file is at rest. */
export class SettledFile {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private last: FileLook | null = null;
  private reported: FileLook | null = null;
  private missing = 0;
  private disposed = false;

  constructor(private readonly options: SettledOptions) {}

  /** Takes the file as it is now for known, so that opening it does not report it. */
  async remember(): Promise<void> {
    this.reported = await this.options.look();
  }

  notice(): void {
    if (this.disposed || this.timer !== null) return;
    this.missing = 0;
    this.last = null;
    this.schedule();
  }

  dispose(): void {
    this.disposed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      void this.lookAgain();
    }, this.options.interval);
    this.timer.unref();
  }

  private async lookAgain(): Promise<void> {
    const now = await this.options.look().catch(() => null);
    this.timer = null;
    if (this.disposed) return;
    if (now === null) {
      this.missing++;
      this.last = null;
      if (this.missing < this.options.patience) {
        this.schedule();
        return;
      }
      this.reported = null;
      this.options.onGone();
      return;
    }
    if (!same(now, this.last)) {
      this.last = now;
      this.schedule();
      return;
    }
    if (same(now, this.reported)) return;
    this.reported = now;
    this.options.onSettled();
  }
}

function same(a: FileLook, b: FileLook | null): boolean {
  return b !== null && a.size === b.size && a.changed === b.changed;
}
