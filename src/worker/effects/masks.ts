/** One mask, many masks: the requests about random layers, answered. */
import { answerChange } from '../../analyses/answerChange';
import { joinRows } from '../../analyses/dropout/cut';
import { decisions, meaningOf, type AnswerMeaning } from '../../analyses/dropout/meaning';
import { denseAfter, executed, graphWith } from '../../analyses/dropout/neighbours';
import { entropyLimit, meanAndStd, uncertainty } from '../../analyses/dropout/spread';
import { maskPanel, meanOf, planesOf, rangeOf, shownChannels } from '../../analyses/dropout/triptych';
import { loadKernel } from '../../analyses/kernels';
import { formatOf } from '../../analyses/layers';
import { mapView } from '../../analyses/maps';
import { areProbabilities } from '../../analyses/outputs';
import { isNoise, strengthOf, withStrength, type NoiseKind } from '../../core/noise';
import type { LayerNode } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import type { AnswerChange } from '../../protocol/answer';
import { finiteRange } from '../../drawing/plane';
import { valueKey, type Experiment } from '../../engine/experiment';
import type { ClassSpread, ManyMasks, MaskTriptych, NoiseQuestion } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import { layerOf, type Session } from '../session';
import type { Tails } from './tails';
import { t } from '../../core/texts';

const largestKernel = 4e6;
const linksShown = 90;
const nextUnitsShown = 12;
const classesShown = 10;

export interface NoiseLayer {
  readonly node: LayerNode;
  readonly kind: NoiseKind;
  readonly experiment: Experiment;
}

/**
 * One call of a random layer as while training, every other call as at inference.
 * @throws {RequestFailure} where the layer is not random while training, or the strength is none
 */
export function noiseLayer(session: Session, id: string, occurrence: number, strength: number | null): NoiseLayer {
  const node = layerOf(session, id);
  if (!isNoise(node.kind)) throw inputFailure(node.name, t('is no dropout or noise layer'), t('Choose one that is'));
  const most = node.kind.kind === 'gaussianNoise' ? Number.MAX_VALUE : 1 - 1e-6;
  if (strength !== null && !(strength >= 0 && strength <= most))
    throw inputFailure(node.name, t('cannot have the strength {0}', strength), t('Choose a rate from 0 to below 1'));
  const kind = strength === null ? node.kind : withStrength(node.kind, strength);
  return {
    node,
    kind,
    experiment: { modes: new Map([[valueKey(id, occurrence), 'train']]), kinds: new Map([[id, kind]]) }
  };
}

/** As `answerChange`; rows of labels flip where a label crosses one half. */
export function changeOf(session: Session, before: DenseTensor, after: DenseTensor): AnswerChange {
  const change = answerChange(before, after, session.labels?.names ?? null);
  if (meaningOf(session.model, before) !== 'labels') return change;
  const [was, is] = [before, after].map(({ data }) => decisions(data, 1, 'labels')[0]);
  return { ...change, flipped: was !== is };
}

/** All random layers at their own rates, in execution order. */
export function noiseLayers(session: Session): LayerNode[] {
  return executed(session.model.root).filter(({ kind }) => isNoise(kind) && strengthOf(kind) > 0);
}

export async function maskTriptych(
  session: Session,
  runner: Runner,
  tails: Tails,
  question: NoiseQuestion & { readonly held: number; readonly next: number },
  context: HandlerContext
): Promise<MaskTriptych> {
  const { node, kind, experiment } = noiseLayer(session, question.layer, question.occurrence, question.strength);
  const place = { layer: node.id, occurrence: question.occurrence };
  const key = valueKey(node.id, question.occurrence);
  const tail = await tails.at(session, place, 'before', context);
  const before = tail.values.get(tail.cut.at);
  if (before === undefined) throw inputFailure(node.name, t('has no input value'), t('Choose another layer'));
  const format = formatOf(node, session.model);
  const view = mapView(before, format);
  const shown = shownChannels(view);
  const seeds = [question.held, question.next];
  const clean = await tails.plain(session, tail, context);
  const answers = await tails.run(session, tail, { rows: [0, 0], experiment, seeds }, context);
  const panels = [];
  for (const [i, seed] of seeds.entries()) {
    const values = await runner.values(
      session,
      new Set([key]),
      { inputs: [], seeds: [seed], experiment: { ...experiment, values: tail.values } },
      context
    );
    const after = values.get(key) ?? before;
    const change = changeOf(session, clean, rowOf(answers, 2, i));
    panels.push(maskPanel(kind, key, seed, before, after, format, shown, change));
  }
  const [held, next] = panels;
  if (held === undefined || next === undefined) throw new Error('two seeds give two panels');
  const plain = planesOf(view, shown);
  return {
    kind: kind.kind,
    strength: strengthOf(kind),
    ownStrength: isNoise(node.kind) ? strengthOf(node.kind) : 0,
    wholeMaps: !view.vector && held.drawn === view.channels,
    channels: view.channels,
    size: view.size,
    vector: view.vector,
    shown,
    before: plain,
    range: rangeOf([plain, held.after, next.after]),
    mean: meanOf(before.data),
    off: changeOf(session, clean, clean),
    held,
    next,
    edges: view.vector ? await edgesFrom(session, node, question.occurrence, before, shown, context.signal) : null
  };
}

/** One row of a batch as a batch of one. */
export function rowOf(tensor: DenseTensor, batch: number, row: number): DenseTensor {
  const part = tensor.data.length / batch;
  return { shape: [1, ...tensor.shape.slice(1)], data: tensor.data.slice(row * part, (row + 1) * part) };
}

