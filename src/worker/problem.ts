/** Failing a request with one clear line. */
import type { Result } from '../core/result';
import { RequestFailure } from '../protocol/rpc';

export function inputFailure(file: string, problem: string, remedy: string): RequestFailure {
  return new RequestFailure({ kind: 'input', problem: { file, problem, remedy } });
}

/** @throws {RequestFailure} with the problem. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new RequestFailure({ kind: 'input', problem: result.error });
}
