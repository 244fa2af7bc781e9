/** Windows that fit badly: pixels that none of them reaches, kernels that meet nothing but padding. */
import type { KindOf } from '../core/layerKind';
import { spatialAxes, type Dim } from '../core/shape';
import { t } from '../core/texts';
import { axisPads, axisWindow, spanOf } from '../core/windows';
import { ownName, writtenArgument } from './argumentNames';
import { setArgument } from './edits';
import type { Fix, Remark } from './finding';
import { quoted } from './shapes';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

type Sliding = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'pool'>;

function slidingOf({ layer: { kind } }: Use): Sliding | null {
  return kind.kind === 'conv' || kind.kind === 'depthwiseConv' || kind.kind === 'separableConv' || kind.kind === 'pool'
    ? kind
    : null;
}

const windowSize = (kind: Sliding): readonly number[] => (kind.kind === 'pool' ? kind.poolSize : kind.kernelSize);

/** Sizes of the input along the axes the window slides over. */
function inputSizes(use: Use, kind: Sliding): readonly Dim[] {
  const [input] = use.inputs;
  if (input === undefined || input === null) return [];
  return spatialAxes(input.length, kind.dataFormat).map((axis) => input[axis] ?? null);
}

/** Rows and columns at the end that a strided window never reaches. */
export function* droppedRemainder(subject: Subject): Iterable<Remark> {
  for (const use of subject.uses) {
    const kind = slidingOf(use);
    if (kind === null || use.output === null || (kind.kind === 'pool' && kind.ceilMode)) continue;
    const sizes = inputSizes(use, kind);
    const dropped = sizes.map((size, axis) => droppedAlong(kind, size, axis));
    const parts = dropped.flatMap((count, axis) =>
      count > 0 ? [axisWords(axis, sizes.length, count, sizes[axis] ?? 0)] : []
    );
    if (parts.length === 0) continue;
    yield {
      message: t('{0} never looks at the last {1}.', use.layer.name, parts.join(t(' and '))),
      reason: t(
        'The window moves on by its stride, and where the size does not work out, what is left at the edge is dropped. That costs little, but nothing there can be found.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id,
      fixes: padded(subject, use, kind)
    };
  }
}

function axisWords(axis: number, rank: number, count: number, size: number): string {
  const fromEnd = rank - axis;
  if (rank === 1 || fromEnd > 2) return t('{0} of {1} positions', count, size);
  return fromEnd === 2 ? t('{0} of {1} rows', count, size) : t('{0} of {1} columns', count, size);
}

/** Pixels of the picture itself behind the last window; those between windows are meant to be skipped. */
function droppedAlong(kind: Sliding, size: Dim, axis: number): number {
  if (size === null) return 0;
  const window = axisWindow(kind, windowSize(kind), axis);
  const span = spanOf(window);
  if (window.stride <= 1 || span < window.stride || window.padding.type === 'same' || window.padding.type === 'causal')
    return 0;
  const [before, after] = axisPads(window, size);
  const left = (size + before + after - span) % window.stride;
  return Math.max(0, left - after);
}

/** TensorFlow's `same` lets the last window hang over the edge. */
function padded(subject: Subject, use: Use, kind: Sliding): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(use.layer);
  const own = ownName(model.framework, use.layer, 'padding');
  if (text === null || call === null || own === null || model.framework === 'pytorch') return [];
  if (kind.padding.type !== 'valid' || call.args.some(({ unpacks }) => unpacks)) return [];
  const written = writtenArgument(model.framework, use.layer, call, 'padding');
  const value = quoted(subject, 'same');
  return [
    { title: t('Set {0} to {1}', own, value), preferred: false, edits: [setArgument(text, call, own, written, value)] }
  ];
}

/** A kernel with neighbours over maps of a single pixel: only its middle ever meets a value. */
export function* earlyOnePixel(subject: Subject): Iterable<Remark> {
  for (const use of subject.uses) {
    const kind = slidingOf(use);
    if (kind === null || use.output === null) continue;
    const sizes = inputSizes(use, kind);
    const weights = windowSize(kind).reduce((product, size) => product * size, 1);
    if (sizes.length === 0 || weights === 1 || sizes.some((size) => size !== 1)) continue;
    const maker = shrinkerBefore(use);
    if (maker === null) continue;
    yield {
      message:
        kind.kind === 'pool'
          ? t('{0} has nothing left to pool: {1} already leaves one pixel.', use.layer.name, maker.layer.name)
          : t(
              'Only 1 of the {0} weights of each kernel of {1} meets a value: {2} already leaves one pixel.',
              weights,
              use.layer.name,
              maker.layer.name
            ),
      reason: t(
        'Where a map is a single pixel there are no neighbours to compare. Pool less before, or stop the convolutions here.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id
    };
    return;
  }
}

/** The layer on the way here that brought the maps down to one pixel; `null` where the picture had one from the start. */
function shrinkerBefore(use: Use): Use | null {
  for (let [each] = use.before; each !== undefined; [each] = each.before) {
    const [input] = each.inputs;
    if (input === undefined || input === null || each.output === null) return null;
    if (/^(globalPool|adaptivePool|reshape|dense)$/.test(each.layer.kind.kind)) return null;
    const many = (shape: readonly Dim[]) => shape.slice(1).filter((size) => size !== 1).length;
    if (many(input) > many(each.output)) return each;
  }
  return null;
}
