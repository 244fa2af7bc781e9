/**
 * Which layer of a file is which layer of the code. Frameworks name layers differently and number them anew in every
 * session, so names decide only where every layer of the code finds its own; otherwise the two orders are aligned by what
 * fits (Needleman and Wunsch, 1970), with names as evidence, and what is left over is paired by name.
 */
import type { LayerNode } from '../../core/model';
import type { LayerFit, NeededLayer } from './fitLayer';

export interface Pair {
  /** Index of the layer in the code. */
  readonly code: number;
  /** Index of the layer in the file. */
  readonly file: number;
  readonly by: 'name' | 'order';
}

/** How a layer of the code and one of the file fit: asked for again and again. */
export type StatusOf = (code: number, file: number) => LayerFit['status'];

/** The table has one cell for each pair of layers; beyond this it would take too long. */
const LARGEST_TABLE = 4_000_000;

const plain = (name: string): string => name.replaceAll('/', '.').toLowerCase();
const lastWord = (name: string): string => plain(name).split('.').at(-1) ?? '';

/** Names of layers of the file, each of which is there once. */
function indexByName(file: readonly LayerNode[]): Map<string, number> {
  const index = new Map<string, number>();
  const twice = new Set<string>();
  file.forEach((layer, i) => {
    for (const name of new Set([plain(layer.id), plain(layer.name)])) {
      if (index.has(name)) twice.add(name);
      index.set(name, i);
    }
  });
  for (const name of twice) index.delete(name);
  return index;
}

function byName(code: readonly NeededLayer[], file: readonly LayerNode[]): Pair[] {
  const index = indexByName(file);
  const taken = new Set<number>();
  return code.flatMap(({ layer }, i): Pair[] => {
    const found = index.get(plain(layer.id)) ?? index.get(plain(layer.name));
    if (found === undefined || taken.has(found)) return [];
    taken.add(found);
    return [{ code: i, file: found, by: 'name' }];
  });
}

/** What two layers have in common that no change of a size undoes: how many axes their weights have. */
function sort(ranks: readonly number[]): string {
  const [first = 0] = ranks;
  // One vector or several: bias alone, scale and shift, or batch norm.
  return first === 1 ? `vectors ${String(Math.min(ranks.length, 3))}` : `rank ${String(first)}`;
}

export interface Sorts {
  readonly code: readonly (string | null)[];
  readonly file: readonly string[];
}

export function sortsOf(code: readonly NeededLayer[], fileRanks: readonly (readonly number[])[]): Sorts {
  return {
    code: code.map(({ expected }) => (expected === null ? null : sort(expected.map(({ shape }) => shape.length)))),
    file: fileRanks.map(sort)
  };
}

interface Names {
  readonly id: string;
  readonly name: string;
  readonly last: string;
}

const namesOf = ({ id, name }: LayerNode): Names => ({ id: plain(id), name: plain(name), last: lastWord(name) });

function nameScore(a: Names, b: Names): number {
  if (a.id === b.name || a.name === b.name) return 8;
  return a.last === b.last ? 3 : 0;
}

/** Pairs in ascending order on both sides whose scores add up to the most. */
function byOrder(code: readonly NeededLayer[], file: readonly LayerNode[], sorts: Sorts, statusOf: StatusOf): Pair[] {
  if (code.length * file.length > LARGEST_TABLE) return [];
  const codeNames = code.map(({ layer }) => namesOf(layer));
  const fileNames = file.map(namesOf);
  const score = (i: number, j: number): number => {
    const [a, b] = [codeNames[i], fileNames[j]];
    const own = sorts.code[i] ?? null;
    if (a === undefined || b === undefined || (own !== null && own !== sorts.file[j])) return 0;
    const names = nameScore(a, b);
    if (own === null && code[i]?.layer.kind.kind === 'opaque') return names === 8 ? 10 : 0;
    const status = statusOf(i, j);
    return (status === 'matched' || status === 'refused' ? 100 : 10) + names;
  };
  const width = file.length + 1;
  const best = new Float64Array((code.length + 1) * width);
  const cell = (i: number, j: number) => best[i * width + j] ?? 0;
  for (let i = code.length - 1; i >= 0; i--) {
    for (let j = file.length - 1; j >= 0; j--) {
      const value = score(i, j);
      const paired = value > 0 ? value + cell(i + 1, j + 1) : 0;
      best[i * width + j] = Math.max(paired, cell(i + 1, j), cell(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < code.length && j < file.length;) {
    const value = score(i, j);
    if (value > 0 && cell(i, j) === value + cell(i + 1, j + 1)) pairs.push({ code: i++, file: j++, by: 'order' });
    else if (cell(i, j) === cell(i + 1, j)) i++;
    else j++;
  }
  return pairs;
}

const fitting = (pairs: readonly Pair[], statusOf: StatusOf): number =>
  pairs.filter(({ code, file }) => statusOf(code, file) === 'matched').length;

/** Adds pairs of layers that have none yet. */
function withMore(pairs: readonly Pair[], more: readonly Pair[]): Pair[] {
  const codes = new Set(pairs.map(({ code }) => code));
  const files = new Set(pairs.map(({ file }) => file));
  return [...pairs, ...more.filter(({ code, file }) => !codes.has(code) && !files.has(file))];
}

/** The order of what has no pair yet. */
function orderOfRest(
  pairs: readonly Pair[],
  code: readonly NeededLayer[],
  file: readonly LayerNode[],
  sorts: Sorts,
  statusOf: StatusOf
): Pair[] {
  const freeCode = code.map((_, i) => i).filter((i) => pairs.every((pair) => pair.code !== i));
  const freeFile = file.map((_, j) => j).filter((j) => pairs.every((pair) => pair.file !== j));
  const pick = <T>(list: readonly T[], indices: readonly number[]): T[] => indices.flatMap((i) => list.slice(i, i + 1));
  const found = byOrder(
    pick(code, freeCode),
    pick(file, freeFile),
    { code: pick(sorts.code, freeCode), file: pick(sorts.file, freeFile) },
    (i, j) => statusOf(freeCode[i] ?? -1, freeFile[j] ?? -1)
  );
  return found.map(({ code: i, file: j, by }) => ({ code: freeCode[i] ?? -1, file: freeFile[j] ?? -1, by }));
}

/**
 * @param namesAreKept whether code and file take a layer's name from the same place (PyTorch's attributes), so that a name
 *   on both sides means the same layer even where its shapes differ; Keras counts names anew in every session
 * @returns pairs in the order of the code
 */
export function pairLayers(
  code: readonly NeededLayer[],
  file: readonly LayerNode[],
  sorts: Sorts,
  statusOf: StatusOf,
  namesAreKept: boolean
): readonly Pair[] {
  const named = byName(code, file);
  // A layer that is not understood may have no weights, and then no name in the file either.
  const sure = code.filter(({ layer, expected }) => expected !== null || layer.kind.kind !== 'opaque').length;
  if (named.length >= sure && fitting(named, statusOf) >= sure) return named;
  if (namesAreKept && 3 * named.length >= sure)
    return withMore(named, orderOfRest(named, code, file, sorts, statusOf)).toSorted((a, b) => a.code - b.code);
  const ordered = withMore(byOrder(code, file, sorts, statusOf), named);
  const chosen = named.length >= sure && fitting(named, statusOf) >= fitting(ordered, statusOf) ? named : ordered;
  return chosen.toSorted((a, b) => a.code - b.code);
}
