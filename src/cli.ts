/** The command line: the same program without VS Code. */
import { BadInput, exitCode } from './cli/failure';
import { help } from './cli/help';
import { summaryCommand } from './cli/summaryCommand';
import { tensorsCommand } from './cli/tensorsCommand';

const notYet = (name: string) => (): Promise<string> =>
  Promise.reject(new BadInput(`convlens ${name}: not part of this version. See convlens --help for what is.`));

// The tensor library takes longer to load than a summary to print: only the commands that compute load it.
const commands = new Map<string, (words: readonly string[]) => Promise<string>>([
  ['summary', summaryCommand],
  ['tensors', tensorsCommand],
  ['kernels', async (words) => (await import('./cli/kernelsCommand')).kernelsCommand(words)],
  ['maps', async (words) => (await import('./cli/mapsCommand')).mapsCommand(words)],
  ['predict', async (words) => (await import('./cli/predictCommand')).predictCommand(words)],
  ['engines', async (words) => (await import('./cli/enginesCommand')).enginesCommand(words)],
  ['check', notYet('check')],
  ['train', async (words) => (await import('./cli/trainCommand')).trainCommand(words)]
]);

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || rest.includes('--help')) {
    process.stdout.write(`${help}\n`);
    return name === undefined ? exitCode.badInput : exitCode.done;
  }
  const command = commands.get(name);
  try {
    if (command === undefined) throw new BadInput(`convlens: no command named ${name}. See convlens --help.`);
    const text = await command(rest);
    await new Promise<void>((resolve) => process.stdout.write(text === '' ? '' : `${text}\n`, () => resolve()));
    return exitCode.done;
  } catch (error) {
    if (error instanceof BadInput) {
      process.stderr.write(`${error.message.replace(/\s*\n\s*/g, ' ')}\n`);
      return exitCode.badInput;
    }
    process.stderr.write(
      `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
    );
    return exitCode.internal;
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
