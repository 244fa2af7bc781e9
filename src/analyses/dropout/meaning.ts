/** What a network's first output says: one class of several, labels that each hold or not, or plain numbers. */
import type { Model } from '../../core/model';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { leaderOf } from '../answerChange';

export type AnswerMeaning = 'classes' | 'labels' | 'values';

/** @param output `[N, …]`; a row of numbers behind a sigmoid is a row of labels, each on its own. */
export function meaningOf(model: Model, output: DenseTensor): AnswerMeaning {
  const inner = output.shape.slice(1);
  if (inner.filter((size) => size !== 1).length > 1) return 'values';
  if (endsInSigmoid(model)) return 'labels';
  return elementCount(inner) > 1 ? 'classes' : 'values';
}

/** Whether the first output is a sigmoid's, reshapes after it not counted. */
function endsInSigmoid(model: Model): boolean {
  let graph = model.root;
  let ref = graph.outputs[0];
  while (ref !== undefined) {
    const call = graph.calls[ref.call];
    const kind = graph.layers.get(call?.layer ?? '')?.kind;
    if (kind === undefined) return false;
    if (kind.kind === 'model') {
      graph = kind.graph;
      ref = graph.outputs[ref.output];
    } else if (kind.kind === 'flatten' || kind.kind === 'reshape' || kind.kind === 'identity') ref = call?.inputs[0];
    else return 'activation' in kind && kind.activation.name === 'sigmoid';
  }
  return false;
}

/** What each row decides, equal texts for equal decisions; numbers decide nothing. @param rows `[count, outputs]` */
export function decisions(rows: Float32Array, count: number, meaning: AnswerMeaning): string[] {
  const outputs = rows.length / Math.max(1, count);
  return Array.from({ length: count }, (_, row) => {
    const own = rows.subarray(row * outputs, (row + 1) * outputs);
    if (meaning === 'values') return '';
    if (meaning === 'classes') return String(leaderOf(own));
    const on: number[] = [];
    own.forEach((value, index) => {
      if (value > 0.5) on.push(index);
    });
    return on.join(' ');
  });
}
