/** A file that cannot be read as what it should be: thrown inside the readers, turned into an `InputProblem` at their border. */
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

export const damaged = (what: string) => new FileProblem(what, 'Copy or download the file again');
export const refused = (what: string) => new FileProblem(what, 'Save the model again with Keras before you open it');
