/** The texts of the display language, from the file that the host names when it starts the child process. */
import { readFileSync } from 'node:fs';

/** Read at once, because the first text may be made in the first answer. A file that cannot be read means English. */
export function readTexts(file: string | undefined): Readonly<Record<string, string>> {
  if (file === undefined || file === '') return {};
  try {
    return onlyTexts(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

function onlyTexts(bundle: unknown): Readonly<Record<string, string>> {
  if (bundle === null || typeof bundle !== 'object') return {};
  return Object.fromEntries(
    Object.entries(bundle).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  );
}
