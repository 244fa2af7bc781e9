/**
 * The child processes of the panels, one for each subject and shared by its panels: a model that is slow to run or to look
 * through keeps no other one waiting, and a crash takes no other panel along. While any runs, one more stands by: a further
 * model is then read at once. Knows nothing of VS Code.
 */
import type { WorkerClientOptions, WorkerProcess } from './workerClient';
import { WorkerClient } from './workerClient';

export interface Lease {
  readonly worker: WorkerClient;
  /** Lets go of the process (once; more calls do nothing): it ends some time after its last lease. */
  readonly release: () => void;
}

/** Milliseconds after a start: the process that was asked for comes first. */
const spareAfter = 1500;

export class Workers {
  private readonly clients = new Map<string, WorkerClient>();
  private running = 0;
  private spare: WorkerProcess | null = null;
  private spareTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: WorkerClientOptions) {}

  get isRunning(): boolean {
    return this.running > 0;
  }

  /** The process of a subject, which begins with its first request. @param key of the subject */
  attach(key: string): Lease {
    const worker = this.clients.get(key) ?? this.create(key);
    return { worker, release: worker.acquire() };
  }

  /** Ends all processes on purpose; panels are told as after a crash, and their next requests start fresh ones. */
  restart(message: string): void {
    // Its settings are the old ones.
    this.dropSpare();
    for (const client of this.clients.values()) client.restart(message);
  }

  dispose(): void {
    this.dropSpare();
    for (const client of this.clients.values()) client.dispose();
    this.clients.clear();
  }

  private create(key: string): WorkerClient {
    const client = new WorkerClient({
      ...this.options,
      start: () => this.start(),
      onRunning: (running) => {
        this.running += running ? 1 : -1;
        if (!this.isRunning) this.dropSpare();
        this.options.onRunning?.(this.isRunning);
      }
    });
    this.clients.set(key, client);
    return client;
  }

  private start(): WorkerProcess {
    const process = this.spare ?? this.options.start();
    this.spare = null;
    if (this.spareTimer !== null) clearTimeout(this.spareTimer);
    this.spareTimer = setTimeout(() => this.makeSpare(), spareAfter);
    this.spareTimer.unref();
    return process;
  }

  private makeSpare(): void {
    if (!this.isRunning || this.spare !== null) return;
    const process = this.options.start();
    this.spare = process;
    process.onExit(() => {
      if (this.spare === process) this.spare = null;
    });
  }

  private dropSpare(): void {
    if (this.spareTimer !== null) clearTimeout(this.spareTimer);
    this.spareTimer = null;
    const { spare } = this;
    this.spare = null;
    spare?.kill();
  }
}
