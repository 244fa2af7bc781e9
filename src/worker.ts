/** The child process: files, tensors and maths. Forked by the extension host; speaks the protocol over IPC. */
import { useLanguage } from './core/numbers';
import { useTexts } from './core/texts';
import type { EventMap, Message, RequestMap } from './protocol/channel';
import type { WorkerEvents, WorkerRequests } from './protocol/requests';
import { Channel } from './protocol/rpc';
import { engineChoice, memoryBudgetBytes, workerEnvironment } from './protocol/workerEnvironment';
import { readTexts } from './worker/texts';
import { createHandlers } from './worker/handlers';
import { Runner } from './worker/running';
import { Sessions } from './worker/session';

useLanguage(process.env[workerEnvironment.language] ?? 'en');
useTexts(readTexts(process.env[workerEnvironment.texts]));

const defaultBudget = 256e6;

const runner = new Runner(engineChoice(process.env), memoryBudgetBytes(process.env, defaultBudget));
const channel = new Channel<RequestMap, WorkerRequests, WorkerEvents, EventMap>(
  {
    send: (message: Message) => {
      process.send?.(message);
    },
    onMessage: (receive) => {
      process.on('message', receive);
    }
  },
  createHandlers(new Sessions(), runner, process.env[workerEnvironment.runs] || null)
);

process.on('unhandledRejection', (reason) => {
  channel.emit('log', {
    level: 'error',
    message: `unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`
  });
});
// The state is not to be trusted after this: say why on stderr, which the host reads, and let the host start anew.
process.on('uncaughtException', (error) => {
  console.error(error.stack ?? error.message);
  process.exit(1);
});
// Without its host this process has nobody to answer.
process.on('disconnect', () => process.exit(0));
