/**
 * The derivative of each elementary operation that layers are written in. The library ships its own, but as a second copy
 * of itself that a bundle would have to carry; these are the few that layers use, with respect to values only.
 */
import { positiveAxis, range } from '../layers/axes';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { columnSums } from './columnSums';

type Attributes = Readonly<Record<string, unknown>>;
/** Gradients by input name, computed only where asked for. */
type Rule = (
  tf: TensorLibrary,
  gradient: Tensor,
  saved: readonly Tensor[],
  attributes: Attributes
) => Readonly<Record<string, () => Tensor>>;

interface Entry {
  /** Inputs by name, in the order `saved` has them; `result`: the output follows. */
  readonly inputs: readonly string[];
  readonly result?: true;
  readonly rule: Rule;
}

const registered = new WeakSet<TensorLibrary>();

/** Makes the rules known to the library, once. */
export function registerRules(tf: TensorLibrary): void {
  if (registered.has(tf)) return;
  registered.add(tf);
  for (const [kernelName, { inputs, result, rule }] of Object.entries(RULES)) {
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      outputsToSave: result === true ? [true] : [],
      gradFunc: (gradient, saved, attributes) => rule(tf, gradient as Tensor, saved, attributes as Attributes)
    });
  }
  registerLists(tf);
}

/** An operation of one input `x` with an elementwise derivative. */
function each(derivative: (tf: TensorLibrary, x: Tensor, attributes: Attributes) => Tensor, name = 'x'): Entry {
  return {
    inputs: [name],
    rule: (tf, gradient, [x = gradient], attributes) => ({
      [name]: () => tf.mul(gradient, derivative(tf, x, attributes))
    })
  };
}

/** As `each`, from the result. */
function fromResult(derivative: (tf: TensorLibrary, y: Tensor) => Tensor): Entry {
  return {
    inputs: [],
    result: true,
    rule: (tf, gradient, [y = gradient]) => ({ x: () => tf.mul(gradient, derivative(tf, y)) })
  };
}

/** An operation of `a` and `b` that broadcasts. */
function pair(
  toA: (tf: TensorLibrary, gradient: Tensor, a: Tensor, b: Tensor) => Tensor,
  toB: (tf: TensorLibrary, gradient: Tensor, a: Tensor, b: Tensor) => Tensor
): Entry {
  return {
    inputs: ['a', 'b'],
    rule: (tf, gradient, [a = gradient, b = gradient]) => ({
      a: () => narrowed(tf, toA(tf, gradient, a, b), a.shape),
      b: () => narrowed(tf, toB(tf, gradient, a, b), b.shape)
    })
  };
}

/** Sums a gradient over the axes along which its value was repeated. */
function narrowed(tf: TensorLibrary, gradient: Tensor, shape: readonly number[]): Tensor {
  const extra = gradient.rank - shape.length;
  const axes = range(0, gradient.rank).filter(
    (axis) => axis < extra || (shape[axis - extra] === 1 && gradient.shape[axis] !== 1)
  );
  if (axes.length === 0) return tf.reshape(gradient, [...shape]);
  const leading = gradient.rank > 1 && axes.length === gradient.rank - 1 && !axes.includes(gradient.rank - 1);
  return tf.reshape(leading ? columnSums(tf, gradient) : tf.sum(gradient, axes), [...shape]);
}

/**
 * A matrix product. WebAssembly multiplies fast only what is not turned round on the way, so single matrices are turned
 * beforehand there.
 */
function product(tf: TensorLibrary, a: Tensor, b: Tensor, turnA: boolean, turnB: boolean): Tensor {
  if (tf.getBackend() !== 'wasm' || a.rank !== 2 || b.rank !== 2) return tf.matMul(a, b, turnA, turnB);
  return tf.matMul(turnA ? tf.transpose(a) : a, turnB ? tf.transpose(b) : b);
}

const where = (tf: TensorLibrary, condition: Tensor): Tensor => tf.cast(condition, 'float32');
const numbers = (value: unknown): number[] => (Array.isArray(value) ? (value as number[]) : [Number(value)]);

