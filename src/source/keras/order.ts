/** Keras's order of the layers of a functional model: by depth from the outputs, then by first visit. */
import type { LayerValue, ModelValue, TensorCall, TensorValue } from './values';

export interface DepthOrder {
  /** As `model.layers` and `model.summary()` list them. */
  readonly layers: readonly (LayerValue | ModelValue)[];
  /** Topological. */
  readonly calls: readonly TensorCall[];
}

/** The rule of `keras.src.ops.function.map_graph`; the walk stops at the model's own inputs. */
export function depthOrder(inputs: readonly TensorValue[], outputs: readonly TensorValue[]): DepthOrder {
  const starts = new Set(inputs.map((input) => input.call));
  const firstVisit = new Map<LayerValue | ModelValue, number>();
  const postOrder = visitAll(outputs, starts, firstVisit);

  const callDepth = new Map<TensorCall, number>();
  const layerDepth = new Map<LayerValue | ModelValue, number>();
  for (const call of [...postOrder].reverse()) {
    const depth = Math.max(callDepth.get(call) ?? 0, layerDepth.get(call.layer) ?? 0);
    layerDepth.set(call.layer, depth);
    callDepth.set(call, depth);
    if (starts.has(call)) continue;
    for (const input of call.inputs) {
      callDepth.set(input.call, Math.max(callDepth.get(input.call) ?? 0, depth + 1));
    }
  }
  for (const call of starts) {
    if (callDepth.has(call)) continue;
    callDepth.set(call, 0);
    layerDepth.set(call.layer, layerDepth.get(call.layer) ?? 0);
    firstVisit.set(call.layer, firstVisit.get(call.layer) ?? -1);
  }
  const byDepth = (depth: number, visit: number, other: number, otherVisit: number): number =>
    other - depth || visit - otherVisit;
  const layers = [...layerDepth]
    .sort(([a, depth], [b, other]) => byDepth(depth, firstVisit.get(a) ?? 0, other, firstVisit.get(b) ?? 0))
    .map(([layer]) => layer);
  const calls = [...callDepth]
    .sort(([a, depth], [b, other]) => byDepth(depth, firstVisit.get(a.layer) ?? 0, other, firstVisit.get(b.layer) ?? 0))
    .map(([call]) => call);
  return { layers, calls };
}

/** Calls in post-order, without recursion: real networks are thousands of calls deep. */
function visitAll(
  outputs: readonly TensorValue[],
  starts: ReadonlySet<TensorCall>,
  firstVisit: Map<LayerValue | ModelValue, number>
): TensorCall[] {
  const done = new Set<TensorCall>();
  const order: TensorCall[] = [];
  for (const output of outputs) {
    const stack: { call: TensorCall; next: number }[] = [{ call: output.call, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined) break;
      if (done.has(top.call)) {
        stack.pop();
        continue;
      }
      if (top.next === 0 && !firstVisit.has(top.call.layer)) firstVisit.set(top.call.layer, firstVisit.size);
      const input = starts.has(top.call) ? undefined : top.call.inputs[top.next];
      if (input === undefined) {
        done.add(top.call);
        order.push(top.call);
        stack.pop();
      } else {
        top.next++;
        if (!done.has(input.call)) stack.push({ call: input.call, next: 0 });
      }
    }
  }
  return order;
}
