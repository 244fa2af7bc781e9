/**
 * The order in which Keras lists the layers of a functional model: by depth, counted from the outputs, then in the order
 * in which a walk back from the outputs meets them (`map_graph` of keras/src/ops/function.py). Both its weight formats
 * go by this order, so files must be written in it.
 */
import type { Pointer, WrittenLayer } from './written';

interface Use {
  readonly layer: string;
  readonly inputs: readonly Pointer[];
}

const keyOf = ({ layer, node }: Pick<Pointer, 'layer' | 'node'>) => `${node}:${layer}`;

/** @returns the layers that the outputs depend on, and all inputs */
export function inKerasOrder(
  layers: readonly WrittenLayer[],
  inputs: readonly Pointer[],
  outputs: readonly Pointer[]
): WrittenLayer[] {
  const uses = new Map<string, Use>();
  for (const { name, calls } of layers) {
    if (calls.length === 0) uses.set(keyOf({ layer: name, node: 0 }), { layer: name, inputs: [] });
    calls.forEach((from, node) => uses.set(keyOf({ layer: name, node }), { layer: name, inputs: from }));
  }
  const { finished, met } = walkBack(uses, outputs);
  const depths = new Map<string, number>();
  const layerDepths = new Map<string, number>();
  for (const key of [...finished].reverse()) {
    const use = uses.get(key);
    if (use === undefined) continue;
    const depth = Math.max(depths.get(key) ?? 0, layerDepths.get(use.layer) ?? 0);
    layerDepths.set(use.layer, depth);
    depths.set(key, depth);
    for (const input of use.inputs) {
      const from = keyOf(input);
      depths.set(from, Math.max(depth + 1, depths.get(from) ?? 0));
    }
  }
  for (const { layer } of inputs) {
    if (layerDepths.has(layer)) continue;
    layerDepths.set(layer, 0);
    met.set(layer, -1);
  }
  const depthOf = ({ name }: WrittenLayer) => layerDepths.get(name) ?? 0;
  const metAt = ({ name }: WrittenLayer) => met.get(name) ?? 0;
  return layers
    .filter(({ name }) => layerDepths.has(name))
    .sort((a, b) => depthOf(b) - depthOf(a) || metAt(a) - metAt(b));
}

/** Uses in the order in which a depth-first walk leaves them, and when it first met each layer. */
function walkBack(uses: ReadonlyMap<string, Use>, outputs: readonly Pointer[]) {
  const finished = new Set<string>();
  const started = new Set<string>();
  const met = new Map<string, number>();
  for (const output of outputs) {
    // A stack of its own: models are deeper than the program's.
    const stack = [{ key: keyOf(output), next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const use = uses.get(top.key);
      if (use === undefined || finished.has(top.key)) {
        stack.pop();
        continue;
      }
      if (!started.has(top.key)) {
        started.add(top.key);
        if (!met.has(use.layer)) met.set(use.layer, met.size);
      }
      const input = use.inputs[top.next++];
      if (input !== undefined) stack.push({ key: keyOf(input), next: 0 });
      else {
        finished.add(top.key);
        stack.pop();
      }
    }
  }
  return { finished, met };
}
