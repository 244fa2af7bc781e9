/** Branches as rails beside the rows, like a commit graph: which lanes pass a row and where its value comes from. */
import type { ListRow } from './folding';

export interface Rail {
  /** The lane this row's node stands in. */
  readonly lane: number;
  /** Lanes that pass from the row above to this one, without the node's inputs. */
  readonly passing: readonly number[];
  /** Lanes whose values this row reads. */
  readonly inputs: readonly number[];
  /** Whether something below reads this row. */
  readonly continues: boolean;
}

export const lanesAtMost = 5;

/** `null` for a plain chain: no rails are drawn then. */
export function railsOf(rows: readonly ListRow[]): readonly Rail[] | null {
  const rowOf = new Map<string, number>();
  rows.forEach((row, index) => {
    for (const layer of row.members) if (!rowOf.has(layer.name) || row.fold !== 'open') rowOf.set(layer.name, index);
  });
  const sources = rows.map((row, index) => {
    const from = new Set<number>();
    if (row.fold === 'open') return from;
    for (const layer of row.members) {
      for (const name of layer.inputs) {
        const at = rowOf.get(name);
        if (at !== undefined && at < index) from.add(at);
      }
    }
    return from;
  });
  const lastReader = new Map<number, number>();
  sources.forEach((from, index) => {
    for (const at of from) lastReader.set(at, index);
  });
  const chain = sources.every((from, index) => from.size <= 1 && [...from].every((at) => index - at <= 2));
  if (chain) return null;
  const lanes: (number | null)[] = [];
  const laneOf = new Map<number, number>();
  return rows.map((_row, index) => {
    const from = [...(sources[index] ?? [])];
    const inputs = from.flatMap((at) => laneOf.get(at) ?? []);
    const passing = lanes.flatMap((held, lane) => (held !== null && !from.includes(held) ? [lane] : []));
    for (const at of from) {
      const lane = laneOf.get(at);
      if (lane === undefined) continue;
      if (lastReader.get(at) === index) lanes[lane] = null;
      else passing.push(lane);
    }
    const free = inputs.find((lane) => lanes[lane] === null) ?? lanes.indexOf(null);
    const lane = Math.min(free === -1 || free === undefined ? lanes.length : free, lanesAtMost - 1);
    const continues = lastReader.has(index);
    if (continues) {
      lanes[lane] = index;
      laneOf.set(index, lane);
    }
    return { lane, passing: [...new Set(passing)], inputs: [...new Set(inputs)], continues };
  });
}
