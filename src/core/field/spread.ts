/**
 * Receptive fields of every value, in one pass from the inputs to the outputs: through branches, merges and nested
 * models. For each axis of the network's input a value knows which of its own axes moves over it and where the field's
 * edges lie, or that it sees the whole axis.
 */
import type { GraphShapes } from '../inferShapes';
import type { Call, LayerNode } from '../model';
import type { Shape } from '../shape';
import { OWN_POSITION, SAME_POSITION, through, unite, type Edge, type Reach, type Side } from './bounds';
import { identityReads, inputReads, spatialAxesRead, type InputReads } from './reads';
import { t } from '../texts';

/** What a value sees of one axis of the network's input. */
export interface AxisField {
  /** The value's own axis that moves over this one; `null` where none does any more. */
  readonly axis: number | null;
  readonly lows: readonly Edge[];
  readonly highs: readonly Edge[];
  /** The layer through which the value sees the whole axis, if it does. */
  readonly whole: string | null;
  /** Somewhere a `same` padding was placed without knowing the size. */
  readonly assumed: boolean;
}

export type FieldState =
  /** `input`: index among the network's inputs; `others`: inputs that reach the value too. */
  | {
      readonly type: 'field';
      readonly input: number;
      readonly axes: readonly AxisField[];
      readonly others: readonly number[];
    }
  | { readonly type: 'unknown'; readonly reason: string }
  /** No input of the network reaches it. */
  | { readonly type: 'none' };

export interface Visit {
  readonly state: FieldState;
  readonly shape: Shape | null;
}

/** One run of a layer within a pass, from 0 in execution order; those of a nested model count at each of its calls. */
export interface Occurrence {
  readonly layer: string;
  readonly occurrence: number;
}

export interface Spread {
  /** By layer id: the first call's first output. */
  readonly layers: ReadonlyMap<string, Visit>;
  /** By layer id: what later calls of it add, at most `MOST_LATER` of them. */
  readonly later: ReadonlyMap<string, readonly Visit[]>;
  /** The first output of the run that was asked for; `null` where there is no such run or it was not followed. */
  readonly asked: FieldState | null;
  /** By network input: axes that some layer slides a window over. */
  readonly spatial: ReadonlyMap<number, ReadonlySet<number>>;
}

/** A nested graph called from nested graphs called … multiplies: past this many calls nothing is followed. */
const MOST_CALLS = 400_000;
/** Later uses of a shared layer whose fields are kept beside the first. */
const MOST_LATER = 16;

interface Walk {
  readonly layers: Map<string, Visit>;
  readonly later: Map<string, Visit[]>;
  readonly spatial: Map<number, Set<number>>;
  readonly wanted: Occurrence | null;
  asked: FieldState | null;
  /** Runs of the wanted layer so far. */
  runs: number;
  calls: number;
}

const NONE: FieldState = { type: 'none' };

/**
 * Follows every input of a graph to every value.
 * @param wanted a run whose own field is kept: a later use of a shared layer may read another input than the first.
 */
export function spreadFields(shapes: GraphShapes, wanted: Occurrence | null = null): Spread {
  const walk: Walk = {
    layers: new Map(),
    later: new Map(),
    spatial: new Map(),
    wanted,
    asked: null,
    runs: 0,
    calls: 0
  };
  const inputs = shapes.graph.inputs.map((ref, input): FieldState => {
    const shape = shapes.calls[ref.call]?.outputs[ref.output];
    return shape === undefined
      ? { type: 'unknown', reason: t('the input has no known shape') }
      : ownField(input, shape);
  });
  spreadGraph(shapes, inputs, walk);
  return walk;
}

function ownField(input: number, shape: Shape): FieldState {
  const axes = shape.map((_, axis): AxisField => ({
    axis,
    lows: [OWN_POSITION],
    highs: [OWN_POSITION],
    whole: null,
    assumed: false
  }));
  return { type: 'field', input, axes, others: NO_OTHERS };
}

function spreadGraph(shapes: GraphShapes, inputs: readonly FieldState[], walk: Walk): FieldState[] {
  const { graph } = shapes;
  const bound = new Map(graph.inputs.map((ref, i) => [ref.call, inputs[i] ?? NONE]));
  const values: (readonly FieldState[])[] = [];
  for (const call of graph.calls) {
    const states = ++walk.calls > MOST_CALLS ? [tooMany()] : spreadCall(shapes, call, values, bound.get(call.id), walk);
    values.push(states);
    if (call.layer === walk.wanted?.layer && walk.runs++ === walk.wanted.occurrence) walk.asked = states[0] ?? NONE;
    keepVisit(walk, call.layer, { state: states[0] ?? NONE, shape: shapes.calls[call.id]?.outputs[0] ?? null });
  }
  return graph.outputs.map((ref) => values[ref.call]?.[ref.output] ?? NONE);
}

function keepVisit(walk: Walk, layer: string, visit: Visit): void {
  if (!walk.layers.has(layer)) {
    walk.layers.set(layer, visit);
    return;
  }
  const later = walk.later.get(layer);
  if (later === undefined) walk.later.set(layer, [visit]);
  else if (later.length < MOST_LATER) later.push(visit);
}

const tooMany = (): FieldState => ({ type: 'unknown', reason: t('the model repeats too many nested calls to follow') });

