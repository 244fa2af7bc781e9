/** The input again and again: under masks, with other weights, changed a little as a picture. */
import { readLearned, shaken } from '../../../analyses/attribution/shaken';
import { takeRows } from '../../../analyses/dropout/cut';
import { executed } from '../../../analyses/dropout/neighbours';
import type { Penultimate } from '../../../analyses/features/penultimate';
import type { LayerNode } from '../../../core/model';
import { augment, drawAugmentation, type AugmentationName } from '../../../images/augment';
import { preprocess, visibleInput } from '../../../images/preprocess';
import type { RgbaImage } from '../../../images/types';
import type { HandlerContext } from '../../../protocol/rpc';
import type { Runner } from '../../running';
import type { GivenInput, Session } from '../../session';
import { allOn, noiseLayers } from '../masks';
import { rowsAtOnce, type Tails } from '../tails';
import { featureRows, joined, type FeatureRows } from './rows';

export interface Series {
  readonly copies: number;
  /** Copy `i` has seed `seed + i`. */
  readonly seed: number;
}

type Report = (done: number) => void;

/** Random layers that the features depend on, in execution order. */
export function randomBefore(session: Session, { reader }: Penultimate): LayerNode[] {
  const order = executed(session.model.root).map(({ id }) => id);
  return noiseLayers(session).filter(({ id }) => order.indexOf(id) < order.indexOf(reader));
}

/** Under the masks of all random layers; everything else as at inference. */
export async function maskedCopies(
  session: Session,
  runner: Runner,
  tails: Tails,
  place: Penultimate,
  { copies, seed }: Series,
  context: HandlerContext,
  report: Report
): Promise<FeatureRows | null> {
  const layers = randomBefore(session, place);
  const [first] = layers;
  if (first === undefined) return null;
  const tail = await tails.at(session, { layer: first.id, occurrence: 0 }, 'before', context);
  const parts: FeatureRows[] = [];
  for (let from = 0; from < copies; from += tail.rowsAtOnce) {
    const count = Math.min(tail.rowsAtOnce, copies - from);
    const rows = Array.from({ length: count }, () => 0);
    const values = new Map([...tail.values].map(([key, value]) => [key, takeRows(value, tail.batch, rows)]));
    const seeds = rows.map((_, i) => seed + from + i);
    const ask = { inputs: [], seeds, experiment: { ...allOn(layers), values } };
    parts.push(await featureRows(session, runner, place, ask, count, context));
    report(from + count);
  }
  return joined(parts);
}

/** With `w + sigma s e` in place of each learned weight, `s` its standard deviation in its layer, `e` normal. */
export async function shakenCopies(
  session: Session,
  runner: Runner,
  place: Penultimate,
  { copies, seed, sigma }: Series & { readonly sigma: number },
  context: HandlerContext,
  report: Report
): Promise<FeatureRows | null> {
  const learned = await readLearned(session.layers.values(), context.signal);
  if (learned.size === 0) return null;
  const parts: FeatureRows[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const weights = await shaken(learned, { sigma, measure: 'layer', seed: seed + copy }, context.signal);
    parts.push(await featureRows(session, runner, place, { experiment: { weights } }, 1, context));
    report(copy + 1);
  }
  return joined(parts);
}

/** The input as the network sees it, before normalisation; `null` where it is no picture. */
export function pictureOf(session: Session): { readonly seen: RgbaImage; readonly given: GivenInput } | null {
  const given = session.inputs.get(0);
  const port = session.ports[0];
  if (session.ports.length !== 1 || port?.role !== 'image' || !given?.image) return null;
  return { seen: visibleInput(given.image, port, given.prepared.preprocessing), given };
}

/** Each drawn anew at the size the network reads. */
export async function augmentedCopies(
  session: Session,
  runner: Runner,
  place: Penultimate,
  { copies, seed, augmentation }: Series & { readonly augmentation: AugmentationName },
  context: HandlerContext,
  report: Report
): Promise<FeatureRows | null> {
  const picture = pictureOf(session);
  const port = session.ports[0];
  if (picture === null || port === undefined) return null;
  const { seen, given } = picture;
  // The picture has its size and is turned already.
  const preprocessing = { ...given.prepared.preprocessing, invert: false };
  const fixed = { ...port, height: seen.height, width: seen.width };
  const atOnce = rowsAtOnce(session, session.opened.summary.layers[0]?.id ?? '');
  const parts: FeatureRows[] = [];
  for (let from = 0; from < copies; from += atOnce) {
    const count = Math.min(atOnce, copies - from);
    const rows = Array.from({ length: count }, (_, i) => {
      const changed = augment(seen, drawAugmentation(augmentation, seed + from + i, seen));
      return preprocess(changed, fixed, preprocessing);
    });
    const part = rows[0]?.data.length ?? 0;
    const data = new Float32Array(part * count);
    rows.forEach((row, i) => {
      data.set(row.data, i * part);
    });
    const input = { shape: [count, ...(rows[0]?.shape.slice(1) ?? [])], data };
    parts.push(await featureRows(session, runner, place, { inputs: [input] }, count, context));
    report(from + count);
  }
  return joined(parts);
}
