/** Recurrent layers: all steps up to the one asked for, and the gate values of that step. */
import type { KindOf } from '../core/layerKind';
import type { LayerNode } from '../core/model';
import { orderWeights, type OrderedWeight } from '../engine/weightOrder';
import { formula, none, storedIndex, type Place, type Steps } from './proofPlace';
import { activateScalar } from './scalarActivation';
import { t } from '../core/texts';

type Recurrent = KindOf<'recurrent'>;

/** Time between looks at the signal. */
const sliceMs = 50;

/** One direction's weights, gates in Keras's order (`i f c o`, `z r h`), row-major `[rows, gates * units]`. */
interface Direction {
  readonly kernel: Float32Array;
  readonly recurrentKernel: Float32Array;
  readonly bias: Float32Array | null;
  /** Added to the product with the state, before the reset gate is applied. */
  readonly recurrentBias: Float32Array | null;
}

/** One unit at one step: the output, and the gates it comes from. */
interface UnitStep {
  readonly hidden: number;
  readonly terms: Readonly<Record<string, number>>;
}

const formulas = {
  simple: 'h = activation(W x + U h_before + b)',
  lstm: 'h = output gate * activation(cell), cell = forget gate * cell before + input gate * candidate',
  gru: 'h = update gate * h before + (1 - update gate) * candidate'
} as const;

export async function recurrentSteps(layer: LayerNode, kind: Recurrent, place: Place): Promise<Steps> {
  if (activateScalar(kind.activation, 0) === null || activateScalar(kind.recurrentActivation, 0) === null)
    return none(t('a gate of this layer uses an activation that needs more than one number'));
  const [steps = 0, features = 0] = place.input.stored;
  if (place.input.stored.length !== 2) return none(t('the input of this layer is not a series of steps'));
  const directions = await directionsOf(layer, kind, place.signal);
  const [first, second] = directions;
  if (first === undefined || (kind.bidirectional !== null && second === undefined))
    return none(t('the layer has no weights'));
  const flat = storedIndex(place);
  const width = kind.bidirectional === 'concat' ? 2 * kind.units : kind.units;
  const unit = (flat % width) % kind.units;
  const row = kind.returnSequences ? Math.floor(flat / width) : steps - 1;
  const series = { x: place.input.values, steps, features };
  const one = (direction: Direction, taken: number, backwards: boolean) =>
    unitAt(kind, direction, series, { unit, taken, backwards }, place.signal);
  const at = (taken: number) => t('step {0} of {1}', taken + 1, steps);
  const forward = () => one(first, row, kind.goBackwards);
  // The second direction's steps are turned round again, so that both tell of the same time.
  const taken = kind.returnSequences ? steps - 1 - row : steps - 1;
  const backward = () => one(second ?? first, taken, !kind.goBackwards);
  const text = formulas[kind.cell];
  if (kind.bidirectional === null || (kind.bidirectional === 'concat' && flat % width < kind.units)) {
    const { hidden, terms } = await forward();
    const name = kind.bidirectional === null ? '' : t(', first direction');
    return formula(`${text} (${at(row)}${name})`, terms, hidden);
  }
  if (kind.bidirectional === 'concat') {
    const { hidden, terms } = await backward();
    return formula(t('{0} ({1}, second direction)', text, at(taken)), terms, hidden);
  }
  const [a, b] = [await forward(), await backward()];
  const joined = { sum: a.hidden + b.hidden, mul: a.hidden * b.hidden, ave: (a.hidden + b.hidden) / 2 };
  const words = { sum: 'h1 + h2', mul: 'h1 * h2', ave: '(h1 + h2) / 2' };
  const named = (prefix: string, { terms }: UnitStep) =>
    Object.fromEntries(Object.entries(terms).map(([name, value]) => [`${prefix} ${name}`, value]));
  return formula(
    t('{0}; each direction: {1} ({2} and {3})', words[kind.bidirectional], text, at(row), at(taken)),
    { h1: a.hidden, h2: b.hidden, ...named('1:', a), ...named('2:', b) },
    joined[kind.bidirectional]
  );
}

async function directionsOf(layer: LayerNode, kind: Recurrent, signal: AbortSignal): Promise<Direction[]> {
  const raw = [];
  for (const { role, layout, flipped, shape, read } of layer.weights)
    raw.push({ role, layout, flipped, shape, data: Float32Array.from(await read(signal)) });
  const ordered = orderWeights(kind, raw);
  const all = (role: OrderedWeight['role']) => ordered.filter((weight) => weight.role === role);
  const [kernels, recurrentKernels, biases] = [all('kernel'), all('recurrentKernel'), all('bias')];
  const perDirection = kernels.length === 0 ? 0 : biases.length / kernels.length;
  return kernels.flatMap((kernel, i): Direction[] => {
    const recurrentKernel = recurrentKernels[i];
    if (recurrentKernel === undefined) return [];
    const own = kind.useBias ? biases.slice(i * perDirection, (i + 1) * perDirection) : [];
    return [{ kernel: kernel.data, recurrentKernel: recurrentKernel.data, ...splitBias(kind, own) }];
  });
}

/** Keras keeps one bias (two rows for a GRU that resets after the product), PyTorch two. */
function splitBias(kind: Recurrent, biases: readonly OrderedWeight[]): Pick<Direction, 'bias' | 'recurrentBias'> {
  const [one, two] = biases;
  if (one === undefined) return { bias: null, recurrentBias: null };
  const rows =
    two === undefined && one.shape.length === 2
      ? [one.data.subarray(0, one.shape[1]), one.data.subarray(one.shape[1])]
      : [one.data, two?.data];
  const [bias = one.data, recurrentBias] = rows;
  if (recurrentBias === undefined) return { bias, recurrentBias: null };
  return kind.cell === 'gru' && kind.resetAfter
    ? { bias, recurrentBias }
    : { bias: bias.map((value, i) => value + (recurrentBias[i] ?? 0)), recurrentBias: null };
}

