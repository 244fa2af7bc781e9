/** Features of a data set's pictures, kept while questions about them go on. */
import type { Penultimate } from '../../../analyses/features/penultimate';
import { principal, type Principal } from '../../../analyses/features/principal';
import type { DataSet } from '../../../data/dataSet';
import type { HandlerContext } from '../../../protocol/rpc';
import { spreadIndices, type DataSets } from '../../data';
import { inputsOf, type Runner } from '../../running';
import type { Session } from '../../session';
import { rowsAtOnce } from '../tails';
import { featureRows, joined, type FeatureRows } from './rows';

export interface Unseen {
  readonly rows: FeatureRows;
  readonly indices: readonly number[];
  readonly labels: readonly (number | null)[];
  readonly leftOut: number;
  readonly components: Principal;
}

interface Looked {
  readonly key: string;
  /** Whose features they are: other weights come with another prepared network. */
  readonly network: Session['network'];
  readonly rows: FeatureRows;
  readonly indices: readonly number[];
  readonly labels: readonly (number | null)[];
  readonly prints: readonly number[];
  /** By the pictures left out. */
  readonly components: Map<string, Principal>;
}

const keptSets = 2;
const picturesAtOnce = 20;

export class UnseenPictures {
  private readonly kept = new WeakMap<Session, Looked[]>();

  constructor(
    private readonly runner: Runner,
    private readonly data: DataSets
  ) {}

  /**
   * Pictures spread over the set, without the input itself; the components are those of these pictures alone, so that the
   * axes do not depend on any noise.
   */
  async of(
    session: Session,
    set: DataSet,
    place: Penultimate,
    pictures: number,
    context: HandlerContext,
    report: (done: number) => void
  ): Promise<Unseen> {
    const looked = await this.looked(session, set, place, pictures, context, report);
    const [own] = inputsOf(session);
    const print = own === undefined ? Number.NaN : printOf(own.data);
    const rows = looked.indices.map((_, row) => row).filter((row) => looked.prints[row] !== print);
    const { size, outputs } = looked.rows;
    const width = outputs.shape[1] ?? 0;
    const features = new Float32Array(rows.length * size);
    const answers = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      features.set(looked.rows.features.subarray(row * size, (row + 1) * size), i * size);
      answers.set(outputs.data.subarray(row * width, (row + 1) * width), i * width);
    });
    const leftOut = looked.indices.length - rows.length;
    const which = leftOut === 0 ? '' : rows.join();
    let components = looked.components.get(which);
    if (components === undefined) {
      components = await principal(features, size, 2, context.signal);
      looked.components.clear();
      looked.components.set(which, components);
    }
    return {
      rows: { ...looked.rows, features, outputs: { shape: [rows.length, width], data: answers } },
      indices: rows.map((row) => looked.indices[row] ?? 0),
      labels: rows.map((row) => looked.labels[row] ?? null),
      leftOut,
      components
    };
  }

  private async looked(
    session: Session,
    set: DataSet,
    place: Penultimate,
    pictures: number,
    context: HandlerContext,
    report: (done: number) => void
  ): Promise<Looked> {
    const given = session.inputs.get(0);
    const prepared = given?.image ? JSON.stringify(given.prepared.preprocessing) : '';
    const labels = session.labels?.names.length ?? 0;
    const key = `${set.id} ${String(set.size)} ${String(pictures)} ${String(labels)} ${prepared} ${String(given?.tensor.shape)}`;
    const list = this.kept.get(session) ?? [];
    const before = list.find((one) => one.key === key && one.network === session.network);
    if (before !== undefined) return before;
    const indices = spreadIndices(set.size, pictures);
    const atOnce = Math.min(picturesAtOnce, rowsAtOnce(session, session.opened.summary.layers[0]?.id ?? ''));
    const parts: FeatureRows[] = [];
    const used: number[] = [];
    const truths: (number | null)[] = [];
    const prints: number[] = [];
    for (let from = 0; from < indices.length; from += atOnce) {
      const batch = await this.data.batch(session, set, indices.slice(from, from + atOnce));
      const count = batch.indices.length;
      parts.push(await featureRows(session, this.runner, place, { inputs: [batch.inputs] }, count, context));
      const part = batch.inputs.data.length / count;
      batch.indices.forEach((index, i) => {
        used.push(index);
        truths.push(batch.labels[i] ?? null);
        prints.push(printOf(batch.inputs.data.subarray(i * part, (i + 1) * part)));
      });
      report(Math.min(indices.length, from + atOnce));
    }
    const looked = {
      key,
      network: session.network,
      rows: joined(parts),
      indices: used,
      labels: truths,
      prints,
      components: new Map()
    };
    this.kept.set(session, [looked, ...list].slice(0, keptSets));
    return looked;
  }
}

/** Tells pictures apart by their numbers (FNV-1a over the bits). */
function printOf(values: Float32Array): number {
  const bits = new Int32Array(values.slice().buffer);
  let hash = 0x811c9dc5 | 0;
  for (const one of bits) hash = Math.imul(hash ^ one, 0x01000193);
  return hash;
}
