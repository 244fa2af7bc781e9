import { describe, expect, it, vi } from 'vitest';
import { Workers } from '../../../src/extension/workers';

function workers() {
  const running: boolean[] = [];
  const start = vi.fn(() => ({
    pid: start.mock.calls.length,
    transport: { send: () => undefined, onMessage: () => undefined },
    onExit: () => undefined,
    kill: () => undefined
  }));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const made = new Workers({ start, idleMilliseconds: () => 0, log, onRunning: (one) => running.push(one) });
  return { made, start, running };
}

describe('processes of the panels', () => {
  it('is one for each subject, shared by its panels, and begins with the first request', () => {
    const { made, start } = workers();
    const [a, again, b] = [made.attach('a'), made.attach('a'), made.attach('b')];
    expect(again.worker).toBe(a.worker);
    expect(b.worker).not.toBe(a.worker);
    expect(start).not.toHaveBeenCalled();
    void a.worker.request('engines', null).catch(() => undefined);
    void again.worker.request('engines', null).catch(() => undefined);
    void b.worker.request('engines', null).catch(() => undefined);
    expect(start).toHaveBeenCalledTimes(2);
    made.dispose();
  });

  it('tells whether any runs, and restarts all that do', async () => {
    const { made, running } = workers();
    const [a, b] = [made.attach('a'), made.attach('b')];
    const questions = [a, b].map(({ worker }) => worker.request('engines', null));
    expect(made.isRunning).toBe(true);
    made.restart('settings');
    for (const question of questions) await expect(question).rejects.toMatchObject({ error: { kind: 'crashed' } });
    expect(made.isRunning).toBe(false);
    expect(running.at(-1)).toBe(false);
    made.dispose();
  });

  it('lets a process end after its last lease', async () => {
    const { made } = workers();
    const [a, second] = [made.attach('a'), made.attach('a')];
    const stop = new AbortController();
    const question = a.worker.request('engines', null, { signal: stop.signal });
    stop.abort();
    await expect(question).rejects.toThrow();
    a.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made.isRunning).toBe(true);
    second.release();
    await vi.waitFor(() => expect(made.isRunning).toBe(false));
  });

  it('keeps one more standing by while any runs, which the next subject takes over', async () => {
    vi.useFakeTimers();
    try {
      const { made, start } = workers();
      const ask = (key: string) =>
        made
          .attach(key)
          .worker.request('engines', null)
          .catch(() => undefined);
      void ask('a');
      vi.advanceTimersByTime(2000);
      expect(start).toHaveBeenCalledTimes(2);
      const b = made.attach('b');
      void b.worker.request('engines', null).catch(() => undefined);
      expect(start).toHaveBeenCalledTimes(2);
      expect(b.worker.pid).toBe(2);
      vi.advanceTimersByTime(2000);
      expect(start).toHaveBeenCalledTimes(3);
      // With other settings the one that stands by is of no use.
      made.restart('settings');
      vi.advanceTimersByTime(5000);
      expect(start).toHaveBeenCalledTimes(3);
      void ask('c');
      await Promise.resolve();
      expect(start).toHaveBeenCalledTimes(4);
      made.dispose();
    } finally {
      vi.useRealTimers();
    }
  });
});
