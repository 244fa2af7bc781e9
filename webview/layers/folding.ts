/**
 * From the layers of a model to the rows of the list: nested models fold; where more than about 25 rows would stand at
 * first, convolution + normalisation + activation become one row and layers of one spatial size become one stage.
 */
import type { LayerRow } from '../../src/core/summary';
import { familyOf } from '../../src/core/layerFamily';

export interface ListRow {
  /** Also the key under which a fold is remembered. */
  readonly key: string;
  /** The layer that selecting the row opens: of a fold its heaviest. */
  readonly layer: LayerRow;
  /** All layers the row stands for, in order. */
  readonly members: readonly LayerRow[];
  readonly depth: number;
  readonly title: string;
  readonly fold: 'none' | 'open' | 'closed';
  /** 1-based position among all layers. */
  readonly index: number;
  readonly params: number | null;
}

export const rowsAtFirst = 25;

interface Block {
  readonly key: string;
  readonly title: string;
  readonly members: readonly LayerRow[];
  readonly children: readonly Block[];
}

/** @param toggled keys whose fold differs from what it is at first (everything folded). */
export function listRows(layers: readonly LayerRow[], toggled: ReadonlySet<string>): ListRow[] {
  const numbers = new Map<string, number>();
  number(layers, numbers);
  const rows: ListRow[] = [];
  for (const block of blocksOf(layers)) place(block, 0, rows, toggled, numbers);
  return rows;
}

function number(layers: readonly LayerRow[], into: Map<string, number>): void {
  for (const layer of layers) {
    into.set(layer.id, into.size + 1);
    if (layer.layers !== null) number(layer.layers, into);
  }
}

function place(
  block: Block,
  depth: number,
  rows: ListRow[],
  toggled: ReadonlySet<string>,
  numbers: ReadonlyMap<string, number>
): void {
  const [first] = block.members;
  if (first === undefined) return;
  const nested = block.members.length === 1 && first.layers !== null ? first.layers : null;
  const folds = block.children.length > 0 || nested !== null;
  const open = folds && toggled.has(block.key);
  rows.push({
    key: block.key,
    layer: nested === null ? heaviest(block.members) : first,
    members: block.members,
    depth,
    title: block.title,
    fold: !folds ? 'none' : open ? 'open' : 'closed',
    index: numbers.get(first.id) ?? 0,
    params: sum(block.members)
  });
  if (!open) return;
  const children = nested === null ? block.children : blocksOf(nested);
  for (const child of children) place(child, depth + 1, rows, toggled, numbers);
}

function sum(members: readonly LayerRow[]): number | null {
  return members.reduce<number | null>(
    (total, layer) => (total === null || layer.params === null ? null : total + layer.params),
    0
  );
}

function heaviest(members: readonly LayerRow[]): LayerRow {
  return members.reduce((best, layer) => ((layer.params ?? 0) > (best.params ?? 0) ? layer : best));
}

function single(layer: LayerRow): Block {
  return { key: layer.id, title: layer.name, members: [layer], children: [] };
}

function blocksOf(layers: readonly LayerRow[]): Block[] {
  const singles = layers.map(single);
  // A file of weights alone has no shapes that could divide it into stages: its list is as long as it is.
  if (singles.length <= rowsAtFirst || layers.every((layer) => layer.outputShape === null)) return singles;
  const groups = groupBlocks(layers);
  if (groups.length <= rowsAtFirst) return groups;
  const segments = byMerge(groups);
  if (segments.length >= 8 && segments.length <= rowsAtFirst) return segments;
  const stages = bySize(groups);
  if (stages.length === 1) return inChunks(groups);
  return stages.length <= rowsAtFirst ? stages : inChunks(stages);
}

const heads = new Set(['conv', 'depthwiseConv', 'separableConv', 'convTranspose', 'dense']);

