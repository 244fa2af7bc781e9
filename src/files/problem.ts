/** A file that cannot be read as what it should be: thrown inside the readers, turned into an `InputProblem` at their border. */
import { t } from '../core/texts';
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  constructor(
    /** What is wrong, in one line without a full stop. */
    readonly problem: string,
    /** What the person can do. */
    readonly remedy: string
  ) {
    super(problem);
  }
}

export const damaged = (what: string) => new FileProblem(what, t('Copy or download the file again'));
export const refused = (what: string) => new FileProblem(what, t('Save the model again before you open it'));
