/** Whether a network ends in a softmax, log-softmax or sigmoid before which a loss can be taken. */
import type { Model } from '../core/model';
import type { LayerRow } from '../core/summary';
import { summarize } from '../core/summarize';
import { beforeSoftmax, planOf, type Plan } from './backward/plan';
import type { TrainableNetwork } from './trainable';

/** See `TrainableNetwork.finalActivation`. */
export function finalActivationOf(model: Model, output: number): ReturnType<TrainableNetwork['finalActivation']> {
  const plan = planOf(model.root);
  for (const name of ['softmax', 'logSoftmax', 'sigmoid'] as const) {
    const before = beforeSoftmax(plan, output, new Set([name]));
    if (before === plan) continue;
    const at = before.steps.findIndex((step, i) => step !== plan.steps[i]);
    return name === 'sigmoid' || overLastAxis(model, plan, at, output) ? name : null;
  }
  return null;
}

/**
 * Whether the softmax of step `at` runs along what is the last axis of the output. Along any other axis the loss is taken on
 * what the softmax gives: losses over scores take the last axis for the classes.
 */
function overLastAxis(model: Model, plan: Plan, at: number, output: number): boolean {
  const step = plan.steps[at];
  if (step?.type !== 'layer' || !('activation' in step.kind) || !('axis' in step.kind.activation)) return false;
  const { axis } = step.kind.activation;
  const { layers, outputs } = summarize(model);
  const shape = shapeOf(layers, step.layer.id);
  if ((axis < 0 || shape === null ? axis : axis - shape.length) !== -1) return false;
  const moving = plan.steps.slice(at + 1).flatMap((later) => (later.type === 'layer' ? [later.kind.kind] : []));
  if (moving.every((kind) => kind === 'identity')) return true;
  // Reshaped after the softmax: its classes have to stay together.
  const classes = shape?.at(-1) ?? null;
  return !moving.includes('permute') && classes !== null && classes === outputs[output]?.shape?.at(-1);
}

function shapeOf(rows: readonly LayerRow[], id: string): LayerRow['outputShape'] {
  for (const row of rows) {
    if (row.id === id) return row.outputShape;
    const inner = shapeOf(row.layers ?? [], id);
    if (inner !== null) return inner;
  }
  return null;
}
