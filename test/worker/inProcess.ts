/** The child process's requests without the process: the same handlers, called directly. */
import { createHandlers } from '../../src/worker/handlers';
import { Runner } from '../../src/worker/running';
import { Sessions } from '../../src/worker/session';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { WorkerRequests } from '../../src/protocol/requests';
import type { LayerThumbnail } from '../../src/protocol/running';

/** The named requests only, without the map's index signature. */
type Named = { readonly [K in keyof WorkerRequests as string extends K ? never : K]: WorkerRequests[K] };
type Method = keyof Named;
type Handler<K extends Method> = (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;

export interface Asked {
  readonly signal?: AbortSignal;
  readonly onThumbnail?: (thumbnail: LayerThumbnail) => void;
  /** Told of every report of progress. */
  readonly onProgress?: () => void;
}

export type Request = <K extends Method>(
  method: K,
  params: Named[K]['params'],
  asked?: Asked
) => Promise<Named[K]['result']>;

/** @param budget bytes of values kept. @param sessions to look into what the requests leave behind */
export function inProcess(budget = 256e6, sessions = new Sessions()): Request {
  return requestOf(createHandlers(sessions, new Runner('wasm', budget)));
}

/** For tests that hold the handlers themselves. */
export function requestOf(handlers: { readonly [K in Method]?: Handler<K> }): Request {
  return async <K extends Method>(method: K, params: Named[K]['params'], asked: Asked = {}) => {
    const handler: Handler<K> | undefined = handlers[method];
    if (handler === undefined) throw new Error(`no handler of ${method}`);
    return handler(params, {
      signal: asked.signal ?? new AbortController().signal,
      progress: ({ partial }) => {
        asked.onProgress?.();
        if (partial !== undefined) asked.onThumbnail?.(partial as LayerThumbnail);
      }
    });
  };
}
