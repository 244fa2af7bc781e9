/** Errors as values at the borders of the program. */

/** What went wrong with an input, in one line each: the file, what is wrong, what to do. */
export interface InputProblem {
  readonly file: string;
  readonly problem: string;
  readonly remedy: string;
}

export type Result<T, E = InputProblem> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/** `model.keras: the file is truncated. Copy or download it again.` */
export function problemLine(error: InputProblem): string {
  return `${error.file}: ${error.problem}. ${error.remedy}.`;
}
