/** Shapes that do not fit: what the shape rules refuse, with the edit that makes it fit where there is one. */
import type { ShapeIssueCode } from '../core/shapes/outcome';
import { productOf, type Shape } from '../core/shape';
import { t } from '../core/texts';
import { ownName, placeOf, writtenArgument, type ArgumentName } from './argumentNames';
import { argumentOfCall } from './callText';
import { setArgument } from './edits';
import type { Fix, Remark } from './finding';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

const REASONS: Readonly<Record<ShapeIssueCode, () => string>> = {
  'shape-rank': () =>
    t('A layer expects a certain number of axes: a 2-D convolution reads height, width and channels beside the batch.'),
  'shape-channels': () =>
    t('The layer was made for another number of inputs than arrive, so its weights cannot be multiplied with them.'),
  'shape-groups': () => t('Grouped layers share the channels out evenly, so their number must divide.'),
  'shape-too-small': () =>
    t('Every layer before made the maps smaller, and here no position is left where the window fits.'),
  'shape-merge': () => t('Adding works number by number, so both sides need the same shape.'),
  'shape-concat': () => t('Joining puts values side by side along one axis; along all others they must agree.'),
  'shape-dot': () => t('A dot product multiplies pairs of numbers, so both vectors need the same length.'),
  'shape-reshape': () => t('A reshape only rearranges: as many numbers must come out as go in.'),
  'shape-axis': () => t('The axis that is named does not exist in this value.'),
  'shape-inputs': () => t('The layer gets another number of values than it works on.')
};

const isShapeCode = (code: string): code is ShapeIssueCode => Object.hasOwn(REASONS, code);

/** The argument a mismatch is about, for the mark. */
const ABOUT: Partial<Readonly<Record<ShapeIssueCode, readonly ArgumentName[]>>> = {
  'shape-channels': ['features'],
  'shape-groups': ['groups'],
  'shape-too-small': ['kernel_size', 'pool_size'],
  'shape-concat': ['axis']
};

export function* shapesThatDoNotFit(subject: Subject): Iterable<Remark> {
  const failed = new Map(
    subject.uses
      .filter(({ output, inputs }) => output === null && inputs.every((shape) => shape !== null))
      .map((use) => [use.layer.id, use])
  );
  for (const { code, message, layer: id } of subject.shapes.diagnostics) {
    const use = id === null ? undefined : failed.get(id);
    if (!isShapeCode(code) || use === undefined) continue;
    const fixes = FIXES[code]?.(subject, use) ?? [];
    yield {
      code,
      message: `${message}.`,
      reason: REASONS[code](),
      range: spotOf(subject, use.layer, ...(ABOUT[code] ?? [])),
      layer: id,
      fixes
    };
  }
}

type FixMaker = (subject: Subject, use: Use) => readonly Fix[];

const FIXES: Partial<Readonly<Record<ShapeIssueCode, FixMaker>>> = {
  'shape-channels': fitFeatures,
  'shape-too-small': padWindow,
  'shape-concat': otherAxis,
  'shape-reshape': fitUnits,
  'shape-rank': addChannelAxis
};

function fix(subject: Subject, use: Use, name: ArgumentName, value: string): readonly Fix[] {
  const { model, text } = subject;
  const call = subject.callOf(use.layer);
  const own = ownName(model.framework, use.layer, name);
  if (text === null || call === null || own === null) return [];
  const written = writtenArgument(model.framework, use.layer, call, name);
  if (written === null && call.args.some(({ unpacks }) => unpacks)) return [];
  const title = t('Set {0} to {1}', own, value);
  return [{ title, preferred: true, edits: [setArgument(text, call, own, written, value)] }];
}

/** PyTorch states the inputs when a layer is made: `Linear(400)` after 576 features. */
function fitFeatures(subject: Subject, use: Use): readonly Fix[] {
  const [input] = use.inputs;
  const { kind } = use.layer;
  if (input === undefined || input === null || subject.model.framework !== 'pytorch') return [];
  const arriving = kind.kind === 'dense' ? input.at(-1) : input[1];
  return arriving === null || arriving === undefined ? [] : fix(subject, use, 'features', String(arriving));
}

