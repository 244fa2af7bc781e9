/** How a command ends other than well. */
import { problemLine, type InputProblem, type Result } from '../core/result';

export const exitCode = { done: 0, findings: 1, badInput: 2, internal: 3 } as const;

/** Bad input: one line on stderr, exit 2. */
export class BadInput extends Error {}

/** The value, or the problem as the command's one line. @throws {BadInput} */
export function orFail<T>(result: Result<T, InputProblem>): T {
  if (result.ok) return result.value;
  throw new BadInput(problemLine(result.error));
}
