/** What can be taken out of a network, changed in it, or put behind its layers: found by really trying. */
import type { LayerNode, Model } from '../../../core/model';
import { layersOf } from '../../../engine/loadWeights';
import { PRESETS } from '../../../training/lab/presets';
import { isRemovable, withLayer, without } from '../../../training/lab/surgery';
import type { ChangeableLayer } from '../../../protocol/experiments';

/** In networks with more layers than this, layers are put behind those with weights alone. */
const tryBehindAll = 80;

/** In the order of the network. @param turn awaited between layers */
export async function changeableLayers(
  model: Model,
  signal: AbortSignal,
  turn: () => Promise<void>
): Promise<readonly ChangeableLayer[]> {
  const found: ChangeableLayer[] = [];
  const layers = [...layersOf(model.root).values()].filter(({ kind }) => kind.kind !== 'input');
  for (const layer of layers) {
    await turn();
    signal.throwIfAborted();
    const own = changesTo(model, layer, layers.length <= tryBehindAll);
    if (own.without !== null || own.rate !== null || own.putBehind.dropout || own.putBehind.batchNorm) found.push(own);
  }
  return found;
}

function changesTo(model: Model, layer: LayerNode, behindAll: boolean): ChangeableLayer {
  const { id, name, kind, sourceType, source } = layer;
  const taken = isRemovable(layer) ? without(model, id) : null;
  const behind = kind.kind !== 'model' && (behindAll || 'useBias' in kind);
  const norm = { kind: 'batchNorm', momentum: PRESETS.batchNormMomentum, beforeActivation: true } as const;
  return {
    layer: id,
    name,
    type: sourceType,
    line: source?.startLine ?? null,
    without:
      taken === null ? null : taken.ok ? { possible: true } : { possible: false, reason: `${taken.error.problem}.` },
    rate: rateOf(layer),
    putBehind: {
      dropout: behind && withLayer(model, id, { kind: 'dropout', rate: PRESETS.dropout }).ok,
      batchNorm: behind && kind.kind !== 'batchNorm' && withLayer(model, id, norm).ok
    }
  };
}

function rateOf({ kind }: LayerNode): number | null {
  switch (kind.kind) {
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianDropout':
      return kind.rate;
    case 'gaussianNoise':
      return kind.stddev;
    default:
      return null;
  }
}

/** Ids of the network's own batch norms with moving statistics. */
export function ownNorms(model: Model): readonly string[] {
  return [...layersOf(model.root).values()].flatMap(({ id, kind }) =>
    kind.kind === 'batchNorm' && kind.tracksStatistics ? [id] : []
  );
}

/** Of the network's own first batch norm: the weight of the old moving statistic. */
export function ownMomentum(model: Model): number | null {
  for (const { kind } of layersOf(model.root).values()) {
    if (kind.kind === 'batchNorm' && kind.tracksStatistics) return kind.momentum;
  }
  return null;
}
