/** A model with its weights as the files of one format. */
import type { Model } from '../core/model';
import { fail, ok, type InputProblem, type Result } from '../core/result';
import { t } from '../core/texts';
import { CannotWrite } from './cannotWrite';
import { kerasArchive } from './formats/kerasArchive';
import { kerasHdf5 } from './formats/kerasHdf5';
import { safetensors } from './formats/safetensors';
import type { SavedModel } from './formats/saved';
import { tfjsLayers } from './formats/tfjsLayers';
import type { WeightValues } from './weightValues';

export type SaveFormat = 'keras' | 'h5' | 'tfjs' | 'safetensors';

type Write = (model: Model, weights: WeightValues, file: string) => Promise<SavedModel>;

const WRITERS: Readonly<Record<SaveFormat, Write>> = {
  keras: kerasArchive,
  h5: kerasHdf5,
  tfjs: tfjsLayers,
  safetensors
};

/** The format a file name asks for; `null` where it asks for none. */
export function saveFormatOf(file: string): SaveFormat | null {
  if (/\.keras$/i.test(file)) return 'keras';
  if (/\.(h5|hdf5)$/i.test(file)) return 'h5';
  if (/\.safetensors$/i.test(file)) return 'safetensors';
  return /\.json$/i.test(file) ? 'tfjs' : null;
}

/**
 * The files of a model. A model that came from a `.keras` file keeps that file's own configuration when it is saved as
 * `.keras` again, as long as its graph is the one that was read; everything else is written from the layers' kinds.
 * @param model with its weights (see `withFreshWeights` for one that came without)
 * @param weights values in place of the model's own
 * @param file the name of the file to open later; shards take names of their own beside it
 * @returns a problem that names the layer and the reason where the format cannot say what the model does
 * @throws {Error} where the weights' own file can no longer be read
 */
export async function saveModel(
  model: Model,
  weights: WeightValues,
  format: SaveFormat,
  file: string
): Promise<Result<SavedModel>> {
  try {
    return ok(await WRITERS[format](model, weights, file));
  } catch (error) {
    if (!(error instanceof CannotWrite)) throw error;
    const problem: InputProblem = {
      file,
      problem: t('the model cannot be saved in this format: {0}: {1}', error.layer, error.reason),
      remedy: t('Choose another format, or save the weights alone')
    };
    return fail(problem);
  }
}
