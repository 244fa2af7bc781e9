/** A request whose answer a view shows: loading, failed or done; cancelled when the view no longer wants it. */
import { useCallback, useLayoutEffect, useState } from 'preact/hooks';
import type { ProgressNote, RequestError } from '../../src/protocol/channel';
import type { PanelRequests } from '../../src/protocol/panel';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';

export type Loadable<T> =
  | { readonly status: 'loading'; readonly note: ProgressNote | null; readonly cancel: () => void }
  | { readonly status: 'failed'; readonly error: RequestError; readonly retry: () => void }
  | { readonly status: 'done'; readonly value: T };

/** Answers stay for a while, so that stepping back shows them at once. Keys carry the model id and the run. */
const kept = new Map<string, unknown>();
const keepAtMost = 60;

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  const oldest = kept.keys().next();
  if (kept.size > keepAtMost && oldest.done !== true) kept.delete(oldest.value);
}

type Settled<T> =
  | { readonly key: string; readonly status: 'loading'; readonly note: ProgressNote | null }
  | { readonly key: string; readonly status: 'failed'; readonly error: RequestError }
  | { readonly key: string; readonly status: 'done'; readonly value: T };

/** @param version distinguishes answers to equal questions (another run, another opening). */
export function useRequest<K extends keyof PanelRequests & string>(
  method: K,
  params: PanelRequests[K]['params'],
  version: string | number = ''
): Loadable<PanelRequests[K]['result']> {
  type T = PanelRequests[K]['result'];
  const key = `${method} ${version} ${JSON.stringify(params)}`;
  const [held, setHeld] = useState<Settled<T>>({ key, status: 'loading', note: null });
  const [attempt, setAttempt] = useState(0);
  const [controller, setController] = useState<AbortController | null>(null);
  // Before the frame is painted: the question is on its way while the browser draws.
  useLayoutEffect(() => {
    if (kept.has(key)) {
      setHeld({ key, status: 'done', value: kept.get(key) as T });
      return undefined;
    }
    const abort = new AbortController();
    let left = false;
    setController(abort);
    setHeld({ key, status: 'loading', note: null });
    channel
      .request(method, params, {
        signal: abort.signal,
        onProgress: (note) => !left && setHeld({ key, status: 'loading', note })
      })
      .then(
        (value) => {
          keep(key, value);
          if (!left) setHeld({ key, status: 'done', value });
        },
        (error: unknown) => !left && setHeld({ key, status: 'failed', error: toRequestError(error) })
      );
    return () => {
      left = true;
      abort.abort();
    };
    // `key` stands for method, params and version.
  }, [key, attempt]);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const cancel = useCallback(() => controller?.abort(), [controller]);
  if (held.key !== key) {
    return kept.has(key) ? { status: 'done', value: kept.get(key) as T } : { status: 'loading', note: null, cancel };
  }
  if (held.status === 'done') return { status: 'done', value: held.value };
  if (held.status === 'failed') return { status: 'failed', error: held.error, retry };
  return { status: 'loading', note: held.note, cancel };
}