/** Spreads the gradient of a sum or mean over what was summed. */
function reduction(mean: boolean): Entry {
  return {
    inputs: ['x'],
    rule: (tf, gradient, [x = gradient], { axis }) => ({
      x: () => {
        const axes = axis === undefined ? range(0, x.rank) : numbers(axis).map((one) => positiveAxis(one, x.rank));
        const kept = tf.reshape(
          gradient,
          x.shape.map((size, at) => (axes.includes(at) ? 1 : size))
        );
        const count = mean ? axes.reduce((product, at) => product * (x.shape[at] ?? 1), 1) : 1;
        return tf.mul(kept, tf.fill(x.shape, 1 / count));
      }
    })
  };
}

/** A comparison: its result has no slope. */
const STEPS: Entry = {
  inputs: ['a', 'b'],
  rule: (tf, _gradient, [a, b]) => ({
    a: () => tf.zeros(a?.shape ?? []),
    b: () => tf.zeros(b?.shape ?? [])
  })
};

const moved = (
  back: (tf: TensorLibrary, gradient: Tensor, x: Tensor, attributes: Attributes) => Tensor,
  name = 'x'
): Entry => ({
  inputs: [name],
  rule: (tf, gradient, [x = gradient], attributes) => ({ [name]: () => back(tf, gradient, x, attributes) })
});

const RULES: Readonly<Record<string, Entry>> = {
  Add: pair(
    (_tf, gradient) => gradient,
    (_tf, gradient) => gradient
  ),
  Sub: pair(
    (_tf, gradient) => gradient,
    (tf, gradient) => tf.neg(gradient)
  ),
  Multiply: pair(
    (tf, gradient, _a, b) => tf.mul(gradient, b),
    (tf, gradient, a) => tf.mul(gradient, a)
  ),
  RealDiv: pair(
    (tf, gradient, _a, b) => tf.div(gradient, b),
    (tf, gradient, a, b) => tf.neg(tf.div(tf.mul(gradient, a), tf.square(b)))
  ),
  Maximum: pair(
    (tf, gradient, a, b) => tf.mul(gradient, where(tf, tf.greaterEqual(a, b))),
    (tf, gradient, a, b) => tf.mul(gradient, where(tf, tf.less(a, b)))
  ),
  Minimum: pair(
    (tf, gradient, a, b) => tf.mul(gradient, where(tf, tf.lessEqual(a, b))),
    (tf, gradient, a, b) => tf.mul(gradient, where(tf, tf.greater(a, b)))
  ),
  // The exponent is always a constant here.
  Pow: pair(
    (tf, gradient, a, b) => tf.mul(gradient, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    (tf, _gradient, a) => tf.zerosLike(a)
  ),
  Greater: STEPS,
  GreaterEqual: STEPS,
  Less: STEPS,
  LessEqual: STEPS,
  Relu: each((tf, x) => where(tf, tf.greater(x, 0))),
  Relu6: each((tf, x) => where(tf, tf.logicalAnd(tf.greater(x, 0), tf.less(x, 6)))),
  LeakyRelu: each((tf, x, { alpha }) => {
    const above = where(tf, tf.greater(x, 0));
    return tf.add(above, tf.mul(tf.sub(1, above), Number(alpha)));
  }),
  ClipByValue: each((tf, x, { clipValueMin, clipValueMax }) =>
    where(tf, tf.logicalAnd(tf.greater(x, Number(clipValueMin)), tf.less(x, Number(clipValueMax))))
  ),
  // At zero -1, the other half of ReLU's 0: together they give softplus its slope of a half there.
  Abs: each((tf, x) => tf.sub(tf.mul(where(tf, tf.greater(x, 0)), 2), 1)),
  Sign: each((tf, x) => tf.zerosLike(x)),
  ZerosLike: each((tf, x) => tf.zerosLike(x)),
  Neg: each((tf, x) => tf.fill(x.shape, -1)),
  Square: each((tf, x) => tf.mul(x, 2)),
  Expm1: each((tf, x) => tf.exp(x)),
  Log1p: each((tf, x) => tf.reciprocal(tf.add(x, 1))),
  Erf: each((tf, x) => tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI))),
  Sigmoid: fromResult((tf, y) => tf.mul(y, tf.sub(1, y))),
  Tanh: fromResult((tf, y) => tf.sub(1, tf.square(y))),
  Exp: fromResult((_tf, y) => y),
  Sqrt: fromResult((tf, y) => tf.div(0.5, y)),
  Rsqrt: fromResult((tf, y) => tf.mul(tf.mul(tf.square(y), y), -0.5)),
  Softmax: {
    inputs: [],
    result: true,
    rule: (tf, gradient, [y = gradient]) => ({
      logits: () => {
        const weighted = tf.mul(gradient, y);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y));
      }
    })
  },
  LogSoftmax: {
    inputs: [],
    result: true,
    rule: (tf, gradient, [y = gradient]) => ({
      logits: () => tf.sub(gradient, tf.mul(tf.sum(gradient, -1, true), tf.exp(y)))
    })
  },
  Select: {
    inputs: ['condition'],
    rule: (tf, gradient, [condition = gradient]) => ({
      condition: () => tf.zeros(condition.shape),
      t: () => tf.mul(gradient, where(tf, condition)),
      e: () => tf.mul(gradient, tf.sub(1, where(tf, condition)))
    })
  },
  Sum: reduction(false),
  Mean: reduction(true),
  Identity: moved((_tf, gradient) => gradient),
  Cast: moved((_tf, gradient) => gradient),
  Reshape: moved((tf, gradient, x) => tf.reshape(gradient, x.shape)),
  ExpandDims: moved((tf, gradient, x) => tf.reshape(gradient, x.shape), 'input'),
  Transpose: moved((tf, gradient, _x, { perm }) => {
    const order = numbers(perm);
    return tf.transpose(
      gradient,
      order.map((_, axis) => order.indexOf(axis))
    );
  }),
  Reverse: moved((tf, gradient, _x, { dims }) => tf.reverse(gradient, numbers(dims))),
  Slice: moved((tf, gradient, x, { begin }) => {
    const first = numbers(begin);
    const pads = x.shape.map((size, axis): [number, number] => {
      const before = first[axis] ?? 0;
      return [before, size - before - (gradient.shape[axis] ?? 0)];
    });
    return tf.pad(gradient, pads);
  }),
  PadV2: moved((tf, gradient, x, { paddings }) =>
    tf.slice(
      gradient,
      (paddings as readonly (readonly [number, number])[]).map(([before]) => before),
      x.shape
    )
  ),
  Tile: moved((tf, gradient, x, { reps }) => {
    const times = numbers(reps);
    const apart = x.shape.flatMap((size, axis) => [times[axis] ?? 1, size]);
    return tf.sum(
      tf.reshape(gradient, apart),
      x.shape.map((_, axis) => 2 * axis)
    );
  }),
  BatchMatMul: {
    inputs: ['a', 'b'],
    rule: (tf, gradient, [a = gradient, b = gradient], { transposeA, transposeB }) => ({
      a: () =>
        transposeA === true
          ? product(tf, b, gradient, transposeB === true, true)
          : product(tf, gradient, b, false, transposeB !== true),
      b: () =>
        transposeB === true
          ? product(tf, gradient, a, true, transposeA === true)
          : product(tf, a, gradient, transposeA !== true, false)
    })
  }
};

