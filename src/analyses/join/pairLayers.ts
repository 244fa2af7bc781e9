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

/** Fits of layers, found when they are first asked for. */
export type FitOf = (code: number, file: number) => LayerFit;

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

function nameScore(a: LayerNode, b: LayerNode): number {
  if (plain(a.id) === plain(b.name) || plain(a.name) === plain(b.name)) return 8;
  return lastWord(a.name) === lastWord(b.name) ? 3 : 0;
}

/** Pairs in ascending order on both sides whose scores add up to the most. */
function byOrder(code: readonly NeededLayer[], file: readonly LayerNode[], sorts: Sorts, fitOf: FitOf): Pair[] {
  if (code.length * file.length > LARGEST_TABLE) return [];
  const score = (i: number, j: number): number => {
    const [a, b] = [code[i], file[j]];
    const own = sorts.code[i] ?? null;
    if (a === undefined || b === undefined || (own !== null && own !== sorts.file[j])) return 0;
    const names = nameScore(a.layer, b);
    if (own === null && a.layer.kind.kind === 'opaque') return names === 8 ? 10 : 0;
    const { status } = fitOf(i, j);
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

const fitting = (pairs: readonly Pair[], fitOf: FitOf): number =>
  pairs.filter(({ code, file }) => fitOf(code, file).status === 'matched').length;

/** Adds what the alignment left over, where names agree. */
function withNames(pairs: readonly Pair[], named: readonly Pair[]): Pair[] {
  const codes = new Set(pairs.map(({ code }) => code));
  const files = new Set(pairs.map(({ file }) => file));
  return [...pairs, ...named.filter(({ code, file }) => !codes.has(code) && !files.has(file))];
}

/** @returns pairs in the order of the code */
export function pairLayers(
  code: readonly NeededLayer[],
  file: readonly LayerNode[],
  sorts: Sorts,
  fitOf: FitOf
): readonly Pair[] {
  const named = byName(code, file);
  if (named.length === code.length && fitting(named, fitOf) === code.length) return named;
  const ordered = withNames(byOrder(code, file, sorts, fitOf), named);
  const chosen = named.length === code.length && fitting(named, fitOf) >= fitting(ordered, fitOf) ? named : ordered;
  return chosen.toSorted((a, b) => a.code - b.code);
}