/** Convolution (or dense), then normalisation and activation that read nothing but the layer before. */
function groupBlocks(layers: readonly LayerRow[]): Block[] {
  const readers = new Map<string, number>();
  for (const layer of layers) for (const name of layer.inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  const blocks: Block[] = [];
  for (let i = 0; i < layers.length;) {
    const head = layers[i];
    if (head === undefined) break;
    const members = [head];
    let last = head;
    if (heads.has(head.kind)) {
      for (let next = layers[i + members.length]; next !== undefined; next = layers[i + members.length]) {
        const family = familyOf(next.kind);
        const follows = next.inputs.length === 1 && next.inputs[0] === last.name && readers.get(last.name) === 1;
        if (!follows || (family !== 'norm' && family !== 'activation')) break;
        members.push(next);
        last = next;
      }
    }
    blocks.push(
      members.length === 1
        ? single(head)
        : {
            key: `group:${head.id}`,
            title: `${head.name} + ${members
              .slice(1)
              .map((layer) => (familyOf(layer.kind) === 'norm' ? 'norm' : 'act'))
              .join(' + ')}`,
            members,
            children: members.map(single)
          }
    );
    i += members.length;
  }
  return blocks;
}

function spatialSize(layer: LayerRow): string {
  return layer.outputShape === null ? '?' : layer.outputShape.length <= 2 ? 'vector' : spatial(layer);
}

/** Axes other than batch and the channel axis cannot be told apart here; equal neighbours are enough for a stage. */
function spatial(layer: LayerRow): string {
  const sizes = (layer.outputShape ?? []).slice(1);
  const [a, b, c] = sizes;
  if (sizes.length === 3)
    return a === b ? `${a ?? '?'} × ${b ?? '?'}` : b === c ? `${b ?? '?'} × ${c ?? '?'}` : `${a ?? '?'} × ${b ?? '?'}`;
  return sizes.slice(0, -1).join(' × ');
}

function bySize(groups: readonly Block[]): Block[] {
  const stages: Block[] = [];
  let start = 0;
  for (let i = 1; i <= groups.length; i++) {
    const here = groups[i]?.members.at(-1);
    const before = groups[i - 1]?.members.at(-1);
    if (here !== undefined && before !== undefined && spatialSize(here) === spatialSize(before)) continue;
    const run = groups.slice(start, i);
    const members = run.flatMap((block) => block.members);
    const [first] = run;
    if (first !== undefined && before !== undefined) {
      stages.push(
        run.length === 1
          ? first
          : {
              key: `stage:${first.key}`,
              title: `${spatialSize(before)} · ${stageName(members)}`,
              members,
              children: run.length > 4 * rowsAtFirst ? inChunks(run) : run
            }
      );
    }
    start = i;
  }
  return stages;
}

/** Residual and dense blocks: each ends where branches meet. */
function byMerge(groups: readonly Block[]): Block[] {
  const segments: Block[] = [];
  let run: Block[] = [];
  const close = () => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    const members = run.flatMap((block) => block.members);
    segments.push(
      run.length === 1
        ? first
        : { key: `block:${first.key}`, title: `${last.title} · ${stageName(members)}`, members, children: run }
    );
    run = [];
  };
  for (const group of groups) {
    run.push(group);
    if (group.members.some((layer) => familyOf(layer.kind) === 'merge')) close();
  }
  close();
  return segments;
}

function stageName(members: readonly LayerRow[]): string {
  const counts = new Map<string, number>();
  for (const layer of members) counts.set(layer.sourceType, (counts.get(layer.sourceType) ?? 0) + 1);
  const convs = members.filter((layer) => familyOf(layer.kind) === 'conv').length;
  if (convs > 0) return convs === 1 ? 'conv' : `conv × ${convs}`;
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most === undefined ? '' : most[1] === 1 ? most[0] : `${most[0]} × ${most[1]}`;
}

/** Equal runs of neighbours where nothing else divides the network. */
function inChunks(blocks: readonly Block[]): Block[] {
  const size = Math.ceil(blocks.length / (rowsAtFirst - 5));
  const chunks: Block[] = [];
  for (let i = 0; i < blocks.length; i += size) {
    const children = blocks.slice(i, i + size);
    const members = children.flatMap((block) => block.members);
    const first = members[0];
    const last = members.at(-1);
    if (first === undefined || last === undefined) continue;
    chunks.push({ key: `chunk:${first.id}:${size}`, title: `${first.name} … ${last.name}`, members, children });
  }
  return chunks;
}

/** Every row unfolded: for filtering and for the table. */
export function allRows(layers: readonly LayerRow[]): ListRow[] {
  const rows: ListRow[] = [];
  const walk = (list: readonly LayerRow[], depth: number): void => {
    for (const layer of list) {
      rows.push({
        key: layer.id,
        layer,
        members: [layer],
        depth,
        title: layer.name,
        fold: 'none',
        index: rows.length + 1,
        params: layer.params
      });
      if (layer.layers !== null) walk(layer.layers, depth + 1);
    }
  };
  walk(layers, 0);
  return rows;
}

/** Rows whose name, class, title or shape contain every word. */
export function filterRows(rows: readonly ListRow[], filter: string): readonly ListRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ layer }) => {
    const text = `${layer.name} ${layer.sourceType} ${layer.title} ${layer.kind}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
