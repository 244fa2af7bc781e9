/**
 * Receptive fields as a person reads them: how many input pixels a value depends on, how far apart neighbouring values
 * look, and where the first one looks. Fields are unions over all paths, through branches, merges and nested models.
 */
import { outermostAt, periodOf, strideOf } from './field/bounds';
import type { AxisField, FieldState, Spread } from './field/spread';
import { spreadFields } from './field/spread';
import { findOccurrence, traceBack, wholeBox, type Box, type Interval } from './field/windowBack';
import { inferShapes } from './inferShapes';
import type { Model } from './model';
import type { Shape } from './shape';
import { t } from './texts';

export interface ReceptiveField {
  /** Input pixels from first to last, per spatial axis of the input; `null` where the whole input or unknown (see `note`). */
  readonly size: readonly number[] | null;
  readonly stride: readonly number[] | null;
  /** Input coordinate of the centre of the first position's field; pixel 0 has its centre at 0. */
  readonly offset: readonly number[] | null;
  readonly note: string | null;
}

/** Where roundings repeat only after more positions than this, the largest field among the first ones is told. */
const LONGEST_PERIOD = 64;

const nothing = (note: string | null): ReceptiveField => ({ size: null, stride: null, offset: null, note });

interface AxisReport {
  readonly size: number;
  readonly stride: number | null;
  readonly offset: number;
}

/** Largest extent over all positions; where strides of several paths differ, at the middle position. */
function reportAxis(field: AxisField, shape: Shape | null): AxisReport {
  const [low] = field.lows;
  const [high] = field.highs;
  const straight = field.lows.length === 1 && field.highs.length === 1 && low?.m === 1 && high?.m === 1;
  if (straight && low.scale === high.scale) {
    return { size: high.offset - low.offset + 1, stride: low.scale, offset: (low.offset + high.offset) / 2 };
  }
  const edges = [...field.lows, ...field.highs];
  const strides = new Set(edges.map((edge) => Math.round(strideOf(edge) * 1e9) / 1e9));
  const [stride] = strides;
  const extent = (p: number): number => outermostAt(field.highs, 'high', p) - outermostAt(field.lows, 'low', p) + 1;
  const length = field.axis === null ? null : (shape?.[field.axis] ?? null);
  const positions =
    strides.size === 1
      ? Array.from({ length: periodOf(edges, LONGEST_PERIOD) }, (_, p) => p)
      : [length === null ? 0 : Math.floor((length - 1) / 2)];
  return {
    size: Math.max(...positions.map(extent)),
    stride: strides.size === 1 ? (stride ?? null) : null,
    offset: (outermostAt(field.lows, 'low', 0) + outermostAt(field.highs, 'high', 0)) / 2
  };
}

/** The field of one value. @param spatial axes of the network's input that windows slide over. */
export function describeField(state: FieldState, shape: Shape | null, spread: Spread): ReceptiveField {
  if (state.type === 'unknown') return nothing(t('not known: {0}', state.reason));
  if (state.type === 'none') return nothing(t('no input of the model reaches this layer'));
  const spatial = [...(spread.spatial.get(state.input) ?? [])].sort((a, b) => a - b);
  if (spatial.length === 0) return nothing(t('the input is not an image: no layer slides a window over it'));
  const fields = spatial.flatMap((axis) => state.axes[axis] ?? []);
  const reports = fields.map((field) => (field.lows.length === 0 ? null : reportAxis(field, shape)));
  const known = reports.filter((report) => report !== null);
  const complete = known.length === reports.length;
  const whole = fields.find((field) => field.whole !== null)?.whole ?? null;
  if (whole !== null) {
    const beside = complete ? t('; {0} along the other paths', known.map((each) => each.size).join(' × ')) : '';
    return nothing(t('the whole input, through {0}{1}', whole, beside));
  }
  if (!complete) return nothing(t('not known'));
  const strides = known.map((report) => report.stride);
  const regular = strides.filter((stride) => stride !== null);
  return {
    size: known.map((report) => report.size),
    stride: regular.length === strides.length ? regular : null,
    offset: known.map((report) => report.offset),
    note: notes(state, fields, regular.length < strides.length)
  };
}

function notes(
  state: Extract<FieldState, { readonly type: 'field' }>,
  fields: readonly AxisField[],
  irregular: boolean
): string | null {
  const parts = [
    ...(irregular ? [t('paths of different strides meet: the size is that of the middle position')] : []),
    ...(fields.some((field) => field.assumed) ? [t('the offset assumes an input size that the strides divide')] : []),
    ...(state.others.length > 0 ? [t('other inputs of the model reach this layer too')] : [])
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** A part of one of the network's inputs. */
export interface InputReach {
  /** Index among the network's inputs. */
  readonly input: number;
  /** `[top, left, bottom, right]` with exclusive ends, clipped to the input. */
  readonly window: readonly [number, number, number, number];
}

/**
 * The part of the input that can reach one position of a layer's output, padding not counted.
 *
 * @param layerId `LayerNode.id`, also of layers inside nested models.
 * @param occurrence which run of the layer within one pass, from 0.
 * @param position one index for each spatial axis of the output, in order.
 * @param inputShapes shapes by input name where the model leaves sizes open.
 * @returns the input with the most axes among those that reach this run, and the part of it (a 1-D input is one pixel
 *   high; of a 3-D input, its last two axes); `null` where layer, shapes or input are not known.
 */
export function inputReach(
  model: Model,
  layerId: string,
  occurrence: number,
  position: readonly number[],
  inputShapes?: ReadonlyMap<string, Shape>
): InputReach | null {
  const shapes = inferShapes(model.root, inputShapes);
  const path = findOccurrence(shapes, layerId, occurrence);
  const target = path?.at(-1);
  const output = target?.shapes.calls[target.call]?.outputs[0];
  if (path === null || output === undefined) return null;
  const spread = spreadFields(shapes, { layer: layerId, occurrence });
  const state = spread.asked;
  if (state?.type !== 'field') return null;
  const spatial = [...(spread.spatial.get(state.input) ?? [])].sort((a, b) => a - b);
  const reached = traceBack(path, boxAt(output, state, spatial, position))[state.input];
  if (!reached || spatial.length === 0) return null;
  const window = rectangle(spatial.map((axis) => reached[axis] ?? [0, Infinity]));
  return window === null ? null : { input: state.input, window };
}

/** The window of `inputReach`, whichever input it lies on. */
export function inputWindow(...asked: Parameters<typeof inputReach>): InputReach['window'] | null {
  return inputReach(...asked)?.window ?? null;
}

/** One position along the axes that move over the input, everything along the others. */
function boxAt(
  output: Shape,
  state: Extract<FieldState, { readonly type: 'field' }>,
  spatial: readonly number[],
  position: readonly number[]
): Box {
  const box: Interval[] = [...wholeBox(output)];
  const moving = spatial.flatMap((inputAxis) => state.axes[inputAxis]?.axis ?? []).sort((a, b) => a - b);
  for (const [i, axis] of moving.entries()) {
    const at = position[i];
    if (at !== undefined) box[axis] = [at, at];
  }
  return box;
}

function rectangle(intervals: readonly Interval[]): readonly [number, number, number, number] | null {
  const [rows, columns] = intervals.length === 1 ? ([[0, 0], intervals[0]] as const) : intervals.slice(-2);
  if (rows === undefined || columns === undefined) return null;
  const ends = [rows[0], columns[0], rows[1] + 1, columns[1] + 1] as const;
  return ends.every(Number.isFinite) ? ends : null;
}