interface Series {
  readonly x: Float32Array;
  readonly steps: number;
  readonly features: number;
}

interface Asked {
  readonly unit: number;
  /** How many steps come before, in the order they are taken. */
  readonly taken: number;
  readonly backwards: boolean;
}

/** Runs the cell from its first step. @throws where `signal` aborts */
async function unitAt(
  kind: Recurrent,
  direction: Direction,
  { x, steps, features }: Series,
  { unit, taken, backwards }: Asked,
  signal: AbortSignal
): Promise<UnitStep> {
  let hidden = new Float64Array(kind.units);
  let cell = new Float64Array(kind.units);
  let result: UnitStep = { hidden: 0, terms: {} };
  let pauseAt = performance.now() + sliceMs;
  for (let step = 0; step <= taken; step++) {
    const start = (backwards ? steps - 1 - step : step) * features;
    const next = cellStep(kind, direction, x.subarray(start, start + features), hidden, cell);
    if (step === taken) result = next.show(unit);
    ({ hidden, cell } = next);
    if (performance.now() < pauseAt) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    pauseAt = performance.now() + sliceMs;
  }
  return result;
}

interface CellStep {
  readonly hidden: Float64Array<ArrayBuffer>;
  readonly cell: Float64Array<ArrayBuffer>;
  /** The gates of one unit. */
  readonly show: (unit: number) => UnitStep;
}

/** `row vector * matrix + bias`. */
function product(row: ArrayLike<number>, matrix: Float32Array, width: number, bias: Float32Array | null): Float64Array {
  const sums = bias === null ? new Float64Array(width) : Float64Array.from(bias);
  for (let i = 0; i < row.length; i++) {
    const x = row[i] ?? 0;
    if (x === 0) continue;
    for (let j = 0; j < width; j++) sums[j] = (sums[j] ?? 0) + x * (matrix[i * width + j] ?? 0);
  }
  return sums;
}

function cellStep(
  kind: Recurrent,
  { kernel, recurrentKernel, bias, recurrentBias }: Direction,
  x: Float32Array,
  before: Float64Array,
  cellBefore: Float64Array
): CellStep {
  const { units } = kind;
  const width = { simple: 1, lstm: 4, gru: 3 }[kind.cell] * units;
  const fromInput = product(x, kernel, width, bias);
  const fromState = product(before, recurrentKernel, width, recurrentBias);
  const sum = (gate: number, unit: number) =>
    (fromInput[gate * units + unit] ?? 0) + (fromState[gate * units + unit] ?? 0);
  const activate = (value: number) => activateScalar(kind.activation, value) ?? Number.NaN;
  const gateOf = (value: number) => activateScalar(kind.recurrentActivation, value) ?? Number.NaN;
  const each = (of: (unit: number) => number) => Float64Array.from({ length: units }, (_, unit) => of(unit));
  switch (kind.cell) {
    case 'simple': {
      const hidden = each((unit) => activate(sum(0, unit)));
      const show = (unit: number): UnitStep => ({
        hidden: hidden[unit] ?? Number.NaN,
        terms: { 'W x + b': fromInput[unit] ?? Number.NaN, 'U h_before': fromState[unit] ?? Number.NaN }
      });
      return { hidden, cell: new Float64Array(units), show };
    }
    case 'lstm': {
      const gates = (unit: number) => ({
        'input gate': gateOf(sum(0, unit)),
        'forget gate': gateOf(sum(1, unit)),
        candidate: activate(sum(2, unit)),
        'output gate': gateOf(sum(3, unit)),
        'cell before': cellBefore[unit] ?? Number.NaN
      });
      const cell = each((unit) => {
        const g = gates(unit);
        return g['forget gate'] * g['cell before'] + g['input gate'] * g.candidate;
      });
      const hidden = each((unit) => gateOf(sum(3, unit)) * activate(cell[unit] ?? Number.NaN));
      const show = (unit: number): UnitStep => ({
        hidden: hidden[unit] ?? Number.NaN,
        terms: { ...gates(unit), cell: cell[unit] ?? Number.NaN }
      });
      return { hidden, cell, show };
    }
    case 'gru': {
      const reset = each((unit) => gateOf(sum(1, unit)));
      // Before version 2, Keras reset the state before it is multiplied, not the product.
      const candidates = kind.resetAfter
        ? each((unit) => (reset[unit] ?? 0) * (fromState[2 * units + unit] ?? 0))
        : product(
            before.map((h, unit) => h * (reset[unit] ?? 0)),
            recurrentKernel,
            width,
            null
          ).subarray(2 * units);
      const gates = (unit: number) => ({
        'update gate': gateOf(sum(0, unit)),
        'reset gate': reset[unit] ?? Number.NaN,
        candidate: activate((fromInput[2 * units + unit] ?? 0) + (candidates[unit] ?? 0)),
        'h before': before[unit] ?? Number.NaN
      });
      const hidden = each((unit) => {
        const g = gates(unit);
        return g['update gate'] * g['h before'] + (1 - g['update gate']) * g.candidate;
      });
      return {
        hidden,
        cell: new Float64Array(units),
        show: (unit) => ({ hidden: hidden[unit] ?? Number.NaN, terms: gates(unit) })
      };
    }
  }
}
