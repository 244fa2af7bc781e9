/** Gathers the report of a session and writes it. */
import { writeFile } from 'node:fs/promises';
import { encode } from 'fast-png';
import { kernelTiles, loadKernel } from '../../analyses/kernels';
import { formatOf } from '../../analyses/layers';
import { mapTiles, mapView, type MapView } from '../../analyses/maps';
import { buildOverview } from '../../analyses/overview';
import { effectSentences } from '../../analyses/report/effects';
import { reportHtml, type ReportLayer, type ReportPicture } from '../../analyses/report/html';
import { topValues } from '../../analyses/outputs';
import type { LayerNode } from '../../core/model';
import type { LayerRow } from '../../core/summary';
import { finiteRange, rangeFor, type Rgba } from '../../drawing/plane';
import { drawSheet } from '../../drawing/sheet';
import { valueKey } from '../../engine/experiment';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import type { Session } from '../session';
import { t } from '../../core/texts';

/** Pictures on one sheet at most, and layers with sheets at most: the report stays some megabytes. */
const tilesAtMost = 64;
const tilesAtLeast = 8;
/** Of one sheet: large maps are shown in smaller number. */
const pixelsAtMost = 150_000;
const layersAtMost = 60;
const random = new Set(['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise']);

/** @throws {RequestFailure} where the file cannot be written */
export async function writeReport(session: Session, path: string, runner: Runner, context: HandlerContext) {
  const html = reportHtml({
    title: session.model.name,
    summary: session.opened.summary,
    weights: weightsInWords(session),
    input: inputOf(session),
    answers: await answersOf(session, runner, context),
    findings: await findingsOf(session, context),
    layers: await layersOf(session, runner, context),
    layersInAll: reportable(session).length,
    made: t('Made by ConvLens. The page holds everything it shows.')
  });
  await writeFile(path, html).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw inputFailure(path, t('cannot be written ({0})', reason), t('Choose another place'));
  });
}

function weightsInWords({ model }: Session): string {
  const { weightsOrigin: origin } = model;
  switch (origin.kind) {
    case 'file':
      return t('weights from {0}', origin.file.replace(/^.*[\\/]/, ''));
    case 'random':
      return t('random weights, seed {0}: the answers mean nothing yet', origin.seed);
    case 'trained':
      return t('trained here, epoch {0}', origin.epoch);
    case 'none':
      return t('no weights');
  }
}

function inputOf(session: Session) {
  const given = session.inputs.get(0)?.prepared;
  if (given === undefined) return null;
  const { width, height, rgba } = given.preview;
  const source = pngAddress(drawSheet([{ width, height, rgba }], null));
  return {
    picture: { source, caption: given.label },
    note: t('Prepared as {0}: {1}.', given.preprocessing.normalization, given.reason)
  };
}

const ready = (session: Session) => session.ports.length > 0 && session.ports.every((_, i) => session.inputs.has(i));

async function answersOf(session: Session, runner: Runner, context: HandlerContext) {
  if (!ready(session)) return [];
  const [output] = await runner.outputs(session, {}, context).catch((error: unknown) => {
    if (context.signal.aborted) throw error;
    return []; // The pass stops on the way: the report shows the layers before.
  });
  if (output === undefined || output.data.length > 10_000) return [];
  const labels = session.labels?.names.length === output.data.length ? session.labels.names : null;
  return topValues(output.data, labels, 5).map(({ index, label, value }) => ({
    name: label ?? t('output {0}', index),
    value
  }));
}

async function findingsOf(session: Session, context: HandlerContext): Promise<string[]> {
  const { findings } = await buildOverview(session.model, session.opened.summary, context.signal, (share) => {
    context.progress({ share: share * 0.2, message: t('looking through the weights') });
  });
  return findings.map(({ message }) => message);
}

const reportable = (session: Session): LayerRow[] =>
  flat(session.opened.summary.layers).filter((row) => row.kind !== 'input' && row.layers === null);

