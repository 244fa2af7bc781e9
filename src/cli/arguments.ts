/** The words after the command's name. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { BadInput } from './failure';

export interface Arguments {
  readonly files: readonly string[];
  readonly json: boolean;
  value(name: string): string | undefined;
  values(name: string): readonly string[];
  has(name: string): boolean;
}

type Option = 'flag' | 'text' | 'list';

/** @throws {BadInput} on an unknown option or a missing value. */
export function readArguments(command: string, words: readonly string[], known: Record<string, Option>): Arguments {
  const options: NonNullable<ParseArgsConfig['options']> = { json: { type: 'boolean' } };
  for (const [name, kind] of Object.entries(known)) {
    options[name] = { type: kind === 'flag' ? 'boolean' : 'string', multiple: kind === 'list' };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
    const text = (entry: unknown): string | undefined => (typeof entry === 'string' ? entry : undefined);
    return {
      files: positionals,
      json: values['json'] === true,
      value: (name) => text(values[name]),
      values: (name) => {
        const entry: unknown = values[name];
        return Array.isArray(entry) ? entry.filter((item): item is string => typeof item === 'string') : [];
      },
      has: (name) => values[name] === true
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new BadInput(`convlens ${command}: ${reason ?? ''}. See convlens --help.`);
  }
}

/** The one file a command works on. @throws {BadInput} */
export function onlyFile(command: string, { files }: Arguments): string {
  const [file, second] = files;
  if (file === undefined || second !== undefined) {
    throw new BadInput(`convlens ${command}: one file is needed, ${files.length} given. See convlens --help.`);
  }
  return file;
}

/** `28,28,1` as `[null, 28, 28, 1]`; `?` or `null` for a free size. @throws {BadInput} */
export function readShape(text: string): (number | null)[] {
  const sizes = text.split(/[,x]/).map((part) => {
    const word = part.trim();
    if (word === '?' || word === 'null' || word === 'None') return null;
    const size = Number(word);
    if (!Number.isInteger(size) || size < 1) {
      throw new BadInput(`--input-shape ${text}: "${word}" is not a size. Write it as 28,28,1, without the batch.`);
    }
    return size;
  });
  return [null, ...sizes];
}

/** The value of an option that must be there. @throws {BadInput} */
export function required(command: string, args: Arguments, name: string): string {
  const value = args.value(name);
  if (value === undefined) throw new BadInput(`convlens ${command}: --${name} is needed. See convlens --help.`);
  return value;
}
