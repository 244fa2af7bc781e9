/** The second part of a network, run many times from values kept at a cut. */
import { cutAt, joinRows, takeRows, type Cut, type Place } from '../../analyses/dropout/cut';
import type { LayerRow } from '../../core/summary';
import type { DenseTensor } from '../../core/tensor';
import type { Experiment } from '../../engine/experiment';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { inputsOf, type Runner } from '../running';
import type { Session } from '../session';
import { t } from '../../core/texts';

/** A pass's values at a cut. */
export interface Tail {
  readonly cut: Cut;
  /** What crosses the cut, `batch` rows each. */
  readonly values: ReadonlyMap<string, DenseTensor>;
  readonly batch: number;
  /** How many rows may run at once: memory and the time to a cancellation stay bounded. */
  readonly rowsAtOnce: number;
}

export interface TailRun {
  /** The tail's row that each row of the run goes on from; default: its own rows in order. */
  readonly rows?: readonly number[] | undefined;
  /** In place of the value at the cut, as many rows as `rows`. */
  readonly value?: DenseTensor | undefined;
  readonly experiment?: Experiment | undefined;
  readonly seeds?: readonly number[] | undefined;
}

const bytesAtOnce = 24e6;
const macsAtOnce = 3e8;
const mostRows = 64;
const keptTails = 3;

/** Milliseconds after which a series of short passes lets messages in, a cancellation among them. */
const breathEvery = 25;

export class Tails {
  private breathed = performance.now();
  private readonly clean = new WeakMap<Tail, DenseTensor>();
  private readonly kept = new WeakMap<Session, { key: string; inputs: readonly DenseTensor[]; tail: Tail }[]>();

  constructor(private readonly runner: Runner) {}

  /** @param inputs default: those now set; those of the last few cuts are kept */
  async at(
    session: Session,
    place: Place,
    side: 'before' | 'after',
    context: HandlerContext,
    inputs?: readonly DenseTensor[]
  ): Promise<Tail> {
    const cut = cutAt(session.model.root, place, side);
    if (cut === null) throw inputFailure(place.layer, t('the network cannot be cut here'), t('Choose another layer'));
    const own = inputs ?? inputsOf(session);
    const key = [...cut.keys].join(' ');
    const list = this.kept.get(session) ?? [];
    const found = list.find((one) => one.key === key && one.inputs.every((tensor, i) => tensor === own[i]));
    if (found !== undefined) return found.tail;
    const values = await this.runner.values(session, cut.keys, { inputs: own }, context);
    const tail = { cut, values, batch: own[0]?.shape[0] ?? 1, rowsAtOnce: rowsAtOnce(session, place.layer) };
    if (inputs === undefined) this.kept.set(session, [{ key, inputs: own, tail }, ...list].slice(0, keptTails));
    return tail;
  }

  /** First output of the tail's own rows without any change; computed once. */
  async plain(session: Session, tail: Tail, context: HandlerContext): Promise<DenseTensor> {
    const known = this.clean.get(tail);
    if (known !== undefined) return known;
    const found = await this.run(session, tail, {}, context);
    this.clean.set(tail, found);
    return found;
  }

  /** First output of the rows asked for, in parts of bounded size. */
  async run(session: Session, tail: Tail, run: TailRun, context: HandlerContext): Promise<DenseTensor> {
    const rows = run.rows ?? Array.from({ length: tail.batch }, (_, row) => row);
    const parts: DenseTensor[] = [];
    for (let from = 0; from < rows.length; from += tail.rowsAtOnce) {
      await this.breathe(context.signal);
      const some = rows.slice(from, from + tail.rowsAtOnce);
      const values = new Map([...tail.values].map(([key, value]) => [key, takeRows(value, tail.batch, some)]));
      if (run.value !== undefined) {
        const indices = some.map((_, i) => from + i);
        values.set(tail.cut.at, takeRows(run.value, rows.length, indices));
      }
      const [output] = await this.runner.outputs(
        session,
        { inputs: [], seeds: run.seeds?.slice(from, from + some.length), experiment: { ...run.experiment, values } },
        context
      );
      if (output === undefined) throw inputFailure(session.model.name, t('gives no output'), t('Choose another model'));
      parts.push(output);
    }
    return joinRows(parts);
  }

  private async breathe(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.breathed > breathEvery) {
      await new Promise((resolve) => setImmediate(resolve));
      this.breathed = performance.now();
    }
    signal.throwIfAborted();
  }
}

/** Bounded by the activations from the layer on and by the costliest layer among them. */
export function rowsAtOnce(session: Session, layer: string): number {
  const { layers } = session.opened.summary;
  const start = layers.findIndex((row) => row.id === layer || layer.startsWith(`${row.id}/`));
  const rest: readonly LayerRow[] = layers.slice(Math.max(0, start));
  const bytes = rest.reduce((sum, row) => sum + (row.activationBytes ?? 0), 0);
  const macs = Math.max(0, ...rest.map((row) => row.macs ?? 0));
  const rows = Math.floor(Math.min(bytesAtOnce / Math.max(1, bytes), macsAtOnce / Math.max(1, macs)));
  return Math.max(1, Math.min(mostRows, rows));
}
