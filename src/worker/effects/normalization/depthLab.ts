/** Signal through depth: runs of the network with fresh weights at three scales, with and without normalisation. */
import { t } from '../../../core/texts';
import {
  depthExperiment,
  depthLayers,
  depthScales,
  deviationOf,
  freshWeights,
  insertedKey,
  isNormalization,
  withInsertedNorms
} from '../../../analyses/normalization/depth';
import { valueKey } from '../../../engine/experiment';
import type { DepthLine, SignalDepth } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import type { Runner } from '../../running';
import type { Session, Sessions } from '../../session';
import { pauseOf, probeBatch, type ProbeBatch } from './batches';

const pictures = 8;
/** Large networks are measured on half as many, so that the answer comes within seconds. */
const largeMacs = 2e8;

export async function signalDepth(
  sessions: Sessions,
  runner: Runner,
  data: DataSets,
  session: Session,
  seed: number,
  context: HandlerContext
): Promise<SignalDepth> {
  const large = (session.opened.summary.totals.macs ?? 0) > largeMacs;
  const batch = await probeBatch(session, data, { set: null, size: large ? pictures / 2 : pictures }, context.signal);
  const layers = depthLayers(session.model);
  const normalizations = [...session.layers.values()].filter(isNormalization).length;
  let done = 0;
  const total = 2 * depthScales.length;
  const lines: DepthLine[] = [];
  const measure = async (from: Session, keys: readonly string[], normalized: boolean) => {
    const fresh = await freshWeights(from.model, seed, pauseOf(context.signal));
    for (const scale of depthScales) {
      const experiment = depthExperiment(from.model, fresh, scale, normalized);
      const found = await deviations(runner, from, keys, batch, experiment, context);
      lines.push({ scale, normalized, deviations: Float32Array.from(keys, (key) => found.get(key) ?? Number.NaN) });
      context.progress({ share: ++done / total, message: t('drawing fresh weights') });
    }
  };
  const own = layers.map((layer) => valueKey(layer.id, 0));
  await measure(session, own, false);
  let twin: SignalDepth['twin'] = normalizations > 0 ? 'removed' : 'none';
  if (normalizations > 0) await measure(session, own, true);
  else {
    const inserted = openInserted(sessions, session, seed);
    if (inserted !== null) {
      try {
        const keys = layers.map((layer) => insertedKey(inserted.model, layer.id));
        await measure(inserted, keys, true);
        twin = 'inserted';
      } finally {
        // After the pass that may still be running on it.
        await runner.queue.add(() => {
          sessions.close(inserted.id);
          return Promise.resolve();
        });
      }
    }
  }
  return {
    batch: batch.facts,
    layers: layers.map(({ id, name, kind }) => ({ id, name, kind: kind.kind })),
    lines,
    twin,
    normalizations,
    trained: session.model.weightsOrigin.kind === 'file' || session.model.weightsOrigin.kind === 'trained',
    seed
  };
}

function openInserted(sessions: Sessions, session: Session, seed: number): Session | null {
  const model = withInsertedNorms(session.model);
  return model === null ? null : sessions.openDefinition(model, seed);
}

async function deviations(
  runner: Runner,
  session: Session,
  keys: readonly string[],
  batch: ProbeBatch,
  experiment: ReturnType<typeof depthExperiment>,
  context: HandlerContext
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const ask = { inputs: batch.inputs, experiment };
  await runner.look(session, new Set(keys), ask, (key, values) => found.set(key, deviationOf(values)), context);
  return found;
}
