/** How a batch of pictures is answered, alone and beside another run of the same pictures. */
import type { DenseTensor } from '../../core/tensor';
import type { AnswerScore } from '../../protocol/effects/normalization';
import { leaderOf } from '../answerChange';
import { largestDifference } from './xray';

/** Row `index` of a batch, as a batch of one. */
export function rowOf({ shape, data }: DenseTensor, index: number): DenseTensor {
  const size = data.length / Math.max(1, shape[0] ?? 1);
  return { shape: [1, ...shape.slice(1)], data: data.slice(index * size, (index + 1) * size) };
}

export function rowsFrom({ shape, data }: DenseTensor, start: number, end: number): DenseTensor {
  const size = data.length / Math.max(1, shape[0] ?? 1);
  const part = data.slice(start * size, end * size);
  return { shape: [part.length / Math.max(1, size), ...shape.slice(1)], data: part };
}

export function joinRows(parts: readonly DenseTensor[]): DenseTensor {
  const [first] = parts;
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  return { shape: [rows, ...(first?.shape.slice(1) ?? [])], data };
}

/** Whether each row holds one number for each class. */
export function areClasses({ shape }: DenseTensor): boolean {
  return shape.slice(1).filter((size) => size !== 1).length === 1;
}

/** @param labels output index of each row's class, `null` where unknown */
export function scoreOf(outputs: DenseTensor, compared: DenseTensor, labels: readonly (number | null)[]): AnswerScore {
  const rows = outputs.shape[0] ?? 0;
  let right = 0;
  let known = 0;
  let same = 0;
  let change = 0;
  for (let i = 0; i < rows; i++) {
    const own = rowOf(outputs, i).data;
    const other = rowOf(compared, i).data;
    const leader = leaderOf(own);
    const label = labels[i] ?? null;
    if (label !== null) {
      known++;
      if (label === leader) right++;
    }
    if (leader === leaderOf(other)) same++;
    change += largestDifference(own, other);
  }
  return {
    accuracy: known === 0 ? null : right / known,
    same: rows === 0 ? 1 : same / rows,
    change: rows === 0 ? 0 : change / rows
  };
}
