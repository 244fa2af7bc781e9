/** The command line: the same program without VS Code. */
import { checkCommand, type CheckOutcome } from './cli/checkCommand';
import { BadInput, exitCode } from './cli/failure';
import { help } from './cli/help';
import { summaryCommand } from './cli/summaryCommand';
import { tensorsCommand } from './cli/tensorsCommand';

// The tensor library takes longer to load than a summary to print: only the commands that compute load it.
const commands = new Map<string, (words: readonly string[]) => Promise<string | CheckOutcome>>([
  ['summary', summaryCommand],
  ['tensors', tensorsCommand],
  ['kernels', async (words) => (await import('./cli/kernelsCommand')).kernelsCommand(words)],
  ['maps', async (words) => (await import('./cli/mapsCommand')).mapsCommand(words)],
  ['predict', async (words) => (await import('./cli/predictCommand')).predictCommand(words)],
  ['engines', async (words) => (await import('./cli/enginesCommand')).enginesCommand(words)],
  ['check', checkCommand],
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
    const answer = await command(rest);
    const { text, code } = typeof answer === 'string' ? { text: answer, code: exitCode.done } : answer;
    await new Promise<void>((resolve) => process.stdout.write(text === '' ? '' : `${text}\n`, () => resolve()));
    return code;
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