function padWindow(subject: Subject, use: Use): readonly Fix[] {
  const { kind } = use.layer;
  if (kind.kind !== 'conv' && kind.kind !== 'pool' && kind.kind !== 'depthwiseConv' && kind.kind !== 'separableConv')
    return [];
  if (subject.model.framework !== 'pytorch') {
    return kind.padding.type === 'valid' ? fix(subject, use, 'padding', quoted(subject, 'same')) : [];
  }
  // PyTorch pads a pool by at most half its window, which is not enough here.
  if (kind.kind === 'pool') return [];
  const half = kind.kernelSize.map((size, i) => Math.floor(((size - 1) * (kind.dilation[i] ?? 1)) / 2));
  const [first = 0] = half;
  const value = half.every((size) => size === first) ? String(first) : `(${half.join(', ')})`;
  const sizes = spatialSizes(use, kind.dataFormat === 'channelsFirst');
  const fits = sizes.every((size, i) => {
    const span = ((kind.kernelSize[i] ?? 1) - 1) * (kind.dilation[i] ?? 1) + 1;
    return size === null || size + 2 * (half[i] ?? 0) >= span;
  });
  return fits ? fix(subject, use, 'padding', value) : [];
}

function spatialSizes(use: Use, channelsFirst: boolean): Shape {
  const [input] = use.inputs;
  if (input === undefined || input === null) return [];
  return channelsFirst ? input.slice(2) : input.slice(1, -1);
}

export const quoted = (subject: Subject, word: string): string =>
  subject.model.framework === 'tfjs' ? `'${word}'` : `"${word}"`;

/** The only axis along which the values can be joined. */
function otherAxis(subject: Subject, use: Use): readonly Fix[] {
  const shapes = use.inputs.filter((shape) => shape !== null);
  const [first] = shapes;
  if (first === undefined || shapes.some((shape) => shape.length !== first.length)) return [];
  const fitting = first
    .map((_, axis) => axis)
    .filter((axis) => axis > 0)
    .filter((axis) => shapes.every((shape) => shape.every((size, i) => i === axis || size === (first[i] ?? null))));
  const [axis] = fitting;
  return axis === undefined || fitting.length > 1 ? [] : fix(subject, use, 'axis', String(axis));
}

/** A dense layer before a reshape has to give exactly as many numbers as the target holds. */
function fitUnits(subject: Subject, use: Use): readonly Fix[] {
  const { kind } = use.layer;
  const dense = use.before[0];
  if (kind.kind !== 'reshape' || dense?.layer.kind.kind !== 'dense' || dense.output?.length !== 2) return [];
  const wanted = kind.target.includes(-1) ? null : productOf(kind.target);
  return wanted === null ? [] : fix(subject, dense, 'units', String(wanted));
}

/** Grey pictures without a channel axis: `(28, 28)` where `(28, 28, 1)` is meant. */
function addChannelAxis(subject: Subject, use: Use): readonly Fix[] {
  const { text, model } = subject;
  const { kind } = use.layer;
  const [input] = use.inputs;
  if (text === null || model.framework === 'pytorch' || !('rank' in kind) || input?.length !== kind.rank + 1) return [];
  const maker = use.before[0]?.layer;
  if (maker?.kind.kind !== 'input' || ('dataFormat' in kind && kind.dataFormat === 'channelsFirst')) return [];
  // A Sequential's own input is stated by its first layer.
  const holder = maker.source === undefined ? use.layer : maker;
  const call = subject.callOf(holder);
  if (call === null) return [];
  const names = model.framework === 'tfjs' ? ['inputShape', 'shape'] : ['input_shape', 'shape'];
  const shape = names
    .map((name) => argumentOfCall(call, name, name === 'shape' ? placeOf(model.framework, holder, 'shape') : null))
    .find((written) => written !== null);
  const sizes = /^([([])\s*([\w\s,.*]*?)\s*,?\s*([)\]])$/.exec(shape?.text ?? '');
  if (shape === undefined || shape === null || sizes === null) return [];
  const value = `${sizes[1] ?? '('}${sizes[2] ?? ''}, 1${sizes[3] ?? ')'}`;
  const title = t('Add the channel axis: {0}', value);
  return [{ title, preferred: true, edits: [{ range: text.rangeOf(shape.value), text: value }] }];
}
