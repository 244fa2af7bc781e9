/** The lines of a definition whose layer can be taken out for an experiment, without VS Code. */
import type { KindName } from '../../core/layerKind';
import type { LayerNode, SourceRange } from '../../core/model';
import type { SourceDefinition } from '../../source/types';
import { layersOf } from '../layerAt';

/** Dropout and noise, batch norm, pooling, augmentation: the training process says whether a shape stands against it. */
const KINDS: ReadonlySet<KindName> = new Set<KindName>([
  'dropout',
  'alphaDropout',
  'gaussianDropout',
  'gaussianNoise',
  'batchNorm',
  'pool',
  'augmentation'
]);

/** Of one line that builds many layers, in a loop or a helper, the first few are named. */
const mostOfOneLine = 3;

export interface RemovableLine {
  readonly range: SourceRange;
  readonly layer: string;
  readonly name: string;
  /** Whether the line builds this layer and no other that could be taken out. */
  readonly alone: boolean;
}

export function isRemovableKind(layer: LayerNode): boolean {
  return KINDS.has(layer.kind.kind);
}

export function removableLines({ model }: Pick<SourceDefinition, 'model'>): readonly RemovableLine[] {
  const lines = new Map<string, { range: SourceRange; layers: LayerNode[] }>();
  for (const layer of layersOf(model.root)) {
    const { source } = layer;
    if (source === undefined || !isRemovableKind(layer)) continue;
    const key = `${String(source.cell)} ${String(source.startLine)}`;
    const line = lines.get(key) ?? { range: source, layers: [] };
    line.layers.push(layer);
    lines.set(key, line);
  }
  return [...lines.values()].flatMap(({ range, layers }) =>
    layers.slice(0, mostOfOneLine).map(({ id, name }) => ({ range, layer: id, name, alone: layers.length === 1 }))
  );
}
