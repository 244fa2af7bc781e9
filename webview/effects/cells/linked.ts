/** Which window belongs to which output cell, and back. */
import type { AxisWindows, WindowAxes } from '../../../src/protocol/effects/windows';
import type { Frame } from './cellMap';

export type Cell = readonly [number, number, number];

/** Depth, row and column of a row-major index. */
export function cellAt(axes: WindowAxes, flat: number): Cell {
  const [rows, columns] = [axes[1].indices.length, axes[2].indices.length];
  return [Math.floor(flat / (rows * columns)), Math.floor(flat / columns) % rows, flat % columns];
}

export function flatOf(axes: WindowAxes, [d, y, x]: Cell): number {
  return (d * axes[1].indices.length + y) * axes[2].indices.length + x;
}

const known = (index: number | null): index is number => index !== null;

/** The window as one frame from its first to its last element. */
export function frameOf(axes: WindowAxes, [, y, x]: Cell): Frame | null {
  const rows = (axes[1].indices[y] ?? []).filter(known);
  const columns = (axes[2].indices[x] ?? []).filter(known);
  if (rows.length === 0 || columns.length === 0) return null;
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { y: top, x: left, high: Math.max(...rows) - top + 1, wide: Math.max(...columns) - left + 1 };
}

/** The elements of the window as single frames: what dilation leaves between them stays open. */
export function elementFrames(axes: WindowAxes, [, y, x]: Cell): Frame[] {
  return (axes[1].indices[y] ?? [])
    .filter(known)
    .flatMap((row) =>
      (axes[2].indices[x] ?? []).filter(known).map((column) => ({ y: row, x: column, high: 1, wide: 1 }))
    );
}

/** Padding to draw around the input: as far as windows reach, at most 8. Top, right, bottom, left. */
export function padsOf([, rows, columns]: WindowAxes): readonly [number, number, number, number] {
  const [top, bottom] = reach(rows);
  const [left, right] = reach(columns);
  return [top, right, bottom, left];
}

function reach({ indices, size }: AxisWindows): readonly [number, number] {
  const all = [...(indices[0] ?? []), ...(indices.at(-1) ?? [])].filter(known);
  return [Math.min(8, Math.max(0, -Math.min(0, ...all))), Math.min(8, Math.max(0, Math.max(0, ...all) - size + 1))];
}

/** An output cell of the slice whose window holds the input cell: the one it won, else the middle one. */
export function outputOver(axes: WindowAxes, slice: number, y: number, x: number, winners: Int32Array): Cell | null {
  const holding = (axis: AxisWindows, at: number) =>
    axis.indices.flatMap((window, output) => (window.includes(at) ? [output] : []));
  const rows = holding(axes[1], y);
  const columns = holding(axes[2], x);
  const cells = rows.flatMap((row) => columns.map((column): Cell => [slice, row, column]));
  const plane = axes[1].size * axes[2].size;
  const won = cells.find((cell) => (winners[flatOf(axes, cell)] ?? -1) % plane === y * axes[2].size + x);
  return won ?? cells[Math.floor(cells.length / 2)] ?? null;
}
