/** One call of the command line, from its words to what it says and its exit code. */
import { checkCommand, type CheckOutcome } from './checkCommand';
import { BadInput, exitCode } from './failure';
import { help } from './help';
import { summaryCommand } from './summaryCommand';
import { tensorsCommand } from './tensorsCommand';

// The tensor library takes longer to load than a summary to print: only the commands that compute load it.
const commands = new Map<string, (words: readonly string[]) => Promise<string | CheckOutcome>>([
  ['summary', summaryCommand],
  ['tensors', tensorsCommand],
  ['kernels', async (words) => (await import('./kernelsCommand')).kernelsCommand(words)],
  ['maps', async (words) => (await import('./mapsCommand')).mapsCommand(words)],
  ['predict', async (words) => (await import('./predictCommand')).predictCommand(words)],
  ['engines', async (words) => (await import('./enginesCommand')).enginesCommand(words)],
  ['check', checkCommand],
  ['train', async (words) => (await import('./trainCommand')).trainCommand(words)]
]);

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * @param words what follows the program's name
 * @returns what is to be printed when the command is done (training prints its epochs itself as they end), and the exit code
 */
export async function runCommandLine(words: readonly string[]): Promise<Said> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || rest.includes('--help')) {
    return { status: name === undefined ? exitCode.badInput : exitCode.done, stdout: `${help}\n`, stderr: '' };
  }
  try {
    const command = commands.get(name);
    if (command === undefined) throw new BadInput(`convlens: no command named ${name}. See convlens --help.`);
    const answer = await command(rest);
    const { text, code } = typeof answer === 'string' ? { text: answer, code: exitCode.done } : answer;
    return { status: code, stdout: text === '' ? '' : `${text}\n`, stderr: '' };
  } catch (error) {
    if (error instanceof BadInput) {
      return { status: exitCode.badInput, stdout: '', stderr: `${error.message.replace(/\s*\n\s*/g, ' ')}\n` };
    }
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { status: exitCode.internal, stdout: '', stderr: `internal error: ${trace}\n` };
  }
}
