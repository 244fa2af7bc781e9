/** Work that a person starts, watches and may cancel; what it has so far is shown while it goes. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ProgressNote, RequestError } from '../../src/protocol/channel';
import type { PanelRequests } from '../../src/protocol/panel';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';

export type Task<T> =
  | { readonly status: 'idle' }
  | { readonly status: 'running'; readonly note: ProgressNote | null; readonly partial: unknown }
  /** What was there when it ended stays. */
  | { readonly status: 'failed'; readonly error: RequestError; readonly partial: unknown }
  | { readonly status: 'done'; readonly value: T };

/** @param subject what the task is about; a change ends it and forgets its result. */
export function useTask<K extends keyof PanelRequests & string>(method: K, subject: string) {
  type T = PanelRequests[K]['result'];
  const [task, setTask] = useState<Task<T>>({ status: 'idle' });
  const running = useRef<AbortController | null>(null);
  const cancel = useCallback(() => running.current?.abort(), []);
  useEffect(() => {
    setTask({ status: 'idle' });
    return cancel;
  }, [subject, cancel]);
  const start = useCallback(
    (params: PanelRequests[K]['params']) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      let partial: unknown;
      const show = (next: Task<T>) => {
        if (running.current === controller) setTask(next);
      };
      show({ status: 'running', note: null, partial });
      channel
        .request(method, params, {
          signal: controller.signal,
          onProgress: (note) => {
            partial = note.partial ?? partial;
            show({ status: 'running', note, partial });
          }
        })
        .then(
          (value) => show({ status: 'done', value }),
          (error: unknown) => show({ status: 'failed', error: toRequestError(error), partial })
        );
    },
    [method]
  );
  return { task, start, cancel };
}
