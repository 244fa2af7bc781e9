/**
 * One end of a channel: sends requests and answers the other side's. Used by the webview, the extension host (towards
 * webview and child process) and the child process, over whatever carries messages between them.
 */
import type { EventMap, Message, ProgressNote, RequestError, RequestMap } from './channel';

/** Carries messages; the implementation decides how (postMessage, IPC). */
export interface Transport {
  send(message: Message): void;
  /** Registers the one receiver. Unknown shapes must be passed on: the channel validates them. */
  onMessage(receive: (message: unknown) => void): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((note: ProgressNote) => void) | undefined;
}

export interface HandlerContext {
  readonly signal: AbortSignal;
  readonly progress: (note: ProgressNote) => void;
}

/** For the named requests only: a map's index signature would ask every handler to take any parameters. */
export type Handlers<M extends RequestMap> = {
  readonly [K in keyof M as string extends K ? never : K]?: (
    params: M[K]['params'],
    context: HandlerContext
  ) => Promise<M[K]['result']>;
};

type AnyHandler = (params: unknown, context: HandlerContext) => Promise<unknown>;

/** Answers whatever no handler is registered for (a host passing requests on). */
export type Fallback = (method: string, params: unknown, context: HandlerContext) => Promise<unknown>;

/** A failed request as an exception; `error` says what kind of failure it is. */
export class RequestFailure extends Error {
  constructor(readonly error: RequestError) {
    super(
      error.kind === 'input'
        ? `${error.problem.file}: ${error.problem.problem}. ${error.problem.remedy}.`
        : error.kind === 'cancelled'
          ? 'cancelled'
          : error.message
    );
    this.name = 'RequestFailure';
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: RequestFailure): void;
  onProgress?: ((note: ProgressNote) => void) | undefined;
}

/**
 * @typeParam Outgoing requests this end makes; @typeParam Incoming requests it answers;
 * @typeParam EventsOut and EventsIn likewise.
 */
export class Channel<
  Outgoing extends RequestMap,
  Incoming extends RequestMap,
  EventsOut extends EventMap,
  EventsIn extends EventMap
> {
  private nextId = 1;
  private closed: RequestError | null = null;
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();
  private readonly listeners = new Map<string, Set<(payload: unknown) => void>>();

  constructor(
    private readonly transport: Transport,
    private readonly handlers: Handlers<Incoming> = {},
    private readonly fallback?: Fallback
  ) {
    transport.onMessage((message) => {
      if (isMessage(message)) this.receive(message);
    });
  }

  /** @throws {RequestFailure} always of this class. */
  request<K extends keyof Outgoing & string>(
    method: K,
    params: Outgoing[K]['params'],
    options: CallOptions = {}
  ): Promise<Outgoing[K]['result']> {
    return this.requestUntyped(method, params, options) as Promise<Outgoing[K]['result']>;
  }

  /** As `request`, for passing on what another channel received. */
  requestUntyped(method: string, params: unknown, { signal, onProgress }: CallOptions = {}): Promise<unknown> {
    if (this.closed !== null) return Promise.reject(new RequestFailure(this.closed));
    if (signal?.aborted) return Promise.reject(new RequestFailure({ kind: 'cancelled' }));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const cancel = () => {
        if (!this.pending.delete(id)) return;
        this.transport.send({ type: 'cancel', id });
        reject(new RequestFailure({ kind: 'cancelled' }));
      };
      signal?.addEventListener('abort', cancel, { once: true });
      const settled = () => signal?.removeEventListener('abort', cancel);
      this.pending.set(id, {
        resolve: (value) => {
          settled();
          resolve(value);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onProgress
      });
      this.transport.send({ type: 'request', id, method, params });
    });
  }

  emit<K extends keyof EventsOut & string>(name: K, payload: EventsOut[K]): void {
    if (this.closed === null) this.transport.send({ type: 'event', name, payload });
  }

  /** @returns a function that stops listening. */
  on<K extends keyof EventsIn & string>(name: K, listener: (payload: EventsIn[K]) => void): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set);
    const untyped = listener as (payload: unknown) => void;
    set.add(untyped);
    return () => set.delete(untyped);
  }

  /** Ends everything: what waits fails with `reason`, what runs here is aborted. */
  close(reason: RequestError): void {
    if (this.closed !== null) return;
    this.closed = reason;
    for (const waiting of this.pending.values()) waiting.reject(new RequestFailure(reason));
    this.pending.clear();
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
  }

  private receive(message: Message): void {
    switch (message.type) {
      case 'request':
        void this.answer(message.id, message.method, message.params);
        break;
      case 'cancel':
        this.running.get(message.id)?.abort();
        break;
      case 'progress':
        this.pending.get(message.id)?.onProgress?.(message.progress);
        break;
      case 'result':
      case 'error': {
        const waiting = this.pending.get(message.id);
        this.pending.delete(message.id);
        if (message.type === 'result') waiting?.resolve(message.value);
        else waiting?.reject(new RequestFailure(message.error));
        break;
      }
      case 'event':
        for (const listener of this.listeners.get(message.name) ?? []) listener(message.payload);
        break;
    }
  }

  private async answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    const context: HandlerContext = {
      signal: controller.signal,
      progress: (progress) => {
        if (!controller.signal.aborted && this.closed === null) this.transport.send({ type: 'progress', id, progress });
      }
    };
    try {
      const own = new Map(Object.entries(this.handlers)).get(method) as AnyHandler | undefined;
      const value = own
        ? await own(params, context)
        : this.fallback
          ? await this.fallback(method, params, context)
          : await Promise.reject(new RequestFailure({ kind: 'internal', message: `unknown request ${method}` }));
      if (this.closed === null) this.transport.send({ type: 'result', id, value });
    } catch (error) {
      if (this.closed === null)
        this.transport.send({ type: 'error', id, error: toRequestError(error, controller.signal) });
    } finally {
      this.running.delete(id);
    }
  }
}

/** What a thrown thing means to the other side. */
export function toRequestError(error: unknown, signal?: AbortSignal): RequestError {
  if (signal?.aborted) return { kind: 'cancelled' };
  if (error instanceof RequestFailure) return error.error;
  return { kind: 'internal', message: error instanceof Error ? error.message : String(error) };
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const { type } = value;
  if (type === 'event') return 'name' in value && typeof value.name === 'string';
  if (type !== 'request' && type !== 'result' && type !== 'error' && type !== 'progress' && type !== 'cancel')
    return false;
  return (
    'id' in value &&
    typeof value.id === 'number' &&
    (type !== 'request' || ('method' in value && typeof value.method === 'string')) &&
    (type !== 'error' || ('error' in value && isRequestError(value.error)))
  );
}

function isRequestError(value: unknown): value is RequestError {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'input') return 'problem' in value && typeof value.problem === 'object' && value.problem !== null;
  return (
    value.kind === 'cancelled' || (value.kind === 'crashed' || value.kind === 'internal' ? 'message' in value : false)
  );
}
