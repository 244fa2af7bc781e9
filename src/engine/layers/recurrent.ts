/** Kind `recurrent`: simple, LSTM and GRU cells over `[N, T, F]`, one or both directions. */
import type { KindOf } from '../../core/layerKind';
import { CannotRun } from '../cannotRun';
import type { Tensor, Tensor2D, TensorLibrary } from '../tensorLibrary';
import { applyActivation } from './activations';
import { type ForwardContext, type LayerWeights, single } from './context';
import { t } from '../../core/texts';

type Recurrent = KindOf<'recurrent'>;

/** The weights of one direction: kernels in Keras's gate order (`i f c o`, `z r h`). */
interface Direction {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly inputBias: Tensor | null;
  /** GRU that resets after the product keeps a second bias. */
  readonly recurrentBias: Tensor | null;
}

export function recurrent(
  kind: Recurrent,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  if (x.rank !== 3) throw new CannotRun(t('it reads [batch, time, features], not a value with {0} axes', x.rank));
  const directions = directionsOf(tf, kind, weights);
  const [forward, backward] = directions;
  if (forward === undefined) throw new CannotRun(t('its weight "kernel" is missing'));
  const first = runDirection(tf, kind, x, forward, kind.goBackwards);
  if (kind.bidirectional === null) return first;
  if (backward === undefined) throw new CannotRun(t('the weights of its backward direction are missing'));
  const raw = runDirection(tf, kind, x, backward, !kind.goBackwards);
  const second = kind.returnSequences ? tf.reverse(raw, 1) : raw;
  switch (kind.bidirectional) {
    case 'concat':
      return tf.concat([first, second], -1);
    case 'sum':
      return tf.add(first, second);
    case 'mul':
      return tf.mul(first, second);
    case 'ave':
      return tf.div(tf.add(first, second), 2);
  }
}

function directionsOf(tf: TensorLibrary, kind: Recurrent, weights: LayerWeights): readonly Direction[] {
  const kernels = weights.all('kernel');
  const recurrentKernels = weights.all('recurrentKernel');
  const biases = weights.all('bias');
  const perDirection = kernels.length === 0 ? 0 : biases.length / kernels.length;
  return kernels.map((kernel, i) => {
    const recurrentKernel = recurrentKernels[i];
    if (recurrentKernel === undefined) throw new CannotRun(t('its weight "recurrentKernel" is missing'));
    const own = biases.slice(i * perDirection, (i + 1) * perDirection);
    return { kernel, recurrentKernel, ...splitBias(tf, kind, own) };
  });
}

/** Keras keeps one bias (two rows for a GRU that resets after the product), PyTorch two. */
function splitBias(
  tf: TensorLibrary,
  kind: Recurrent,
  biases: readonly Tensor[]
): { readonly inputBias: Tensor | null; readonly recurrentBias: Tensor | null } {
  const [one, two] = biases;
  if (one === undefined || !kind.useBias) return { inputBias: null, recurrentBias: null };
  if (two === undefined) {
    if (one.rank < 2) return { inputBias: one, recurrentBias: null };
    const [inputBias = one, recurrentBias = one] = tf.unstack(one);
    return { inputBias, recurrentBias };
  }
  return kind.cell === 'gru' && kind.resetAfter
    ? { inputBias: one, recurrentBias: two }
    : { inputBias: tf.add(one, two), recurrentBias: null };
}

/** @returns `[N, T, U]` in the order the steps were taken, or the last step's `[N, U]` */
function runDirection(tf: TensorLibrary, kind: Recurrent, x: Tensor, direction: Direction, backwards: boolean): Tensor {
  const [n = 1, steps = 0, features = 1] = x.shape;
  const { kernel, inputBias } = direction;
  const width = kernel.shape[1] ?? 1;
  const product = tf.matMul(tf.reshape(x, [n * steps, features]) as Tensor2D, kernel as Tensor2D);
  const projected = tf.reshape(inputBias === null ? product : tf.add(product, inputBias), [n, steps, width]);
  const ordered = tf.unstack(backwards ? tf.reverse(projected, 1) : projected, 1);
  let hidden: Tensor = tf.zeros([n, kind.units]);
  let cell: Tensor = hidden;
  const outputs: Tensor[] = [];
  for (const step of ordered) {
    const next = tf.tidy((): { hidden: Tensor; cell: Tensor } => {
      switch (kind.cell) {
        case 'simple': {
          const sum = tf.add(step, times(tf, hidden, direction.recurrentKernel));
          return { hidden: applyActivation(tf, kind.activation, sum), cell: tf.zeros([1]) };
        }
        case 'lstm':
          return lstmStep(tf, kind, step, hidden, cell, direction);
        case 'gru':
          return { hidden: gruStep(tf, kind, step, hidden, direction), cell: tf.zeros([1]) };
      }
    });
    hidden = next.hidden;
    cell = next.cell;
    outputs.push(hidden);
  }
  return kind.returnSequences ? tf.stack(outputs, 1) : hidden;
}

function lstmStep(
  tf: TensorLibrary,
  kind: Recurrent,
  step: Tensor,
  hidden: Tensor,
  cell: Tensor,
  direction: Direction
): { hidden: Tensor; cell: Tensor } {
  const gates = tf.split(tf.add(step, times(tf, hidden, direction.recurrentKernel)), 4, 1);
  const [input = step, forget = step, candidate = step, output = step] = gates;
  const gate = (value: Tensor) => applyActivation(tf, kind.recurrentActivation, value);
  const state = tf.add(
    tf.mul(gate(forget), cell),
    tf.mul(gate(input), applyActivation(tf, kind.activation, candidate))
  );
  return { hidden: tf.mul(gate(output), applyActivation(tf, kind.activation, state)), cell: state };
}

function gruStep(
  tf: TensorLibrary,
  kind: Recurrent,
  step: Tensor,
  hidden: Tensor,
  { recurrentKernel, recurrentBias }: Direction
): Tensor {
  const gate = (value: Tensor) => applyActivation(tf, kind.recurrentActivation, value);
  const [stepUpdate = step, stepReset = step, stepCandidate = step] = tf.split(step, 3, 1);
  if (kind.resetAfter) {
    const product = times(tf, hidden, recurrentKernel);
    const inner = tf.split(recurrentBias === null ? product : tf.add(product, recurrentBias), 3, 1);
    const [update = step, reset = step, candidate = step] = inner;
    const z = gate(tf.add(stepUpdate, update));
    const r = gate(tf.add(stepReset, reset));
    return mix(tf, z, hidden, applyActivation(tf, kind.activation, tf.add(stepCandidate, tf.mul(r, candidate))));
  }
  const [toUpdate = step, toReset = step, toCandidate = step] = tf.split(recurrentKernel, 3, 1);
  const z = gate(tf.add(stepUpdate, times(tf, hidden, toUpdate)));
  const r = gate(tf.add(stepReset, times(tf, hidden, toReset)));
  const candidate = tf.add(stepCandidate, times(tf, tf.mul(r, hidden), toCandidate));
  return mix(tf, z, hidden, applyActivation(tf, kind.activation, candidate));
}

/** `z h + (1 - z) c` */
function mix(tf: TensorLibrary, z: Tensor, hidden: Tensor, candidate: Tensor): Tensor {
  return tf.add(tf.mul(z, hidden), tf.mul(tf.sub(1, z), candidate));
}

function times(tf: TensorLibrary, a: Tensor, b: Tensor): Tensor {
  return tf.matMul(a as Tensor2D, b as Tensor2D);
}
