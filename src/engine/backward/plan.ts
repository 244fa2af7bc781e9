/**
 * A graph and the graphs inside it as one list of steps over numbered values, so that walking it backwards needs no
 * recursion: nested graphs are unrolled, a shared layer is a step for each of its calls.
 */
import type { Graph, LayerNode, ValueRef } from '../../core/model';
import type { LayerKind } from '../../core/layerKind';
import { LINEAR } from '../../core/activation';
import { valueKey } from '../experiment';
import { t } from '../../core/texts';

export type Step =
  | {
      readonly type: 'layer';
      readonly layer: LayerNode;
      readonly kind: LayerKind;
      readonly occurrence: number;
      readonly inputs: readonly number[];
      readonly output: number;
    }
  /** The value itself under another name: an input layer, an output of a nested graph. */
  | { readonly type: 'alias'; readonly layer: LayerNode; readonly inputs: readonly number[]; readonly output: number }
  /** `[N, T, …]` to `[N T, …]`. */
  | { readonly type: 'fold'; readonly layer: LayerNode; readonly inputs: readonly number[]; readonly output: number }
  /** The inverse; batch and steps are those of value `like`. */
  | {
      readonly type: 'unfold';
      readonly layer: LayerNode;
      readonly inputs: readonly number[];
      readonly output: number;
      readonly like: number;
    };

export interface Plan {
  readonly steps: readonly Step[];
  /** The value that each call gives first, by `valueKey`. */
  readonly keys: ReadonlyMap<string, number>;
  /** The values handed in, in `Graph.inputs` order. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly values: number;
}

/** Why a graph cannot be walked. */
export class Unwalkable extends Error {
  constructor(
    readonly layer: string,
    readonly reason: string
  ) {
    super(reason);
    this.name = 'Unwalkable';
  }
}

/**
 * @param kinds other kinds by layer id (see `Experiment.kinds`)
 * @throws {Unwalkable} where a value is read that nothing gives
 */
export function planOf(root: Graph, kinds: ReadonlyMap<string, LayerKind> = new Map()): Plan {
  const steps: Step[] = [];
  const keys = new Map<string, number>();
  const counts = new Map<string, number>();
  let values = 0;
  const next = (): number => values++;

  const walk = (graph: Graph, bound: readonly number[]): number[] => {
    const given: (readonly number[])[] = [];
    const at = (ref: ValueRef, layer: string): number => {
      const value = given[ref.call]?.[ref.output];
      if (value === undefined) throw new Unwalkable(layer, t('it reads a value that no layer before it gives'));
      return value;
    };
    for (const call of graph.calls) {
      const layer = graph.layers.get(call.layer);
      if (layer === undefined) throw new Unwalkable(call.layer, t('the graph does not hold this layer'));
      const occurrence = counts.get(layer.id) ?? 0;
      counts.set(layer.id, occurrence + 1);
      const inputs = call.inputs.map((ref) => at(ref, layer.id));
      let outputs: number[];
      if (layer.kind.kind === 'input') {
        const source = bound[graph.inputs.findIndex((ref) => ref.call === call.id)];
        if (source === undefined) throw new Unwalkable(layer.id, t('this input is given no value'));
        outputs = [next()];
        steps.push({ type: 'alias', layer, inputs: [source], output: outputs[0] ?? 0 });
      } else if (layer.kind.kind === 'model') {
        outputs = nested(layer, layer.kind, inputs);
      } else {
        outputs = [next()];
        const kind = kinds.get(layer.id) ?? layer.kind;
        steps.push({ type: 'layer', layer, kind, occurrence, inputs, output: outputs[0] ?? 0 });
      }
      given[call.id] = outputs;
      if (outputs[0] !== undefined) keys.set(valueKey(layer.id, occurrence), outputs[0]);
    }
    return graph.outputs.map((ref) => at(ref, graph.name));
  };

  const nested = (
    layer: LayerNode,
    kind: Extract<LayerKind, { kind: 'model' }>,
    inputs: readonly number[]
  ): number[] => {
    const [like] = inputs;
    if (!kind.timeDistributed || like === undefined) {
      return walk(kind.graph, inputs).map((inner) => {
        const output = next();
        steps.push({ type: 'alias', layer, inputs: [inner], output });
        return output;
      });
    }
    const folded = inputs.map((input) => {
      const output = next();
      steps.push({ type: 'fold', layer, inputs: [input], output });
      return output;
    });
    return walk(kind.graph, folded).map((inner) => {
      const output = next();
      steps.push({ type: 'unfold', layer, inputs: [inner], output, like });
      return output;
    });
  };

  const inputs = root.inputs.map(next);
  return { outputs: walk(root, inputs), steps, keys, inputs, values };
}

/** Kinds that hand every value on, if to another place: a softmax may stand before them and still be the last word. */
const MOVING: ReadonlySet<LayerKind['kind']> = new Set(['reshape', 'flatten', 'permute', 'identity']);
const SQUASHING: ReadonlySet<string> = new Set(['softmax', 'logSoftmax', 'sigmoid']);

/**
 * The plan whose output `output` is the class scores before the final softmax, log-softmax or sigmoid; the plan itself where
 * there is none.
 * @param squashing names of the activations that are passed over
 */
export function beforeSoftmax(plan: Plan, output: number, squashing: ReadonlySet<string> = SQUASHING): Plan {
  let value = plan.outputs[output];
  for (let at = plan.steps.length - 1; at >= 0; at--) {
    const step = plan.steps[at];
    if (step === undefined || step.output !== value) continue;
    if (step.type !== 'layer' || MOVING.has(step.kind.kind)) {
      value = step.inputs[0];
      continue;
    }
    const { kind } = step;
    if (!('activation' in kind) || kind.kind === 'recurrent' || !squashing.has(kind.activation.name)) return plan;
    const open: LayerKind = kind.kind === 'activation' ? { kind: 'identity' } : { ...kind, activation: LINEAR };
    return { ...plan, steps: plan.steps.map((one, i) => (i === at ? { ...step, kind: open } : one)) };
  }
  return plan;
}