async function layersOf(session: Session, runner: Runner, context: HandlerContext): Promise<ReportLayer[]> {
  const reported = reportable(session).slice(0, layersAtMost);
  const found: ReportLayer[] = [];
  for (const row of reported) {
    context.progress({ share: 0.2 + (0.8 * found.length) / reported.length, message: row.name });
    const layer = session.layers.get(row.id);
    if (layer === undefined) continue;
    const pictures: ReportPicture[] = [];
    const kernel = await kernelPicture(layer, context.signal);
    if (kernel !== null) pictures.push(kernel);
    const values = ready(session) ? await valuesOf(session, layer, runner, context) : null;
    if (values !== null) pictures.push(...mapPictures(values));
    const sentences = values === null ? [] : effectSentences(layer, values.before, values.after, values.masked);
    found.push({ row, pictures, sentences });
    context.signal.throwIfAborted();
  }
  return found;
}

interface Values {
  readonly before: MapView | null;
  readonly after: MapView;
  readonly masked: MapView | null;
}

async function valuesOf(
  session: Session,
  layer: LayerNode,
  runner: Runner,
  context: HandlerContext
): Promise<Values | null> {
  const key = valueKey(layer.id, 0);
  const source = sourceOf(session, layer.id);
  const wanted = new Set(source === null ? [key] : [key, valueKey(source, 0)]);
  const view = (of: string, values: ReadonlyMap<string, Parameters<typeof mapView>[0]>) => {
    const value = values.get(valueKey(of, 0));
    return value === undefined ? null : mapView(value, formatOf(session.layers.get(of), session.model));
  };
  try {
    const values = await runner.values(session, wanted, {}, context);
    const after = view(layer.id, values);
    if (after === null) return null;
    const before = source === null ? null : view(source, values);
    if (!random.has(layer.kind.kind)) return { before, after, masked: null };
    const modes = new Map([[layer.id, 'train'] as const]);
    const drawn = await runner.values(session, new Set([key]), { experiment: { modes } }, context);
    return { before, after, masked: view(layer.id, drawn) };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return null; // Not reached by the pass.
  }
}

/** The layer whose value the first call reads, in the same graph. */
function sourceOf(session: Session, id: string): string | null {
  const graphs = [session.model.root];
  for (const layer of session.layers.values()) if (layer.kind.kind === 'model') graphs.push(layer.kind.graph);
  for (const graph of graphs) {
    const call = graph.calls.find((one) => one.layer === id);
    if (call === undefined) continue;
    const [input] = call.inputs;
    return input === undefined ? null : (graph.calls[input.call]?.layer ?? null);
  }
  return null;
}

async function kernelPicture(layer: LayerNode, signal: AbortSignal): Promise<ReportPicture | null> {
  const kernel = await loadKernel(layer, undefined, signal);
  if (kernel === null) return null;
  const shown = Math.min(tilesAtMost, kernel.view.outputs);
  const planes = Array.from({ length: shown }, (_, filter) => [filter, kernel.view.inputs === 1 ? 0 : -1] as const);
  const { tiles, ranges } = kernelTiles(kernel, planes, 'shared', 'diverging');
  const rgb = kernel.view.inputs === 3 && kernel.view.spatial.length === 2;
  const [range] = ranges;
  const source = pngAddress(drawSheet(tiles, range === undefined || rgb ? null : { range, map: 'diverging' }));
  return { source, caption: t('Kernels: {0} of {1} filters', shown, kernel.view.outputs) };
}

function mapPictures({ after, masked }: Values): ReportPicture[] {
  const pictures: ReportPicture[] = [];
  for (const [view, words] of [
    [after, 'Maps'],
    [masked, t('The same maps under one mask')]
  ] as const) {
    if (view === null || view.vector) continue;
    const map = finiteRange(view.values).min < 0 ? 'diverging' : 'viridis';
    const fitting = Math.max(tilesAtLeast, Math.floor(pixelsAtMost / (view.size[0] * view.size[1])));
    const shown = Math.min(tilesAtMost, fitting, view.channels);
    const channels = Array.from({ length: shown }, (_, channel) => channel);
    const { tiles } = mapTiles(view, channels, Math.floor(view.slices / 2), 'shared', map);
    const source = pngAddress(drawSheet(tiles, { range: rangeFor(view.values, map), map }));
    pictures.push({ source, caption: t('{0}: {1} of {2}', words, shown, view.channels) });
  }
  return pictures;
}

function pngAddress({ width, height, rgba }: Rgba): string {
  const png = encode({ width, height, data: rgba, channels: 4, depth: 8 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

function flat(rows: readonly LayerRow[]): LayerRow[] {
  return rows.flatMap((row) => [row, ...(row.layers === null ? [] : flat(row.layers))]);
}
