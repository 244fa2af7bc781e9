/**
 * The child processes of the panels, one for each subject and shared by its panels: a model that is slow to run or to look
 * through keeps no other one waiting, and a crash takes no other panel along. Knows nothing of VS Code.
 */
import type { WorkerClientOptions } from './workerClient';
import { WorkerClient } from './workerClient';

export interface Lease {
  readonly worker: WorkerClient;
  /** Lets go of the process (once; more calls do nothing): it ends some time after its last lease. */
  readonly release: () => void;
}

export class Workers {
  private readonly clients = new Map<string, WorkerClient>();
  private running = 0;

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
    for (const client of this.clients.values()) client.restart(message);
  }

  dispose(): void {
    for (const client of this.clients.values()) client.dispose();
    this.clients.clear();
  }

  private create(key: string): WorkerClient {
    const client = new WorkerClient({
      ...this.options,
      onRunning: (running) => {
        this.running += running ? 1 : -1;
        this.options.onRunning?.(this.isRunning);
      }
    });
    this.clients.set(key, client);
    return client;
  }
}
