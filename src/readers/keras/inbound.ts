/** `inbound_nodes`, `input_layers` and `output_layers` in all the forms Keras has given them. */
import { fieldOf } from '../../core/keras/attributes';
import type { Pointer, SpecCall } from './spec';

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;

/** `[name, node, tensor, …]`. */
function pointerOf(value: unknown): Pointer | null {
  if (!Array.isArray(value)) return null;
  const [layer, node, tensor]: readonly unknown[] = value;
  if (typeof layer !== 'string' || !isCount(node)) return null;
  return isCount(tensor) ? { layer, node, tensor } : null;
}

/** All tensors in a nest of lists and objects, in order; everything else that is a value goes to `constants`. */
function collect(value: unknown, pointers: Pointer[], constants: unknown[]): void {
  const pointer = pointerOf(value);
  if (pointer !== null) {
    pointers.push(pointer);
    // Keras 2 keeps further arguments of the call behind the pointer; they may hold tensors too.
    if (Array.isArray(value) && value.length > 3) collect(value[3], pointers, constants);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) collect(item, pointers, constants);
    return;
  }
  if (value !== null && typeof value === 'object') {
    if (fieldOf(value, 'class_name') === '__keras_tensor__') {
      const history = pointerOf(fieldOf(fieldOf(value, 'config'), 'keras_history'));
      if (history !== null) pointers.push(history);
      return;
    }
    for (const item of Object.values(value)) collect(item, pointers, constants);
    return;
  }
  if (value !== null && value !== undefined && typeof value !== 'boolean') constants.push(value);
}

/** One entry for each use of the layer. */
export function callsOf(inboundNodes: unknown): SpecCall[] {
  if (!Array.isArray(inboundNodes)) return [];
  return inboundNodes.map((node: unknown): SpecCall => {
    const inputs: Pointer[] = [];
    const constants: unknown[] = [];
    const args = fieldOf(node, 'args');
    // Keras 3 writes {args, kwargs}; earlier versions a list of pointers.
    collect(args === undefined ? node : [args, fieldOf(node, 'kwargs') ?? []], inputs, constants);
    return { inputs, constants };
  });
}

/** A list of pointers, a single pointer (Keras 3 with one input), or a dictionary of them. */
export function portsOf(value: unknown): Pointer[] {
  const pointers: Pointer[] = [];
  collect(value, pointers, []);
  return pointers;
}
