/** What depends on what in a network: which values an answer is made from, which inputs a value is made from. */
import type { Model } from '../../core/model';
import { planOf, Unwalkable, type Plan } from '../../engine/backward/plan';

/** `valueKey`s of all values that output `output` is computed from, its own included; `null` where the wiring cannot be walked. */
export function keysBehind(model: Model, output: number): ReadonlySet<string> | null {
  const plan = walkable(model);
  const value = plan?.outputs[output];
  if (plan === null || value === undefined) return null;
  const behind = valuesBehind(plan, value);
  return new Set([...plan.keys].filter(([, one]) => behind.has(one)).map(([key]) => key));
}

/** The network's inputs (in `Graph.inputs` order) that the value of a call is computed from; `null` where that cannot be said. */
export function inputsBehind(model: Model, key: string): readonly number[] | null {
  const plan = walkable(model);
  const value = plan?.keys.get(key);
  if (plan === null || value === undefined) return null;
  const behind = valuesBehind(plan, value);
  return plan.inputs.flatMap((input, i) => (behind.has(input) ? [i] : []));
}

function walkable(model: Model): Plan | null {
  try {
    return planOf(model.root);
  } catch (error) {
    if (error instanceof Unwalkable) return null;
    throw error;
  }
}

function valuesBehind({ steps }: Plan, value: number): ReadonlySet<number> {
  const found = new Set([value]);
  for (const step of steps.toReversed()) {
    if (found.has(step.output)) for (const input of step.inputs) found.add(input);
  }
  return found;
}
