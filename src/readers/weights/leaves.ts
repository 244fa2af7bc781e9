/** The layers that keep weights, inside nested models too, and how a nested model's one list of weights divides. */
import type { LayerKind } from '../../core/layerKind';
import { translate, type Dialect } from '../keras/translate';
import type { LayerSpec, ModelSpec } from '../keras/spec';
import type { RawTensor } from './rawTensor';
import { fits } from './roles';
import { slotsOf, type Slot } from './slots';

export interface Leaf {
  readonly spec: LayerSpec;
  readonly kind: LayerKind;
  /** `null` where the kind does not tell. */
  readonly slots: readonly Slot[] | null;
  readonly trainable: boolean;
}

/** The kind whose weights the layer keeps: a wrapper keeps those of the layer inside. */
export function keptKind(spec: LayerSpec, dialect: Dialect): LayerKind {
  if (spec.className === 'TimeDistributed' && spec.wrapped !== null) return keptKind(spec.wrapped, dialect);
  return translate(spec, dialect, (wrapped) => ({
    id: wrapped.name,
    name: wrapped.name,
    kind: keptKind(wrapped, dialect),
    sourceType: wrapped.className,
    config: wrapped.config,
    weights: [],
    trainable: true,
    listed: true
  })).kind;
}

const POWER_ITERATION: Slot = { role: 'other', learns: false };

/** The model inside a layer, also through a wrapper. */
export function modelInside(spec: LayerSpec): ModelSpec | null {
  return spec.model ?? spec.wrapped?.model ?? null;
}

export function leavesOf(model: ModelSpec, dialect: Dialect, trainable = true): Leaf[] {
  return model.layers.flatMap((spec) => {
    const inner = modelInside(spec);
    if (inner !== null) return leavesOf(inner, dialect, trainable && spec.trainable);
    const kind = keptKind(spec, dialect);
    const own = slotsOf(kind);
    const slots = own !== null && spec.className === 'SpectralNormalization' ? [...own, POWER_ITERATION] : own;
    return [{ spec, kind, slots, trainable: trainable && spec.trainable && spec.wrapped?.trainable !== false }];
  });
}

type Division = ReadonlyMap<LayerSpec, RawTensor[]>;

/** Takes the tensors one after the other in the order of the given (leaf, slot) pairs. */
function take(
  leaves: readonly Leaf[],
  order: readonly (readonly [Leaf, number])[],
  raws: readonly RawTensor[]
): Division {
  const found = new Map(leaves.map((leaf) => [leaf.spec, Array<RawTensor>(leaf.slots?.length ?? 0)]));
  order.forEach(([leaf, slot], i) => {
    const list = found.get(leaf.spec);
    const raw = raws[i];
    if (list !== undefined && raw !== undefined) list[slot] = raw;
  });
  return found;
}

/**
 * Divides a nested model's weights. Keras saves first all trainable weights, then all others; a layer that is not
 * trainable counts all of its weights among the others. Older files ignore that flag or keep the order of the layers:
 * the first order in which every tensor fits its layer holds.
 * @returns `null` where none fits
 */
export function divide(leaves: readonly Leaf[], raws: readonly RawTensor[]): Division | null {
  const pairs = leaves.flatMap((leaf) => (leaf.slots ?? []).map((slot, i) => [leaf, i, slot] as const));
  if (leaves.some(({ slots }) => slots === null) || pairs.length !== raws.length) return byName(leaves, raws);
  const split = (learns: (leaf: Leaf, slot: Slot) => boolean) => [
    ...pairs.filter(([leaf, , slot]) => learns(leaf, slot)),
    ...pairs.filter(([leaf, , slot]) => !learns(leaf, slot))
  ];
  const orders = [split((leaf, slot) => slot.learns && leaf.trainable), split((_, slot) => slot.learns), pairs];
  for (const order of orders) {
    const division = take(
      leaves,
      order.map(([leaf, slot]) => [leaf, slot] as const),
      raws
    );
    if (leaves.every((leaf) => fits(leaf.kind, division.get(leaf.spec) ?? []))) return division;
  }
  return byName(leaves, raws);
}

/** Last resort, where a layer keeps an unknown number of weights: the layer's name stands before the weight's. */
function byName(leaves: readonly Leaf[], raws: readonly RawTensor[]): Division | null {
  const names = new Map(leaves.map((leaf) => [leaf.spec.name, leaf.spec]));
  if (names.size !== leaves.length) return null;
  const found = new Map<LayerSpec, RawTensor[]>();
  for (const raw of raws) {
    const owner = raw.name.split('/').findLast((part) => names.has(part));
    const spec = owner === undefined ? undefined : names.get(owner);
    if (spec === undefined) return null;
    found.set(spec, [...(found.get(spec) ?? []), raw]);
  }
  return found;
}
