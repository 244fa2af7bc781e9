/** What a variant does to a model and to how it is trained, as plain data: it crosses to the webview and into files. */
import type { Model } from '../../core/model';
import { ok, type Result } from '../../core/result';
import type { Augmentation } from '../../data/augment/augment';
import { fromLayer, isAugmentation } from '../../data/augment/fromLayer';
import { layersOf } from '../../engine/loadWeights';
import { without, withLayer, withRate, type Insertion, type Twin } from './surgery';

export type Change =
  | { readonly kind: 'without'; readonly layer: string }
  | { readonly kind: 'put'; readonly after: string; readonly insertion: Insertion }
  | { readonly kind: 'rate'; readonly layer: string; readonly rate: number }
  /** Relative to each kernel's standard deviation, Gaussian, drawn again for every step. */
  | { readonly kind: 'weightNoise'; readonly size: number }
  /** Penalty `strength sum(w²)` on every kernel. */
  | { readonly kind: 'l2'; readonly strength: number }
  | { readonly kind: 'augmentation'; readonly layers: readonly Augmentation[] }
  /** Kernels times this before the first step; `hidden`: all but those of the layer that answers, which no norm stands behind. */
  | { readonly kind: 'initialScale'; readonly factor: number; readonly of: 'hidden' | 'all' };

export interface Variant {
  /** Short, for files and columns: letters, digits, `-` and `_`. */
  readonly id: string;
  /** For people. */
  readonly label: string;
  readonly changes: readonly Change[];
}

export interface Applied {
  readonly model: Model;
  readonly refreshed: readonly string[];
  readonly weightNoise: number;
  readonly l2: number;
  readonly initialScale: { readonly factor: number; readonly of: 'hidden' | 'all' };
  readonly augmentation: readonly Augmentation[];
}

/** @param augmentation of the run before any change */
export function applyChanges(
  model: Model,
  changes: readonly Change[],
  augmentation: readonly Augmentation[] = []
): Result<Applied> {
  let now: Applied = {
    model,
    refreshed: [],
    weightNoise: 0,
    l2: 0,
    initialScale: { factor: 1, of: 'all' },
    augmentation
  };
  for (const change of changes) {
    const next = applyOne(now, change);
    if (!next.ok) return next;
    now = next.value;
  }
  return ok(now);
}

function applyOne(now: Applied, change: Change): Result<Applied> {
  switch (change.kind) {
    case 'without': {
      const varies = layersOf(now.model.root).get(change.layer)?.kind.kind === 'augmentation';
      const twin = surgery(now, without(now.model, change.layer));
      if (!twin.ok || !varies) return twin;
      return ok({ ...twin.value, augmentation: augmentationsOf(twin.value.model) });
    }
    case 'put':
      return surgery(now, withLayer(now.model, change.after, change.insertion));
    case 'rate':
      return surgery(now, withRate(now.model, change.layer, change.rate));
    case 'weightNoise':
      return ok({ ...now, weightNoise: change.size });
    case 'l2':
      return ok({ ...now, l2: change.strength });
    case 'augmentation':
      return ok({ ...now, augmentation: change.layers });
    case 'initialScale':
      return ok({ ...now, initialScale: { factor: change.factor, of: change.of } });
  }
}

function surgery(now: Applied, twin: Result<Twin>): Result<Applied> {
  if (!twin.ok) return twin;
  const { model, refreshed } = twin.value;
  return ok({ ...now, model, refreshed: [...new Set([...now.refreshed, ...refreshed])] });
}

/** What the augmentation layers of a model do in training, as far as they are known. */
export function augmentationsOf(model: Model): Augmentation[] {
  return [...layersOf(model.root).values()].flatMap(({ kind }) => {
    if (kind.kind !== 'augmentation') return [];
    const found = fromLayer(kind.operation, kind.parameters);
    return isAugmentation(found) ? [found] : [];
  });
}
