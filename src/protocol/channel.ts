/**
 * How two sides talk: requests with an id, answered once with a result or an error; events without an answer;
 * cancellation by id. The same shapes travel between webview and host and between host and child process.
 */
import type { InputProblem } from '../core/result';

/** Why a request failed: the input is bad, the person cancelled, the child process died, or a defect. */
export type RequestError =
  | { readonly kind: 'input'; readonly problem: InputProblem }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'internal'; readonly message: string };

/** A map of request names to their parameters and results. */
export type RequestMap = Record<string, { params: unknown; result: unknown }>;
/** A map of event names to their payloads. */
export type EventMap = Record<string, unknown>;

export type Message =
  | { readonly type: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: RequestError }
  | { readonly type: 'progress'; readonly id: number; readonly progress: ProgressNote }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'event'; readonly name: string; readonly payload: unknown };

export interface ProgressNote {
  /** In [0, 1]; `null` where the total is unknown. */
  readonly share: number | null;
  readonly message: string;
  /** Something already finished, method by method (see the request's docs). */
  readonly partial?: unknown;
}
