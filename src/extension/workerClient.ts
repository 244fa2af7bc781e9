/**
 * The host's end of the child process: starts it when first asked, shares it between panels, ends it when nobody has
 * needed it for a while, and starts a fresh one after a crash. Knows nothing of VS Code, so that it is tested alone.
 */
import type { RequestError } from '../protocol/channel';
import type { WorkerEvents, WorkerRequests } from '../protocol/requests';
import type { CallOptions, Transport } from '../protocol/rpc';
import { Channel, RequestFailure } from '../protocol/rpc';

/** A started child process, reduced to what the client needs. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly transport: Transport;
  /** Called once when the process is gone or could not be started; `reason` in words. */
  onExit(listener: (reason: string) => void): void;
  kill(): void;
}

export interface WorkerLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface WorkerClientOptions {
  readonly start: () => WorkerProcess;
  /** How long the process may live with no panel and no request, in milliseconds; read when the wait begins. */
  readonly idleMilliseconds: () => number;
  readonly log: WorkerLog;
  /** Called whenever the process starts or ends. */
  readonly onRunning?: (running: boolean) => void;
}

type WorkerChannel = Channel<WorkerRequests, Record<never, never>, Record<never, never>, WorkerEvents>;

interface Running {
  readonly process: WorkerProcess;
  readonly channel: WorkerChannel;
  readonly generation: number;
}

export class WorkerClient {
  private running: Running | null = null;
  private starts = 0;
  private leases = 0;
  private inFlight = 0;
  private idleTimer: ReturnType<typeof setTimeout> | null = null;
  private disposed = false;
  private readonly crashListeners = new Set<(message: string) => void>();
  /** How many panels look at each open model of the running process. */
  private readonly modelUsers = new Map<string, number>();

  constructor(private readonly options: WorkerClientOptions) {}

  /** Counts the processes started so far: ids of models are valid within one generation only. */
  get generation(): number {
    return this.running?.generation ?? this.starts;
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  get pid(): number | undefined {
    return this.running?.process.pid;
  }

  /** Keeps the process alive until the returned function is called (once; more calls do nothing). */
  acquire(): () => void {
    this.leases++;
    this.stopIdleTimer();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.leases--;
      this.waitForIdle();
    };
  }

  /**
   * Starts the process if there is none and asks it.
   * @throws {RequestFailure} always of this class; `crashed` where the process ended before it answered.
   */
  request<K extends keyof WorkerRequests & string>(
    method: K,
    params: WorkerRequests[K]['params'],
    options: CallOptions = {}
  ): Promise<WorkerRequests[K]['result']> {
    return this.requestUntyped(method, params, options) as Promise<WorkerRequests[K]['result']>;
  }

  /** As `request`, for passing on what a panel asked. */
  async requestUntyped(method: string, params: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.disposed) throw new RequestFailure({ kind: 'cancelled' });
    if (options.signal?.aborted) throw new RequestFailure({ kind: 'cancelled' });
    const { channel } = this.running ?? this.start();
    this.inFlight++;
    this.stopIdleTimer();
    try {
      return await channel.requestUntyped(method, params, options);
    } finally {
      this.inFlight--;
      this.waitForIdle();
    }
  }

  /** Notes one more user of an open model; the returned function closes the model after its last user left. */
  useModel(model: string): () => void {
    const generation = this.generation;
    this.modelUsers.set(model, (this.modelUsers.get(model) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held || this.running?.generation !== generation) return;
      held = false;
      const users = (this.modelUsers.get(model) ?? 1) - 1;
      if (users > 0) {
        this.modelUsers.set(model, users);
        return;
      }
      this.modelUsers.delete(model);
      this.request('closeModel', { model }).catch((error: unknown) => {
        this.options.log.warn(`closing ${model}: ${String(error)}`);
      });
    };
  }

  /** @returns a function that stops listening. */
  onCrash(listener: (message: string) => void): () => void {
    this.crashListeners.add(listener);
    return () => this.crashListeners.delete(listener);
  }

  /** Ends the process on purpose; panels are told as after a crash, and the next request starts a fresh one. */
  restart(message: string): void {
    if (this.running === null) return;
    this.end({ kind: 'crashed', message });
    for (const listener of [...this.crashListeners]) listener(message);
  }

  /** Ends the process because nobody wants its work any more: what waits is cancelled, nobody is told of a crash. */
  stop(): void {
    this.end({ kind: 'cancelled' });
  }

  dispose(): void {
    this.disposed = true;
    this.end({ kind: 'cancelled' });
    this.crashListeners.clear();
  }

  private start(): Running {
    const process = this.options.start();
    const channel: WorkerChannel = new Channel(process.transport);
    const generation = ++this.starts;
    const running: Running = { process, channel, generation };
    this.running = running;
    channel.on('log', (line) => this.writeLog(line));
    process.onExit((reason) => {
      if (this.running !== running) return;
      this.options.log.error(`The engine process ended unexpectedly: ${reason}.`);
      this.end({ kind: 'crashed', message: reason });
      for (const listener of [...this.crashListeners]) listener(reason);
    });
    this.options.log.info(`Engine process started${process.pid === undefined ? '' : ` (pid ${String(process.pid)})`}.`);
    this.options.onRunning?.(true);
    return running;
  }

  /** A log line crosses a border: only the expected shape is written. */
  private writeLog(line: unknown): void {
    if (typeof line !== 'object' || line === null || !('message' in line)) return;
    const level = 'level' in line && (line.level === 'warn' || line.level === 'error') ? line.level : 'info';
    this.options.log[level](String(line.message));
  }

  private end(reason: RequestError): void {
    this.stopIdleTimer();
    const { running } = this;
    if (running === null) return;
    this.running = null;
    this.modelUsers.clear();
    running.channel.close(reason);
    running.process.kill();
    this.options.onRunning?.(false);
  }

  private waitForIdle(): void {
    this.stopIdleTimer();
    if (this.leases > 0 || this.inFlight > 0 || this.running === null) return;
    this.idleTimer = setTimeout(() => {
      this.options.log.info('Engine process ended: nobody needs it now.');
      this.end({ kind: 'cancelled' });
    }, this.options.idleMilliseconds());
    this.idleTimer.unref();
  }

  private stopIdleTimer(): void {
    if (this.idleTimer !== null) clearTimeout(this.idleTimer);
    this.idleTimer = null;
  }
}