/** The strongest connections |weight x value| from the shown units to the next dense layer. */
async function edgesFrom(
  session: Session,
  node: LayerNode,
  occurrence: number,
  before: DenseTensor,
  shown: readonly number[],
  signal: AbortSignal
): Promise<MaskTriptych['edges']> {
  const graph = graphWith(session.model.root, node.id);
  const dense = graph === null ? null : denseAfter(graph, node.id, occurrence);
  const size = dense?.weights.find((weight) => weight.role === 'kernel')?.shape.reduce((a, b) => a * b, 1) ?? Infinity;
  if (dense === null || size > largestKernel) return null;
  const kernel = await loadKernel(dense, 'kernel', signal);
  if (kernel === null || kernel.view.inputs !== before.data.length) return null;
  const { view } = kernel;
  const pull = (unit: number, input: number) => Math.abs(view.at(unit, input) * (before.data[input] ?? 0));
  const strength = Array.from({ length: view.outputs }, (_, unit) =>
    shown.reduce((sum, input) => sum + pull(unit, input), 0)
  );
  const units = strength
    .map((_, unit) => unit)
    .sort((a, b) => (strength[b] ?? 0) - (strength[a] ?? 0))
    .slice(0, nextUnitsShown)
    .sort((a, b) => a - b);
  const links = shown.flatMap((input, from) =>
    units.map((unit, to) => ({ from, to, weight: view.at(unit, input), pull: pull(unit, input) }))
  );
  links.sort((a, b) => b.pull - a.pull);
  return {
    layer: dense.name,
    units,
    links: links.slice(0, linksShown).map(({ from, to, weight }) => [from, to, weight] as const)
  };
}

export async function manyMasks(
  session: Session,
  tails: Tails,
  ask: {
    readonly layer: string | null;
    readonly occurrence: number;
    readonly strength: number | null;
    readonly seed: number;
    readonly passes: number;
  },
  context: HandlerContext
): Promise<ManyMasks> {
  const one = ask.layer === null ? null : noiseLayer(session, ask.layer, ask.occurrence, ask.strength);
  const layers = one === null ? noiseLayers(session) : [one.node];
  const first = firstNoisy(session, layers);
  const place = { layer: first.id, occurrence: one === null ? 0 : ask.occurrence };
  const tail = await tails.at(session, place, 'before', context);
  const clean = await tails.plain(session, tail, context);
  const rows = await passesOf(session, tails, tail, one?.experiment ?? allOn(layers), ask, context);
  return summariseMasks(session, clean, rows, ask, layers);
}

/** The first of the random layers in execution order. @throws {RequestFailure} where there is none */
export function firstNoisy(session: Session, layers: readonly LayerNode[]): LayerNode {
  const [first] = layers;
  if (first !== undefined) return first;
  const idle = executed(session.model.root).some(({ kind }) => isNoise(kind));
  throw inputFailure(
    session.model.name,
    idle ? t('has dropout layers, but each has the rate 0: they never drop anything') : t('has no dropout layer'),
    idle ? t('Choose one layer and another rate') : t('Add one, or look at reliance instead')
  );
}

export function allOn(layers: readonly LayerNode[]): Experiment {
  return { modes: new Map(layers.map(({ id }) => [id, 'train'])) };
}

async function passesOf(
  session: Session,
  tails: Tails,
  tail: Awaited<ReturnType<Tails['at']>>,
  experiment: Experiment,
  { seed, passes }: { readonly seed: number; readonly passes: number },
  context: HandlerContext
): Promise<DenseTensor> {
  const parts: DenseTensor[] = [];
  for (let from = 0; from < passes; from += tail.rowsAtOnce) {
    const count = Math.min(tail.rowsAtOnce, passes - from);
    const seeds = Array.from({ length: count }, (_, i) => seed + from + i);
    const output = await tails.run(session, tail, { rows: seeds.map(() => 0), seeds, experiment }, context);
    parts.push(output);
    context.progress({ share: (from + count) / passes, message: `${String(from + count)} / ${String(passes)}` });
  }
  return joinRows(parts);
}

function summariseMasks(
  session: Session,
  clean: DenseTensor,
  rows: DenseTensor,
  { seed, passes }: { readonly seed: number; readonly passes: number },
  layers: readonly LayerNode[]
): ManyMasks {
  const outputs = clean.data.length;
  const kind: AnswerMeaning = meaningOf(session.model, clean);
  const { mean, std } = meanAndStd(rows.data, passes);
  const names = session.labels?.names.length === outputs ? session.labels.names : null;
  const order = Array.from({ length: outputs }, (_, k) => k);
  if (kind !== 'values') order.sort((a, b) => (mean[b] ?? 0) - (mean[a] ?? 0));
  const classes = order.slice(0, classesShown).map((index): ClassSpread => ({
    index,
    label: names?.[index] ?? null,
    base: clean.data[index] ?? 0,
    mean: mean[index] ?? 0,
    std: std[index] ?? 0,
    values: Float32Array.from({ length: passes }, (_, row) => rows.data[row * outputs + index] ?? 0)
  }));
  const probabilities = kind === 'labels' || areProbabilities(clean.data);
  const found = classes.map((one) => finiteRange([...one.values, one.base]));
  const [answer] = decisions(clean.data, 1, kind);
  const sure = kind === 'values' ? null : uncertainty(rows.data, passes, kind);
  return {
    passes,
    firstSeed: seed,
    layers: layers.map(({ name }) => name),
    probabilities,
    kind,
    classes,
    range: probabilities
      ? { min: 0, max: 1 }
      : { min: Math.min(...found.map(({ min }) => min)), max: Math.max(...found.map(({ max }) => max)) },
    flipped: decisions(rows.data, passes, kind).filter((one) => one !== answer).length,
    entropy: sure?.entropy ?? null,
    mutualInformation: sure?.mutualInformation ?? null,
    entropyLimit: entropyLimit(outputs, kind),
    outputs
  };
}
