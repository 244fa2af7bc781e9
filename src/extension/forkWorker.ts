/** Starts the child process with Node's `fork` and wraps its IPC as a transport. */
import { fork } from 'node:child_process';
import type { Message } from '../protocol/channel';
import type { WorkerLog, WorkerProcess } from './workerClient';

/** Lines of a stack trace worth keeping when the process dies; the rest only fills the log. */
const keptErrorCharacters = 4000;

/**
 * @param script the bundle to run; @param environment added to the host's own environment.
 *
 * 'advanced' serialisation, because JSON turns typed arrays into plain objects. ELECTRON_RUN_AS_NODE, because on the
 * desktop `process.execPath` is the editor itself. `execArgv` empty, so that the host's debugger port is not inherited.
 */
export function forkWorker(
  script: string,
  environment: Readonly<Record<string, string>>,
  log: WorkerLog
): WorkerProcess {
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ...environment, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  });
  let lastWords = '';
  let exitListener: ((reason: string) => void) | null = null;
  let exited: string | null = null;
  const finish = (reason: string) => {
    if (exited !== null) return;
    exited = reason;
    exitListener?.(reason);
  };
  child.stdout?.on('data', (data: Buffer) => {
    log.info(data.toString().trimEnd());
  });
  child.stderr?.on('data', (data: Buffer) => {
    lastWords = (lastWords + data.toString()).slice(-keptErrorCharacters);
    log.warn(data.toString().trimEnd());
  });
  child.on('error', (error) => {
    finish(error.message);
  });
  child.on('exit', (code, signal) => {
    finish(exitReason(code, signal, lastWords));
  });
  return {
    pid: child.pid,
    transport: {
      send: (message: Message) => {
        // A child that is going down reports through 'exit'; a failed send must not become an unhandled 'error'.
        if (child.connected) child.send(message, (error) => error && log.warn(`sending failed: ${error.message}`));
      },
      onMessage: (receive) => {
        child.on('message', receive);
      }
    },
    onExit: (listener) => {
      exitListener = listener;
      if (exited !== null) listener(exited);
    },
    kill: () => {
      child.kill('SIGKILL');
    }
  };
}

/** Why a process ended, in a few words for a person. */
export function exitReason(code: number | null, signal: string | null, lastWords: string): string {
  if (/heap out of memory|Cannot enlarge memory|ENOMEM/i.test(lastWords)) return 'it ran out of memory';
  if (signal !== null) return `it was ended by ${signal}`;
  const error = /^(?:\w*Error|Uncaught)\b.*$/m.exec(lastWords)?.[0];
  return error === undefined ? `it exited with code ${String(code)}` : error.slice(0, 300);
}