function spreadCall(
  shapes: GraphShapes,
  call: Call,
  values: readonly (readonly FieldState[])[],
  given: FieldState | undefined,
  walk: Walk
): readonly FieldState[] {
  const { graph } = shapes;
  const layer = graph.layers.get(call.layer);
  const known = shapes.calls[call.id];
  if (layer === undefined || known === undefined) return [NONE];
  if (layer.kind.kind === 'input') return [given ?? NONE];
  if (layer.kind.kind === 'model') {
    const inputs = call.inputs.map((ref) => values[ref.call]?.[ref.output] ?? NONE);
    if (known.nested === null) return [{ type: 'unknown', reason: known.reason ?? t('the nested model is not known') }];
    if (!layer.kind.timeDistributed) return spreadGraph(known.nested, inputs, walk);
    return spreadGraph(known.nested, inputs.map(intoStep), walk).map(outOfStep);
  }
  const [output] = known.outputs;
  const read: Field[] = [];
  let unknown: FieldState | null = null;
  for (const [i, ref] of call.inputs.entries()) {
    const state = values[ref.call]?.[ref.output] ?? NONE;
    const shape = known.inputs[i];
    if (state.type === 'unknown') unknown ??= state;
    if (state.type !== 'field' || !shape || output === undefined) continue;
    noteSpatial(layer, shape, state, walk);
    read.push(readThrough(state, inputReads(layer.kind, shape, output), layer));
  }
  if (unknown !== null) return [unknown];
  if (output === undefined) return [{ type: 'unknown', reason: known.reason ?? t('its shape is not known') }];
  return [uniteStates(read, layer.name)];
}

/** One time step of a sequence: the time axis travels in the place of the batch. */
function shiftAxes(state: FieldState, shift: (axis: number) => number): FieldState {
  if (state.type !== 'field') return state;
  return {
    ...state,
    axes: state.axes.map((field) => ({ ...field, axis: field.axis === null ? null : shift(field.axis) }))
  };
}

const intoStep = (state: FieldState): FieldState => shiftAxes(state, (axis) => Math.max(0, axis - 1));
const outOfStep = (state: FieldState): FieldState => shiftAxes(state, (axis) => axis + 1);

type Field = Extract<FieldState, { readonly type: 'field' }>;

function noteSpatial(layer: LayerNode, shape: Shape, state: Field, walk: Walk): void {
  const axes = spatialAxesRead(layer.kind, shape.length);
  if (axes.length === 0) return;
  const noted = walk.spatial.get(state.input) ?? new Set<number>();
  walk.spatial.set(state.input, noted);
  for (const [inputAxis, field] of state.axes.entries()) {
    if (inputAxis > 0 && field.axis !== null && axes.includes(field.axis)) noted.add(inputAxis);
  }
}

function readThrough(state: Field, reads: InputReads, layer: LayerNode): Field {
  if (reads === identityReads(reads.length)) return state;
  const axes = state.axes.map((field): AxisField => {
    const read = field.axis === null ? undefined : reads[field.axis];
    if (field.axis === null || field.axis === 0) return field;
    if (read === undefined || read.type === 'all') {
      return { axis: null, lows: [], highs: [], whole: field.whole ?? layer.name, assumed: field.assumed };
    }
    const still = read.reach === SAME_POSITION;
    if (still && read.axis === field.axis && !read.statistics) return field;
    return {
      axis: read.axis,
      lows: still ? field.lows : seenThrough(field.lows, 'low', read.reach),
      highs: still ? field.highs : seenThrough(field.highs, 'high', read.reach),
      whole: field.whole ?? (read.statistics ? layer.name : null),
      assumed: field.assumed || read.assumed
    };
  });
  return { ...state, axes };
}

function seenThrough(edges: readonly Edge[], side: Side, reach: Reach): readonly Edge[] {
  return unite(
    edges.map((edge) => through(edge, side, reach)),
    side
  );
}

/** The union over several paths. Values of several network inputs are told relative to the one with the most axes. */
function uniteStates(states: readonly Field[], layer: string): FieldState {
  const [first] = states;
  if (first === undefined) return NONE;
  if (states.every((state) => state === first)) return first;
  let main = first;
  for (const state of states) {
    const longer = state.axes.length - main.axes.length;
    if (longer > 0 || (longer === 0 && state.input < main.input)) main = state;
  }
  const same = states.filter((state) => state.input === main.input);
  const axes = main.axes.map((field, inputAxis) =>
    uniteAxes(
      same.map((state) => state.axes[inputAxis] ?? field),
      layer
    )
  );
  return { type: 'field', input: main.input, axes, others: otherInputs(states, main.input) };
}

const NO_OTHERS: readonly number[] = [];

function otherInputs(states: readonly Field[], main: number): readonly number[] {
  if (states.every((state) => state.input === main && state.others.length === 0)) return NO_OTHERS;
  const all = new Set(states.flatMap((state) => [state.input, ...state.others]));
  all.delete(main);
  return [...all];
}

function uniteAxes(fields: readonly AxisField[], layer: string): AxisField {
  const [only] = fields;
  if (only !== undefined && fields.every((field) => field === only)) return only;
  const moving = fields.filter((field) => field.axis !== null);
  const axis = moving[0]?.axis ?? null;
  const whole = fields.find((field) => field.whole !== null)?.whole ?? null;
  const assumed = fields.some((field) => field.assumed);
  if (moving.some((field) => field.axis !== axis)) {
    return { axis: null, lows: [], highs: [], whole: whole ?? layer, assumed };
  }
  return {
    axis,
    lows: unite(
      moving.flatMap((field) => field.lows),
      'low'
    ),
    highs: unite(
      moving.flatMap((field) => field.highs),
      'high'
    ),
    whole,
    assumed
  };
}
