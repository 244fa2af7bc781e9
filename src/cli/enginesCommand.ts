/** `convlens engines`: what can run a network here, and what will. */
import { listEngines } from '../engine/select';
import { engineFromEnvironment } from '../protocol/workerEnvironment';
import { readArguments } from './arguments';

/** @throws {BadInput} */
export async function enginesCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('engines', words, {});
  const engines = await listEngines(engineFromEnvironment(process.env));
  if (args.json) return JSON.stringify(engines);
  return engines
    .map((engine) => {
      const speed = engine.stepMs === null ? '' : `, fixed step ${engine.stepMs.toFixed(1)} ms`;
      return `${engine.chosen ? '*' : ' '} ${engine.name.padEnd(10)} self-test ${engine.selfTest}${speed}: ${engine.reason}`;
    })
    .join('\n');
}
