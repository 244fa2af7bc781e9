/** The border between readers that throw and callers that want values. */
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import { FileProblem } from '../files/problem';

/** `null` for errors that are none of a file. */
function systemProblem(code: string): string | null {
  switch (code) {
    case 'ENOENT':
      return t('is not there');
    case 'EACCES':
    case 'EPERM':
      return t('may not be read');
    case 'EISDIR':
      return t('is a folder');
    case 'ENOTDIR':
      return t('is not a folder');
    case 'EMFILE':
      return t('cannot be opened: too many files are open');
    case 'ERR_FS_FILE_TOO_LARGE':
      return t('is too large to be read at once');
    default:
      return null;
  }
}

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
    const problem = systemProblem(code);
    if (problem !== null) return fail({ file, problem, remedy: t('Check the path') });
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
      return fail({ file: name, problem: t('cannot be read any more'), remedy: t('Check the file and open it again') });
    }
    throw error;
  }
}
