import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { exitReason, forkWorker } from '../../../src/extension/forkWorker';
import type { WorkerLog } from '../../../src/extension/workerClient';
import { WorkerClient } from '../../../src/extension/workerClient';
import { RequestFailure } from '../../../src/protocol/rpc';

const script = path.join(__dirname, 'fakeWorker.cjs');
const lines: string[] = [];
const log: WorkerLog = {
  info: (message) => lines.push(message),
  warn: (message) => lines.push(message),
  error: (message) => lines.push(message)
};
const clients: WorkerClient[] = [];

function client(idle = 60_000, onRunning?: (running: boolean) => void): WorkerClient {
  const made = new WorkerClient({
    start: () => forkWorker(script, { CONVLENS_ENGINE: 'wasm' }, log),
    idleMilliseconds: () => idle,
    log,
    ...(onRunning === undefined ? {} : { onRunning })
  });
  clients.push(made);
  return made;
}

afterEach(() => {
  for (const made of clients.splice(0)) made.dispose();
  lines.length = 0;
});

async function failureOf(promise: Promise<unknown>): Promise<RequestFailure['error']> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RequestFailure) return error.error;
  }
  throw new Error('expected a RequestFailure');
}

describe('the child process seen from the host', () => {
  it('starts with the first request and carries typed arrays', async () => {
    const worker = client();
    expect(worker.isRunning).toBe(false);
    const value = await worker.requestUntyped('echo', { values: Float32Array.of(1, 2.5, NaN) });
    expect(value).toEqual({ values: Float32Array.of(1, 2.5, NaN) });
    expect(worker.isRunning).toBe(true);
  });

  it('runs as Node, without inherited arguments, with the settings', async () => {
    expect(await client().requestUntyped('environment', null)).toEqual({ node: '1', engine: 'wasm', execArgv: [] });
  });

  it('survives garbage', async () => {
    const worker = client();
    expect(await worker.requestUntyped('garbage', null)).toBe('still here');
    expect(await worker.requestUntyped('echo', 1)).toBe(1);
  });

  it('fails what waits when the process crashes, says so once, and starts afresh', async () => {
    const worker = client();
    const crashes: string[] = [];
    worker.onCrash((message) => crashes.push(message));
    const waiting = failureOf(worker.requestUntyped('never', null));
    expect((await failureOf(worker.requestUntyped('crash', null))).kind).toBe('crashed');
    expect((await waiting).kind).toBe('crashed');
    expect(crashes).toEqual(['it exited with code 3']);
    const before = worker.generation;
    expect(await worker.requestUntyped('echo', 'again')).toBe('again');
    expect(worker.generation).toBe(before + 1);
  });

  it('names the error that ended the process', async () => {
    const worker = client();
    const failure = await failureOf(worker.requestUntyped('throw', null));
    expect(failure).toEqual({ kind: 'crashed', message: 'Error: out of luck' });
  });

  it('cancels at once and tells the process', async () => {
    const worker = client();
    await worker.requestUntyped('echo', 0);
    const stop = new AbortController();
    const waiting = failureOf(worker.requestUntyped('never', null, { signal: stop.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    expect((await waiting).kind).toBe('cancelled');
    await worker.requestUntyped('echo', 0);
    expect(lines).toContain('cancelled 2');
  });

  it('ends when idle, but not while a panel holds it', async () => {
    const states: boolean[] = [];
    const worker = client(60, (running) => states.push(running));
    const release = worker.acquire();
    await worker.requestUntyped('echo', 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(worker.isRunning).toBe(true);
    release();
    release();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(worker.isRunning).toBe(false);
    expect(states).toEqual([true, false]);
  });

  it('is not ended under a request that takes longer than the idle time', async () => {
    const worker = client(30);
    const waiting = failureOf(worker.requestUntyped('never', null));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(worker.isRunning).toBe(true);
    worker.restart('asked');
    expect(await waiting).toEqual({ kind: 'crashed', message: 'asked' });
  });

  it('closes a shared model after its last user left', async () => {
    const sent: string[] = [];
    const worker = new WorkerClient({
      start: () => ({
        pid: 1,
        transport: {
          send: (message) => {
            if (message.type === 'request') sent.push(message.method);
          },
          onMessage: () => undefined
        },
        onExit: () => undefined,
        kill: () => undefined
      }),
      idleMilliseconds: () => 60_000,
      log
    });
    clients.push(worker);
    void worker.requestUntyped('echo', null).catch(() => undefined);
    const [first, second] = [worker.useModel('m1'), worker.useModel('m1')];
    first();
    first();
    expect(sent).toEqual(['echo']);
    second();
    expect(sent).toEqual(['echo', 'closeModel']);
  });

  it('says when the program to start is not there', async () => {
    const worker = new WorkerClient({
      start: () => forkWorker(path.join(__dirname, 'no such file.cjs'), {}, log),
      idleMilliseconds: () => 60_000,
      log
    });
    clients.push(worker);
    expect(await failureOf(worker.requestUntyped('echo', 0))).toMatchObject({ kind: 'crashed' });
  });
});

describe('exitReason', () => {
  it('recognises memory, signals, errors and codes', () => {
    expect(exitReason(134, null, 'FATAL ERROR: JavaScript heap out of memory')).toBe('it ran out of memory');
    expect(exitReason(null, 'SIGKILL', '')).toBe('it was ended by SIGKILL');
    expect(exitReason(1, null, 'at x\nTypeError: no\n  at y')).toBe('TypeError: no');
    expect(exitReason(5, null, '')).toBe('it exited with code 5');
  });
});
