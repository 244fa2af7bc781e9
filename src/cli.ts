/** The command line: the same program without VS Code. */
import { BadInput, exitCode } from './cli/failure';
import { enginesCommand } from './cli/enginesCommand';
import { help } from './cli/help';
import { kernelsCommand } from './cli/kernelsCommand';
import { mapsCommand } from './cli/mapsCommand';
import { predictCommand } from './cli/predictCommand';
import { summaryCommand } from './cli/summaryCommand';
import { tensorsCommand } from './cli/tensorsCommand';

const notYet = (name: string) => (): Promise<string> =>
  Promise.reject(new BadInput(`convlens ${name}: not part of this version. See convlens --help for what is.`));

const commands = new Map<string, (words: readonly string[]) => Promise<string>>([
  ['summary', summaryCommand],
  ['tensors', tensorsCommand],
  ['kernels', kernelsCommand],
  ['maps', mapsCommand],
  ['predict', predictCommand],
  ['engines', enginesCommand],
  ['check', notYet('check')],
  ['train', notYet('train')]
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
