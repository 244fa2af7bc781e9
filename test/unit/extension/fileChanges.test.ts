import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileLook } from '../../../src/extension/panel/fileChanges';
import { SettledFile } from '../../../src/extension/panel/fileChanges';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watched(first: FileLook | null) {
  const file = { now: first };
  const settled = vi.fn();
  const gone = vi.fn();
  const watcher = new SettledFile({
    look: () => Promise.resolve(file.now),
    interval: 100,
    patience: 3,
    onSettled: settled,
    onGone: gone
  });
  return { file, settled, gone, watcher };
}

describe('a file that is being written', () => {
  it('is reported once it rests', async () => {
    const { file, settled, watcher } = watched({ size: 10, changed: 1 });
    await watcher.remember();
    watcher.notice();
    for (let size = 0; size < 5; size++) {
      file.now = { size, changed: 2 + size };
      await vi.advanceTimersByTimeAsync(100);
      watcher.notice();
    }
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(settled).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(settled).toHaveBeenCalledTimes(1);
  });

  it('is not reported when nothing really changed', async () => {
    const { settled, watcher } = watched({ size: 10, changed: 1 });
    await watcher.remember();
    watcher.notice();
    await vi.advanceTimersByTimeAsync(1000);
    expect(settled).not.toHaveBeenCalled();
  });

  it('is gone only after patience, and found again', async () => {
    const { file, settled, gone, watcher } = watched({ size: 10, changed: 1 });
    await watcher.remember();
    file.now = null;
    watcher.notice();
    await vi.advanceTimersByTimeAsync(200);
    expect(gone).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(gone).toHaveBeenCalledTimes(1);
    file.now = { size: 10, changed: 1 };
    watcher.notice();
    await vi.advanceTimersByTimeAsync(300);
    expect(settled).toHaveBeenCalledTimes(1);
  });

  it('is left alone after dispose', async () => {
    const { file, settled, gone, watcher } = watched(null);
    watcher.notice();
    watcher.dispose();
    file.now = { size: 1, changed: 1 };
    watcher.notice();
    await vi.advanceTimersByTimeAsync(1000);
    expect(settled).not.toHaveBeenCalled();
    expect(gone).not.toHaveBeenCalled();
  });
});
