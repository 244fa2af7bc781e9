/** The border between readers that throw and callers that want values. */
import { fail, ok, type Result } from '../core/result';
import { FileProblem } from '../files/problem';

const systemProblems: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  EISDIR: 'is a folder',
  ENOTDIR: 'is not a folder',
  EMFILE: 'cannot be opened: too many files are open',
  ERR_FS_FILE_TOO_LARGE: 'is too large to be read at once'
};

/**
 * @returns what `read` returns; a file that is damaged, missing or refused as a problem that names it
 * @throws the signal's reason where it was aborted, and defects of the program
 */
export async function guarded<T>(file: string, read: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await read());
  } catch (error) {
    if (error instanceof FileProblem) return fail({ file, problem: error.problem, remedy: error.remedy });
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const problem = systemProblems[code];
    if (problem !== undefined) return fail({ file, problem, remedy: 'Check the path' });
    throw error;
  }
}

/** The same for one example: `read` answers at once. @param name of the example */
export function attempted<T>(name: string, read: () => T): Result<T> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof FileProblem) return fail({ file: name, problem: error.problem, remedy: error.remedy });
    // The disc's own errors: the file went away or lies on a drive that did.
    if (error instanceof Error && ('code' in error || error.message === 'the file has been closed')) {
      return fail({ file: name, problem: 'cannot be read any more', remedy: 'Check the file and open it again' });
    }
    throw error;
  }
}
