/** The command line: the same program without VS Code. */
import { runCommandLine } from './cli/run';

/** A pipe takes its time: the process ends when all of it is written. */
const print = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve) => (text === '' ? resolve() : stream.write(text, () => resolve())));

async function main(): Promise<void> {
  const { status, stdout, stderr } = await runCommandLine(process.argv.slice(2));
  await print(process.stdout, stdout);
  await print(process.stderr, stderr);
  process.exit(status);
}

void main();
