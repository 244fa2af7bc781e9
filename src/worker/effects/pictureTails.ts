/**
 * Pictures of a data set with what crosses a cut of the network for each: a slider over them runs the second part of
 * the network only.
 */
import { spreadIndices, type DataBatch, type DataSets } from '../data';
import { seedFor } from '../../core/random';
import type { LayerRow } from '../../core/summary';
import type { HandlerContext } from '../../protocol/rpc';
import type { Session } from '../session';
import type { Place } from '../../analyses/dropout/cut';
import type { Tail, Tails } from './tails';

export interface PicturePart {
  readonly batch: DataBatch;
  readonly tail: Tail;
  readonly title: string;
  readonly set: string;
  /** Pictures of all parts. */
  readonly total: number;
}

const picturesAtOnce = 20;
/** What crosses the cut for the pictures of one part, about; and what its costliest layer computes: a cancellation waits for it. */
const bytesAtOnce = 48e6;
const macsAtOnce = 3e8;
const budget = 128e6;

export class PictureTails {
  private readonly kept = new Map<string, { readonly part: PicturePart; readonly bytes: number }>();

  constructor(
    private readonly tails: Tails,
    private readonly data: DataSets
  ) {}

  /** Parts of at most 20 pictures, evenly spread over the set. @throws {RequestFailure} where no data set fits */
  async *parts(
    session: Session,
    place: Place,
    side: 'before' | 'after',
    ask: { readonly set: string | null; readonly pictures: number },
    context: HandlerContext
  ): AsyncGenerator<PicturePart> {
    const set = await this.data.get(session, ask.set);
    const indices = spreadIndices(set.size, ask.pictures);
    const prepared = [...session.inputs.values()].map((one) => one.prepared.preprocessing);
    // Labels say which of the set's classes is which output.
    const names = seedFor(0, session.labels?.names.join('\n') ?? '');
    const key = JSON.stringify([session.id, session.key, place, side, set.id, set.size, prepared, names]);
    const atOnce = partSize(session.opened.summary.layers, place.layer);
    for (let from = 0; from < indices.length; from += atOnce) {
      context.signal.throwIfAborted();
      const some = indices.slice(from, from + atOnce);
      const own = `${key} ${some.join()}`;
      const known = this.kept.get(own);
      if (known !== undefined) {
        this.keep(own, known);
        yield known.part;
        continue;
      }
      const batch = await this.data.batch(session, set, some, context.signal);
      const tail = await this.tails.at(session, place, side, context, [batch.inputs]);
      const part = { batch, tail, title: set.title, set: set.id, total: indices.length };
      this.keep(own, { part, bytes: bytesOf(part) });
      yield part;
    }
  }

  /** The last used stay, as far as the budget goes. */
  private keep(key: string, entry: { readonly part: PicturePart; readonly bytes: number }): void {
    this.kept.delete(key);
    this.kept.set(key, entry);
    let bytes = [...this.kept.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [oldest, one] of this.kept) {
      if (bytes <= budget) break;
      this.kept.delete(oldest);
      bytes -= one.bytes;
    }
  }
}

function partSize(layers: readonly LayerRow[], layer: string): number {
  const rows = withNested(layers);
  const bytes = rows.find(({ id }) => id === layer)?.activationBytes ?? 1;
  const macs = rows.reduce((most, row) => (row.layers === null ? Math.max(most, row.macs ?? 0) : most), 1);
  return Math.max(1, Math.min(picturesAtOnce, Math.floor(Math.min(bytesAtOnce / bytes, macsAtOnce / macs))));
}

function withNested(rows: readonly LayerRow[]): LayerRow[] {
  return rows.flatMap((row) => [row, ...withNested(row.layers ?? [])]);
}

function bytesOf({ batch, tail }: PicturePart): number {
  const crossing = [...tail.values.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return crossing + batch.inputs.data.byteLength + batch.previews.reduce((sum, { rgba }) => sum + rgba.byteLength, 0);
}
