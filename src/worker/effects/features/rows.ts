/** Features and answers of many inputs as rows. */
import { t } from '../../../core/texts';
import { joinRows } from '../../../analyses/dropout/cut';
import { penultimate, type Penultimate } from '../../../analyses/features/penultimate';
import { formatOf } from '../../../analyses/layers';
import { mapView } from '../../../analyses/maps';
import type { DenseTensor } from '../../../core/tensor';
import type { HandlerContext } from '../../../protocol/rpc';
import { inputFailure } from '../../problem';
import type { Ask, Runner } from '../../running';
import type { Session } from '../../session';

export interface FeatureRows {
  /** `[n, size]` */
  readonly features: Float32Array;
  /** `[n, outputs]` */
  readonly outputs: DenseTensor;
  readonly size: number;
  /** Whether maps were averaged over their places. */
  readonly pooled: boolean;
}

/** Outputs that are pictures have no leading class, and would fill the memory. */
const widestAnswer = 10_000;

/** @throws {RequestFailure} where nothing stands between picture and answer */
export function penultimateOf(session: Session): Penultimate {
  const found = penultimate(session.model.root);
  if (found === null)
    throw inputFailure(
      session.model.name,
      t('has no features between its input and its last layer'),
      t('Choose a deeper network')
    );
  return found;
}

/** Features and first output of each of the `batch` rows of one pass. */
export async function featureRows(
  session: Session,
  runner: Runner,
  place: Penultimate,
  ask: Ask,
  batch: number,
  context: HandlerContext
): Promise<FeatureRows> {
  const values = await runner.values(session, new Set([place.features, place.output]), ask, context);
  const [value, outputs] = [values.get(place.features), values.get(place.output)];
  if (value === undefined || outputs === undefined)
    throw inputFailure(session.model.name, t('gives no features'), t('Choose another model'));
  const part = value.data.length / batch;
  const format = formatOf(session.layers.get(place.layer), session.model);
  const rows: Float32Array[] = [];
  let pooled = false;
  for (let row = 0; row < batch; row++) {
    const data = value.data.subarray(row * part, (row + 1) * part);
    const view = mapView({ shape: [1, ...value.shape.slice(1)], data }, format);
    if (view.vector || view.channels === data.length) {
      rows.push(data);
      continue;
    }
    pooled = true;
    rows.push(
      Float32Array.from({ length: view.channels }, (_, channel) => {
        const plane = view.channel(channel);
        return plane.reduce((sum, one) => sum + one, 0) / Math.max(1, plane.length);
      })
    );
  }
  const size = rows[0]?.length ?? 0;
  const features = new Float32Array(size * batch);
  rows.forEach((own, row) => {
    features.set(own, row * size);
  });
  const width = outputs.data.length / batch;
  const answers =
    width > widestAnswer ? { shape: [batch, 0], data: new Float32Array() } : { ...outputs, shape: [batch, width] };
  return { features, outputs: answers, size, pooled };
}

export function joined(parts: readonly FeatureRows[]): FeatureRows {
  const all = joinRows(
    parts.map(({ features, size }) => ({ shape: [features.length / Math.max(1, size), size], data: features }))
  );
  return {
    features: all.data,
    outputs: joinRows(parts.map(({ outputs }) => outputs)),
    size: parts[0]?.size ?? 0,
    pooled: parts[0]?.pooled ?? false
  };
}
