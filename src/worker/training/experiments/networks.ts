/** Trained networks of an experiment: kept as files that open like any model, here and elsewhere. */
import { mkdir, rm } from 'node:fs/promises';
import type { Model } from '../../../core/model';
import { problemLine } from '../../../core/result';
import { t } from '../../../core/texts';
import type { PreparedNetwork } from '../../../engine/engine';
import { withFreshWeights } from '../../../engine/freshWeights';
import type { LabJob } from '../../../training/lab/job';
import { writeWhole } from '../../../training/run/checkpoint';
import { saveModel } from '../../../writers/saveModel';
import { writeFiles } from '../../../writers/writeFiles';
import type { ExperimentRecord, ExperimentStore } from './store';

/** Larger networks would fill the disk: there is one for each variant. */
const mostMegabytes = 200;

/** Of each variant the network of the first seed, trained on the most images. */
export function isKept({ plan, jobs }: Pick<ExperimentRecord, 'plan' | 'jobs'>, job: LabJob): boolean {
  const most = Math.max(...jobs.map(({ size }) => size ?? Infinity));
  return job.seed === plan.seeds[0] && (job.size ?? Infinity) === most;
}

/** Where the format cannot say what the network does, the reason is kept in the network's place. */
export async function keepNetwork(
  store: ExperimentStore,
  experiment: string,
  job: LabJob,
  model: Model,
  network: PreparedNetwork
): Promise<void> {
  const { folder, file, problem } = store.network(experiment, job.variant.id);
  const megabytes = network.parameters().reduce((sum, { values }) => sum + values.byteLength, 0) / 1e6;
  if (megabytes > mostMegabytes) {
    await mkdir(folder, { recursive: true });
    const text = t('{0} MB of weights are more than are kept of an experiment', Math.round(megabytes));
    await writeWhole(problem, `${model.name}: ${text}.`);
    return;
  }
  const saved = await saveModel(withFreshWeights(model, job.seed), weightsOf(network), 'keras', file);
  await mkdir(folder, { recursive: true });
  if (saved.ok) {
    await writeFiles(folder, saved.value.files);
    await rm(problem, { force: true });
  } else await writeWhole(problem, problemLine(saved.error));
}

function weightsOf(network: PreparedNetwork): (layer: string, index: number) => Float32Array | undefined {
  const values = new Map(network.parameters().map((one) => [`${one.layer} ${String(one.index)}`, one]));
  return (layer, index) => {
    const found = values.get(`${layer} ${String(index)}`);
    return found === undefined ? undefined : network.inOriginOrder(found);
  };
}
