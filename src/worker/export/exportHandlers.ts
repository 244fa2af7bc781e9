/** The requests that write files, answered. */
import { writeFile } from 'node:fs/promises';
import type { DenseTensor } from '../../core/tensor';
import { writeNpy } from '../../images/npy';
import type { ExportRequests, TensorChoice } from '../../protocol/export';
import type { HandlerContext, Handlers } from '../../protocol/rpc';
import { openModelFile } from '../../readers/open';
import { saveFile } from '../../writers/saveFile';
import { inputFailure, valueOf } from '../problem';
import type { Runner } from '../running';
import { layerOf, type Session, type Sessions } from '../session';
import type { EpochWeights } from '../training/trainedModel';
import { writeReport } from './writeReport';
import { t } from '../../core/texts';

/** @param trainedWeights of an epoch of a kept run, by layer and index in `LayerNode.weights` */
export function exportHandlers(
  sessions: Sessions,
  runner: Runner,
  trainedWeights: (
    session: Session,
    run: string,
    epoch: number,
    signal: AbortSignal
  ) => Promise<readonly EpochWeights[]>
): Handlers<ExportRequests> {
  return {
    writeModel: async ({ model, trained, format, path }, { signal, progress }) => {
      const session = sessions.get(model);
      progress({ share: null, message: t('writing the model') });
      const [own] = trained === null ? [] : await trainedWeights(session, trained.run, trained.epoch, signal);
      const weights = (layer: string, index: number) => own?.get(layer)?.get(index);
      const reopen = (file: string) => openModelFile(file, { signal });
      return valueOf(await saveFile(session.model, weights, format, path, reopen));
    },
    writeTensor: async ({ model, tensor, path }, context) => {
      const value = await chosen(sessions.get(model), tensor, runner, context);
      await writeFile(path, writeNpy(value)).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw inputFailure(path, t('cannot be written ({0})', reason), t('Choose another place'));
      });
      return { shape: value.shape };
    },
    writeReport: async ({ model, path }, context) => {
      await writeReport(sessions.get(model), path, runner, context);
      return null;
    }
  };
}

async function chosen(
  session: Session,
  tensor: TensorChoice,
  runner: Runner,
  { signal }: HandlerContext
): Promise<DenseTensor> {
  if (tensor.kind === 'value') return runner.value(session, tensor.layer, tensor.occurrence, signal);
  const weight = layerOf(session, tensor.layer).weights.find(({ name }) => name === tensor.name);
  if (weight === undefined) throw inputFailure(tensor.layer, t('has no weight {0}', tensor.name), t('Choose another'));
  return { shape: weight.shape, data: Float32Array.from(await weight.read(signal)) };
}
