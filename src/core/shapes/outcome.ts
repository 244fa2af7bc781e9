/** What a shape function answers: shapes, a mismatch (the model is wrong), or why nothing can be said (it is not known). */
import type { Dim, Shape } from '../shape';

export type ShapeIssueCode =
  | 'shape-rank'
  | 'shape-channels'
  | 'shape-groups'
  | 'shape-too-small'
  | 'shape-merge'
  | 'shape-concat'
  | 'shape-dot'
  | 'shape-reshape'
  | 'shape-axis'
  | 'shape-inputs';

export type ShapeOutcome =
  | { readonly type: 'shapes'; readonly shapes: readonly Shape[] }
  | { readonly type: 'mismatch'; readonly code: ShapeIssueCode; readonly message: string }
  | { readonly type: 'unknown'; readonly reason: string };

export function shapes(...list: Shape[]): ShapeOutcome {
  return { type: 'shapes', shapes: list };
}

export function mismatch(code: ShapeIssueCode, message: string): ShapeOutcome {
  return { type: 'mismatch', code, message };
}

export function unknown(reason: string): ShapeOutcome {
  return { type: 'unknown', reason };
}

/** `[?, 28, 28, 1]`: a shape in a message. */
export function shapeText(shape: Shape): string {
  return `[${shape.map((size) => size ?? '?').join(', ')}]`;
}

/** An axis counted from the start, or `null` where the shape has no such axis. */
export function resolveAxis(axis: number, rank: number): number | null {
  const resolved = axis < 0 ? axis + rank : axis;
  return Number.isInteger(resolved) && resolved >= 0 && resolved < rank ? resolved : null;
}

/** The shape with one axis replaced. */
export function withAxis(shape: Shape, axis: number, size: Dim): Shape {
  return shape.map((old, i) => (i === axis ? size : old));
}
