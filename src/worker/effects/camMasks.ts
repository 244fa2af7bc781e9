/** Class activation maps while masks switch off features of a layer. */
import { t } from '../../core/texts';
import { leaderOf } from '../../analyses/answerChange';
import { cam, type PositionMap } from '../../analyses/attribution/cam';
import { lookedAt, type Question } from '../../analyses/attribution/explainer';
import { enlargeMap, rankCorrelation } from '../../analyses/attribution/measures';
import { planeOf } from '../../analyses/attribution/occlusion';
import { channelMask } from '../../analyses/dropout/channels';
import { decisions, meaningOf } from '../../analyses/dropout/meaning';
import { formatOf } from '../../analyses/layers';
import { mapView } from '../../analyses/maps';
import { areProbabilities } from '../../analyses/outputs';
import type { LayerRow } from '../../core/summary';
import { rangeFor } from '../../drawing/plane';
import { valueKey, type Experiment } from '../../engine/experiment';
import type { CamUnderMasks, DropoutRequests, MaskedCam } from '../../protocol/effects/dropout';
import type { HandlerContext } from '../../protocol/rpc';
import { inputFailure } from '../problem';
import { inputsOf, type Runner } from '../running';
import { layerOf, type Session } from '../session';
import { explainerOf, heatOf, inputFormat, inputIndex, inputKey, objectiveOf, outputKey } from '../why/explain';
import type { Tails } from './tails';

const masksAtMost = 24;

export async function camUnderMasks(
  session: Session,
  runner: Runner,
  tails: Tails,
  { layer, rate, seed, masks }: DropoutRequests['camUnderMasks']['params'],
  context: HandlerContext
): Promise<CamUnderMasks> {
  const node = layerOf(session, layer);
  if (!(rate >= 0 && rate < 1)) throw inputFailure(node.name, t('cannot lose that share'), t('Choose a rate below 1'));
  const camLayer = lastMaps(session, session.opened.summary.layers);
  const looked = inputIndex(session, outputKey(session, 0).key);
  const input = session.inputs.get(looked)?.prepared.preview;
  if (camLayer === null || input === undefined)
    throw inputFailure(session.model.name, t('has no layer with maps to look from'), t('Choose another model'));
  const inputs = inputsOf(session);
  const [clean] = await runner.outputs(session, { inputs }, context);
  if (clean === undefined) throw inputFailure(session.model.name, t('gives no output'), t('Choose another model'));
  const kind = meaningOf(session.model, clean);
  const index = kind === 'values' ? 0 : leaderOf(clean.data);
  const answer = decisions(clean.data, 1, kind)[0];
  const place = { layer: node.id, occurrence: 0 };
  const tail = await tails.at(session, place, 'after', context);
  const value = tail.values.get(tail.cut.at);
  if (value === undefined) throw inputFailure(node.name, t('has no value'), t('Choose another layer'));
  const format = formatOf(node, session.model);
  const { channels } = mapView(value, format);

  const explainer = explainerOf(session, runner, context);
  const objective = objectiveOf(session, 0, clean, index, 'logit');
  const question: Question = { objective, inputs, input: looked, inputKey: inputKey(session, looked) };
  const plane = planeOf(lookedAt(question), inputFormat(session, looked));
  const options = {
    key: valueKey(camLayer, 0),
    format: formatOf(session.layers.get(camLayer), session.model),
    method: 'gradCam'
  } as const;
  const seeds = Array.from({ length: Math.max(1, Math.min(masksAtMost, Math.round(masks))) }, (_, i) => seed + i);
  const found: {
    readonly seed: number | null;
    readonly map: PositionMap;
    readonly value: number;
    readonly flipped: boolean;
  }[] = [];
  for (const one of [null, ...seeds]) {
    const experiment: Experiment | undefined =
      one === null ? undefined : { factors: new Map([[node.id, channelMask(value.shape, format, rate, one)]]) };
    const map = await cam(explainer, { ...question, experiment }, options);
    const output = one === null ? clean : (await runner.outputs(session, { inputs, experiment }, context))[0];
    if (output === undefined) throw inputFailure(session.model.name, t('gives no output'), t('Choose another model'));
    const flipped = decisions(output.data, 1, kind)[0] !== answer;
    found.push({ seed: one, map, value: output.data[index] ?? 0, flipped });
    context.progress({ share: found.length / (seeds.length + 1), message: node.name });
  }
  const [first, ...masked] = found;
  if (first === undefined) throw new Error('the network itself comes first');
  const sum = new Float32Array(first.map.values.length);
  for (const { map } of masked) map.values.forEach((one, i) => (sum[i] = (sum[i] ?? 0) + one / masked.length));
  const pictureOf = (map: PositionMap) => heatOf(enlargeMap(map, plane), 'viridis');
  return {
    model: session.model.name,
    layer: node.id,
    camLayer,
    size: first.map.size,
    index,
    label: session.labels?.names.length === clean.data.length ? (session.labels.names[index] ?? null) : null,
    probabilities: kind === 'labels' || areProbabilities(clean.data),
    channels,
    rate,
    input,
    maps: found.map((one): MaskedCam => ({
      seed: one.seed,
      heat: pictureOf(one.map),
      range: rangeFor(one.map.values, 'viridis'),
      similarity: rankCorrelation(first.map.values, one.map.values),
      value: one.value,
      flipped: one.flipped
    })),
    mean: pictureOf({ ...first.map, values: sum }),
    flipped: masked.filter(({ flipped }) => flipped).length
  };
}

/** The last layer with more than one position. */
function lastMaps(session: Session, rows: readonly LayerRow[]): string | null {
  let found: string | null = null;
  for (const row of rows) {
    if (row.layers !== null) found = lastMaps(session, row.layers) ?? found;
    const node = session.layers.get(row.id);
    const shape = row.outputShape;
    if (shape === null || shape.length < 3 || row.kind === 'input' || row.kind === 'model' || node === undefined)
      continue;
    const size = formatOf(node, session.model) === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
    if (size.some((length) => length !== 1)) found = row.id;
  }
  return found;
}
