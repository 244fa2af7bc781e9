/** Operations on tensors, however they are spelled: `F.relu(x)`, `torch.relu(x)`, `x.relu()`. */
import type { LayerKind } from '../../core/layerKind';
import type { Dim, Shape } from '../../core/shape';
import { broadcast } from '../../core/shapes/combining';
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { argument, ListValue, NO_ARGS, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import { torchActivation } from './activations';
import { Given } from './given';
import { NUMBERS, namedArguments, sizesIn, TRANSPARENT } from './functionArguments';
import { adaptivePooling, padKind, pooling } from './layers';
import { besideOther, ELEMENTWISE, paddedShape, piecesOf, productShape, scaling, slicedShape } from './operationShapes';
import {
  flattenKind,
  permuteKind,
  squeezeKind,
  toShape,
  unsqueezeKind,
  viewKind,
  type Rearranged
} from './rearranging';
import { resizeKind } from './resizing';
import { demand, sizeOf, sizesOf, type Trace } from './tensors';
import { DataTensor, ParameterValue, SizeValue, TorchTensor, WeightsValue } from './values';

interface Site {
  readonly at: Located;
  readonly stack: readonly Located[];
}

export class TensorOperations {
  constructor(
    private readonly machine: Machine,
    private readonly trace: Trace
  ) {}

  private site(at: Located): Site {
    return { at: this.machine.place(at), stack: this.machine.stack };
  }

  /** A tensor for anything that stands where one is needed; `null` for what cannot be one. */
  tensor(value: Value | undefined, at: Located): TorchTensor | null {
    if (value instanceof TorchTensor) return value;
    if (value instanceof DataTensor || value instanceof ParameterValue) {
      const [, ...sizes] = value.sizes ?? [];
      const shape: Shape | null = value.sizes === null ? null : [null, ...sizes];
      const [made] = this.trace.opaque(
        { label: 'constant', ...this.site(at) },
        t('a tensor of numbers that are not read'),
        [],
        [shape]
      );
      if (made !== undefined && this.trace.isTrial) made.batch = value.sizes?.[0] ?? null;
      return made ?? null;
    }
    if (value instanceof Unknown || value instanceof WeightsValue) {
      const reason = value instanceof Unknown ? value.reason : t('the weights of a layer are used as a tensor');
      const [made] = this.trace.opaque(
        { label: '?', ...this.site(at) },
        t('the value here is not known: {0}', reason),
        [],
        [null]
      );
      return made ?? null;
    }
    return null;
  }

  /** @param name without its module; @returns `Unknown` for functions whose result is no tensor */
  call(name: string, x: TorchTensor, args: Args, at: Located): Value {
    const plain = name.endsWith('_') && !name.startsWith('_') ? name.slice(0, -1) : name;
    if (TRANSPARENT.has(name) || TRANSPARENT.has(plain)) return x;
    if (NUMBERS.has(plain)) return new Unknown(t('the result of `.{0}()` depends on the data', name), at);
    const base = plain.replace(/[123]d$/, '');
    const given = new Given(namedArguments(base, args));
    if (args.rest !== null) return this.unknown(name, args.rest.reason, [x], at);
    const rank = { '1d': 1, '3d': 3 }[plain.slice(-2)] === 1 ? 1 : plain.endsWith('3d') ? 3 : 2;
    const done = (kind: LayerKind | null): Value =>
      given.problem !== null
        ? this.unknown(name, given.problem, [x], at)
        : kind === null
          ? this.unknown(name, t('the operation `{0}` is not one of the layers known here', name), [x], at)
          : this.trace.operation({ label: name, kind, ...this.site(at) }, [x]);
    switch (base) {
      case 'max_pool':
      case 'avg_pool':
        return this.pool(name, x, given, rank, at);
      case 'adaptive_avg_pool':
      case 'adaptive_max_pool':
        return done(adaptivePooling(given, rank, x.shape, base === 'adaptive_avg_pool' ? 'Avg' : 'Max')?.kind ?? null);
      case 'dropout':
      case 'feature_dropout':
      case 'alpha_dropout':
        return this.dropout(name, plain, x, given, rank, at);
      case 'interpolate':
      case 'upsample':
        return this.resize(name, x, given, at);
      case 'pad':
        return this.pad(name, x, given, at);
      case 'normalize':
        return done(
          given.number('p', 2) === 2
            ? { kind: 'unitNorm', axes: [given.number('dim', 1)], epsilon: given.number('eps', 1e-12) }
            : null
        );
      case 'local_response_norm':
        return done({
          kind: 'localResponseNorm',
          size: given.number('size', 1),
          alpha: given.number('alpha', 1e-4),
          beta: given.number('beta', 0.75),
          k: given.number('k', 1),
          dataFormat: 'channelsFirst'
        });
      case 'pixel_shuffle':
        return done({ kind: 'pixelShuffle', factor: given.number('upscale_factor', 1), dataFormat: 'channelsFirst' });
      case 'flatten':
        return this.rearranged(
          name,
          x,
          flattenKind(x.shape, given.number('start_dim', 0), given.number('end_dim', -1)),
          at
        );
      case 'view':
      case 'reshape': {
        const found = viewKind(x.shape, sizesIn(args));
        // The code starts by flattening: all it says of its input is how many numbers there are.
        if (x.shape === null && found.kind?.kind === 'reshape' && !found.kind.target.includes(-1)) {
          demand(x, [null, found.kind.target.reduce((product, size) => product * size, 1)]);
        }
        return this.rearranged(name, x, found, at);
      }
      case 'permute':
        return this.rearranged(name, x, permuteKind(x.shape, sizesIn(args)), at);
      case 'transpose':
      case 'swapaxes':
        return this.transpose(name, x, args, at);
      case 'squeeze': {
        const axes = given.list('dim');
        return this.rearranged(name, x, squeezeKind(x.shape, axes), at);
      }
      case 'unsqueeze':
        return this.rearranged(name, x, unsqueezeKind(x.shape, given.number('dim', 0)), at);
      case 'mean':
      case 'amax':
      case 'max':
      case 'sum':
      case 'amin':
      case 'min':
        return this.reduce(name, base, x, given, at);
      case 'chunk':
      case 'split':
        return this.split(name, base, x, given, args, at);
      case 'add':
      case 'sub':
      case 'subtract':
      case 'mul':
      case 'multiply':
      case 'div':
      case 'divide':
      case 'maximum':
      case 'minimum':
      case 'true_divide':
        return this.arithmetic(name, base, x, args, at);
      case 'size':
        return args.positional.length === 0
          ? sizesOf(x, at)
          : typeof args.positional[0] === 'number'
            ? sizeOf(x, args.positional[0], at)
            : new Unknown(t('the axis is not known'), at);
      case 'dim':
      case 'ndimension':
        return x.shape === null ? sizesOf(x, at) : x.shape.length;
      case 'clamp':
      case 'clip': {
        const min = given.numberOrNone('min', null);
        const max = given.numberOrNone('max', null);
        const both = given.raw('min') !== undefined && given.raw('max') !== undefined && min !== null && max !== null;
        return done(both ? { kind: 'activation', activation: { name: 'hardTanh', min, max } } : null);
      }
      case 'zeros_like':
      case 'ones_like':
      case 'rand_like':
      case 'randn_like':
        return new DataTensor(x.shape);
      case 'expand_as':
      case 'view_as':
      case 'reshape_as': {
        const like = this.tensor(args.positional[0], at);
        return this.shaped(name, like === null ? [x] : [x, like], like?.shape ?? null, at);
      }
      case 'expand':
      case 'repeat':
      case 'tile':
        return this.repeated(name, base, x, args, at);
      case 'matmul':
      case 'bmm':
      case 'mm':
        return this.product(name, x, args.positional[0], at);
    }
    const activation = torchActivation(plain, given, x.shape?.length ?? null);
    if (activation !== null) return done({ kind: 'activation', activation });
    return ELEMENTWISE.has(base)
      ? this.shaped(name, [x], x.shape, at)
      : this.unknown(name, t('the operation `{0}` is not one of the layers known here', name), [x], at);
  }

  /** An operation that is shown, not computed, whose result has the given shape. */
  shaped(label: string, inputs: readonly TorchTensor[], shape: Shape | null, at: Located): Value {
    const reason = t('the operation `{0}` is not one of the layers known here', label);
    return this.trace.opaque({ label, ...this.site(at) }, reason, inputs, [shape])[0] ?? null;
  }

  unknown(label: string, reason: string, inputs: readonly TorchTensor[], at: Located): Value {
    return this.trace.opaque({ label, ...this.site(at) }, reason, inputs, [null])[0] ?? null;
  }

  private rearranged(label: string, x: TorchTensor, found: Rearranged, at: Located): Value {
    if (found.kind !== null) return this.trace.operation({ label, kind: found.kind, ...this.site(at) }, [x]);
    const { reason, shape, rowsPerSample } = found;
    return this.trace.opaque({ label, ...this.site(at) }, reason, [x], [shape], rowsPerSample)[0] ?? null;
  }

  /** A window as large as the axes themselves is a global pool, whatever their size. */
  private pool(label: string, x: TorchTensor, given: Given, rank: 1 | 2 | 3, at: Located): Value {
    const operation = label.startsWith('avg') ? ('average' as const) : ('max' as const);
    const stated = given.raw('kernel_size');
    const window = stated instanceof ListValue ? stated.items : [stated];
    const whole =
      x.shape !== null &&
      window.every(
        (size, i) =>
          size instanceof SizeValue &&
          size.axes.length === 1 &&
          size.factor === 1 &&
          size.axes[0]?.endsWith(`:${2 + i}`) === true
      );
    const kind: LayerKind | null = whole
      ? { kind: 'globalPool', operation, rank, keepDims: true, dataFormat: 'channelsFirst' }
      : (pooling(given, rank, x.shape, operation === 'average' ? 'Avg' : 'Max')?.kind ?? null);
    if (given.problem !== null || kind === null) return this.unknown(label, given.problem ?? '', [x], at);
    const result = this.trace.operation({ label, kind, ...this.site(at) }, [x]);
    return given.raw('return_indices') === true
      ? new ListValue([result, new Unknown(t('the places of the largest values are not followed'), at)], true)
      : result;
  }

  private dropout(label: string, plain: string, x: TorchTensor, given: Given, rank: 1 | 2 | 3, at: Located): Value {
    const training = given.raw('training');
    const sharedAxes = /[123]d$/.test(plain) ? Array.from({ length: rank }, (_, i) => i + 2) : [];
    const rate = given.number('p', 0.5);
    const type = plain.startsWith('alpha') ? ('alphaDropout' as const) : ('dropout' as const);
    if (given.problem !== null) {
      // At inference dropout is the identity whatever its rate.
      return this.trace.operation({ label, kind: { kind: 'identity' }, remark: given.problem, ...this.site(at) }, [x]);
    }
    const remark =
      training === undefined || training === true
        ? t('`{0}` without `training=self.training` drops values at inference too', label)
        : undefined;
    return this.trace.operation(
      { label, kind: { kind: type, rate, sharedAxes, seed: null }, remark, ...this.site(at) },
      [x]
    );
  }

  private resize(label: string, x: TorchTensor, given: Given, at: Located): Value {
    const mode = given.word('mode', 'nearest');
    const kind = resizeKind(given, x.shape, mode);
    if (given.problem === null) return this.trace.operation({ label, kind, ...this.site(at) }, [x]);
    // To the size of another value: known once the input's size is.
    const size = given.raw('size');
    const channels = x.shape?.[1] ?? null;
    const open: Shape | null =
      x.shape === null || size instanceof Unknown ? null : [null, channels, ...x.shape.slice(2).map(() => null)];
    const [made] = this.trace.opaque({ label, ...this.site(at) }, given.problem, [x], [open]);
    return made ?? null;
  }

  private pad(label: string, x: TorchTensor, given: Given, at: Located): Value {
    const flat = given.list('pad');
    const modes = { constant: 'zeros', reflect: 'reflect', replicate: 'replicate', circular: 'circular' } as const;
    const mode = modes[given.word('mode', 'constant') as keyof typeof modes];
    const rank = x.shape === null ? 2 : x.shape.length - 2;
    if (flat !== null && given.problem === null && rank >= 1 && flat.length <= 2 * rank) {
      const all = [...flat, ...Array.from({ length: 2 * rank - flat.length }, () => 0)];
      const kind = padKind(all, rank, mode, given.number('value', 0));
      return this.trace.operation({ label, kind, ...this.site(at) }, [x]);
    }
    const shape: Shape | null =
      x.shape === null || rank < 1 ? null : [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => null)];
    const long = flat !== null && flat.length > 2 * rank;
    const reason = given.problem ?? t('the padding of channels is not one of the layers known here');
    const [made] = this.trace.opaque(
      { label, ...this.site(at) },
      reason,
      [x],
      [long ? paddedShape(x.shape, flat) : shape]
    );
    return made ?? null;
  }

  private transpose(label: string, x: TorchTensor, args: Args, at: Located): Value {
    const [a, b] = [argument(args, 0, 'dim0'), argument(args, 1, 'dim1')];
    if (x.shape === null || typeof a !== 'number' || typeof b !== 'number') {
      return this.unknown(label, t('the axes that change places are not known'), [x], at);
    }
    const rank = x.shape.length;
    const [from, to] = [a, b].map((axis) => (axis < 0 ? axis + rank : axis));
    const order = x.shape.map((_, axis) => (axis === from ? (to ?? axis) : axis === to ? (from ?? axis) : axis));
    return this.rearranged(label, x, permuteKind(x.shape, order), at);
  }

  private reduce(label: string, base: string, x: TorchTensor, given: Given, at: Located): Value {
    const stated = given.raw('dim');
    if (stated instanceof TorchTensor)
      return this.arithmetic(
        label,
        base === 'max' ? 'maximum' : 'minimum',
        x,
        { ...NO_ARGS, positional: [stated] },
        at
      );
    const axes = given.list('dim');
    const keep = given.flag('keepdim', false);
    if (x.shape === null || axes === null || given.problem !== null) {
      return this.unknown(label, given.problem ?? t('which axes `{0}` reduces is not known', label), [x], at);
    }
    const { shape } = x;
    const rank = shape.length;
    const places = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
    const result = keep
      ? shape.map((size, axis): Dim => (places.includes(axis) ? 1 : size))
      : shape.filter((_, axis) => !places.includes(axis));
    const operation = base === 'mean' ? ('average' as const) : /max$/.test(base) ? ('max' as const) : null;
    const spatial = rank - 2;
    const value = ((): Value => {
      if (
        operation !== null &&
        (spatial === 1 || spatial === 2 || spatial === 3) &&
        places.every((axis) => axis >= 2)
      ) {
        if (places.length === spatial) {
          const kind: LayerKind = {
            kind: 'globalPool',
            operation,
            rank: spatial,
            keepDims: keep,
            dataFormat: 'channelsFirst'
          };
          return this.trace.operation({ label, kind, ...this.site(at) }, [x]);
        }
        const outputSize = shape.slice(2).map((_, i) => (places.includes(i + 2) ? 1 : null));
        const kind: LayerKind = {
          kind: 'adaptivePool',
          operation,
          rank: spatial,
          outputSize,
          dataFormat: 'channelsFirst'
        };
        const kept = this.trace.operation({ label, kind, ...this.site(at) }, [x]);
        return keep ? kept : this.rearranged('squeeze', kept, toShape(result), at);
      }
      return this.shaped(label, [x], places[0] === 0 ? null : result, at);
    })();
    return base === 'max' || base === 'min'
      ? new ListValue([value, new Unknown(t('the places of the largest values are not followed'), at)], true)
      : value;
  }

  /** Pieces along an axis; each is an output of one call. */
  private split(label: string, base: string, x: TorchTensor, given: Given, args: Args, at: Located): Value {
    const axis = given.number('dim', 0);
    const stated = argument(args, 0, 'chunks', 'split_size_or_sections', 'split_size');
    const place = x.shape === null ? null : axis < 0 ? axis + x.shape.length : axis;
    const size = place === null ? null : (x.shape?.[place] ?? null);
    const sections = stated instanceof ListValue ? given.list('split_size_or_sections') : null;
    const by = typeof stated === 'number' ? stated : null;
    const parts = sections ?? (by === null ? null : piecesOf(size, base === 'chunk' ? { count: by } : { size: by }));
    if (parts === null || place === null || place === 0 || x.shape === null) {
      return this.unknown(label, t('into how many pieces `{0}` cuts is not known', label), [x], at);
    }
    const { shape } = x;
    const outputs = parts.map((part) => shape.map((old, i): Dim => (i === place ? part : old)));
    const reason = t('the operation `{0}` is not one of the layers known here', label);
    return new ListValue(this.trace.opaque({ label, ...this.site(at) }, reason, [x], outputs), true);
  }

  private arithmetic(label: string, base: string, x: TorchTensor, args: Args, at: Located): Value {
    const operator =
      { add: '+', sub: '-', subtract: '-', mul: '*', multiply: '*', div: '/', divide: '/', true_divide: '/' }[base] ??
      base;
    const other = argument(args, 0, 'other') ?? null;
    return args.named.has('alpha') ? this.shaped(label, [x], x.shape, at) : this.binary(operator, x, other, at, label);
  }

  /** `left operator right`, one of which at least is a tensor. */
  binary(operator: string, left: Value, right: Value, at: Located, label = operator): Value {
    const a = left instanceof TorchTensor ? left : null;
    const b = right instanceof TorchTensor ? right : null;
    if (operator === '@')
      return a === null ? this.unknown(label, '', b === null ? [] : [b], at) : this.product(label, a, right, at);
    if (a !== null && b !== null) {
      const operation = (
        { '+': 'add', '-': 'subtract', '*': 'multiply', maximum: 'maximum', minimum: 'minimum' } as const
      )[operator];
      if (operation !== undefined) {
        return this.trace.operation({ label, kind: { kind: 'merge', operation }, ...this.site(at) }, [a, b]);
      }
      const shape = a.shape === null || b.shape === null ? null : broadcast(a.shape, b.shape);
      return this.shaped(label, [a, b], shape, at);
    }
    const x = a ?? b;
    const other = a === null ? left : right;
    if (x === null) return new Unknown(t('the result of `{0}` here is not known', operator), at);
    const kind = scaling(operator, other, a === null);
    if (kind !== null) return this.trace.operation({ label, kind, ...this.site(at) }, [x]);
    return this.shaped(label, [x], x.shape === null ? null : besideOther(x.shape, other), at);
  }

  private product(label: string, x: TorchTensor, other: Value | undefined, at: Located): Value {
    const y = this.tensor(other, at);
    return this.shaped(label, y === null ? [x] : [x, y], productShape(x.shape, y?.shape ?? null), at);
  }

  private repeated(label: string, base: string, x: TorchTensor, args: Args, at: Located): Value {
    const times = sizesIn(args);
    const { shape } = x;
    if (shape === null || times.length !== shape.length)
      return this.unknown(label, t('the new shape is not known'), [x], at);
    const sizes = shape.map((size, axis): Dim => {
      const by = times[axis];
      if (axis === 0) return null;
      if (base === 'expand') return by === -1 ? size : typeof by === 'number' ? by : null;
      return typeof by === 'number' && size !== null ? size * by : null;
    });
    return this.shaped(label, [x], sizes, at);
  }

  /** `torch.cat(…)`. */
  concatenate(label: string, args: Args, at: Located): Value {
    const list = argument(args, 0, 'tensors');
    const axis = argument(args, 1, 'dim', 'axis') ?? 0;
    const items = list instanceof ListValue && list.taint === null ? list.items : null;
    const tensors = items?.map((item) => this.tensor(item, at)).filter((item) => item !== null) ?? [];
    if (items === null || tensors.length < items.length || typeof axis !== 'number') {
      return this.unknown(
        label,
        list instanceof Unknown ? list.reason : t('what is joined here is not known'),
        tensors,
        at
      );
    }
    const [first] = tensors;
    if (label === 'stack') {
      const shape = first?.shape ?? null;
      const place = shape === null ? 0 : axis < 0 ? axis + shape.length + 1 : axis;
      const stacked =
        shape === null || place === 0 ? null : [...shape.slice(0, place), tensors.length, ...shape.slice(place)];
      return this.shaped(label, tensors, stacked, at);
    }
    const rank = first?.shape?.length;
    if (axis === 0 || (rank !== undefined && axis + rank === 0)) {
      return this.unknown(label, t('tensors are joined along the batch'), tensors, at);
    }
    return this.trace.operation({ label, kind: { kind: 'concat', axis }, ...this.site(at) }, tensors);
  }

  /** `x[…]`. */
  index(x: TorchTensor, index: Value, at: Located): Value {
    const parts = index instanceof ListValue && index.isTuple ? index.items : [index];
    return this.shaped('[ ]', [x], slicedShape(x.shape, parts), at);
  }
}
