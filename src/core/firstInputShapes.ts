/** What each layer reads, for those who ask by layer and not by call. */
import type { GraphShapes } from './inferShapes';
import type { Shape } from './shape';

/** Shape of the first input of the first call of every layer that has a known one, nested graphs included, by layer id. */
export function firstInputShapes(shapes: GraphShapes, found = new Map<string, Shape>()): Map<string, Shape> {
  shapes.graph.calls.forEach((call, i) => {
    const known = shapes.calls[i];
    const input = known?.inputs[0] ?? null;
    if (input !== null && !found.has(call.layer)) found.set(call.layer, input);
    if (known?.nested) firstInputShapes(known.nested, found);
  });
  return found;
}