/** Operations over lists of values: the gradient is a list, or comes as one. */
function registerLists(tf: TensorLibrary): void {
  const list = (gradient: unknown): Tensor[] =>
    Array.isArray(gradient) ? (gradient as Tensor[]) : [gradient as Tensor];
  // The library reads a list of functions where the inputs are a list; its type knows names only.
  const inOrder = (parts: readonly Tensor[]) =>
    parts.map((part) => () => part) as unknown as Record<string, () => Tensor>;
  tf.registerGradient({
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (gradient, saved, attributes) => {
      const axis = positiveAxis(Number((attributes as Attributes)['axis']), saved[0]?.rank ?? 1);
      const sizes = saved.map((part) => part.shape[axis] ?? 1);
      return inOrder(tf.split(gradient as Tensor, sizes, axis));
    }
  });
  tf.registerGradient({
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (gradient, _saved, attributes) =>
      inOrder(tf.unstack(gradient as Tensor, Number((attributes as Attributes)['axis'])))
  });
  tf.registerGradient({
    kernelName: 'Unpack',
    gradFunc: (gradient, _saved, attributes) => ({
      value: () => tf.stack(list(gradient), Number((attributes as Attributes)['axis']))
    })
  });
  tf.registerGradient({
    kernelName: 'SplitV',
    gradFunc: (gradient, _saved, attributes) => ({
      x: () => tf.concat(list(gradient), Number((attributes as Attributes)['axis']))
    })
  });
}
