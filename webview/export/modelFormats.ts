/** A model saved as a file that opens elsewhere: the host asks where, the child process writes and reads back. */
import type { SaveFormat } from '../../src/protocol/export';
import { channel } from '../channel';
import type { Choice } from '../controls';
import { t } from '../l10n';
import { announce } from '../session';

export function modelFormats(): readonly Choice<SaveFormat>[] {
  return [
    { value: 'keras', label: t('Keras (.keras)') },
    { value: 'h5', label: t('Keras HDF5 (.h5)') },
    { value: 'tfjs', label: t('TensorFlow.js (model.json)') },
    { value: 'safetensors', label: t('Weights alone (.safetensors)') }
  ];
}

/** @param trained an epoch of a kept run; `null`: the model as it is open */
export async function saveModel(
  model: string,
  trained: { readonly run: string; readonly epoch: number } | null,
  format: SaveFormat,
  name: string
): Promise<void> {
  const { run, epoch } = trained ?? { run: null, epoch: 0 };
  const { saved, notices } = await channel.request('saveTrained', { model, run, epoch, format, name });
  if (saved) announce([t('The model is saved.'), ...notices].join(' '));
}
