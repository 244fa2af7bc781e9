/** One plain sentence for each layer kind, for a person who meets it for the first time. */
import type { LayerKind } from './layerKind';
import { t } from './texts';

const times = (sizes: readonly (number | null)[]): string => sizes.map((size) => size ?? '?').join(' × ');

/** What the layer does, in the second person's words: no formula, no jargon that is not explained. */
export function kindWords(kind: LayerKind): string {
  switch (kind.kind) {
    case 'input':
      return t('Where the data enters the network.');
    case 'conv':
      return t(
        'Slides {0} learned filters of {1} over the input; each filter gives one map of where its pattern occurs.',
        kind.filters,
        times(kind.kernelSize)
      );
    case 'depthwiseConv':
      return t(
        'Slides a learned filter of {0} over each channel on its own; channels are not mixed.',
        times(kind.kernelSize)
      );
    case 'separableConv':
      return t(
        'Filters each channel on its own with {0}, then mixes the channels into {1} maps: a convolution with fewer parameters.',
        times(kind.kernelSize),
        kind.filters
      );
    case 'convTranspose':
      return t(
        'Spreads every input pixel by a learned {0} pattern and adds up the overlaps: a convolution that makes maps larger.',
        times(kind.kernelSize)
      );
    case 'dense':
      return t('Each of its {0} units takes a weighted sum of all input values and adds a bias.', kind.units);
    case 'pool':
      return kind.operation === 'max'
        ? t(
            'Keeps the largest value of every {0} window, so that the map shrinks and small shifts matter less.',
            times(kind.poolSize)
          )
        : t('Replaces every {0} window by its average, so that the map shrinks.', times(kind.poolSize));
    case 'globalPool':
      return t('Reduces each map to one number: its {0}.', kind.operation === 'max' ? t('maximum') : t('average'));
    case 'adaptivePool':
      return t(
        'Divides each map into {0} regions and keeps the {1} of each.',
        times(kind.outputSize),
        kind.operation === 'max' ? t('maximum') : t('average')
      );
    case 'batchNorm':
      return t(
        'Shifts and scales each channel to a common range: by the batch’s own mean and variance while training, by stored ones afterwards.'
      );
    case 'layerNorm':
      return t('Shifts and scales each sample by its own mean and variance.');
    case 'groupNorm':
      return t('Shifts and scales groups of channels by their own mean and variance, sample by sample.');
    case 'unitNorm':
      return t('Scales each vector to length one.');
    case 'localResponseNorm':
      return t('Damps a value where neighbouring channels are strong at the same place.');
    case 'dropout':
      return kind.sharedAxes.length > 0
        ? t('While training, sets whole maps to zero with probability {0}; does nothing afterwards.', kind.rate)
        : t(
            'While training, sets values to zero with probability {0} and scales the rest up; does nothing afterwards.',
            kind.rate
          );
    case 'alphaDropout':
      return t('Dropout that keeps mean and variance, made for SELU networks; does nothing after training.');
    case 'gaussianDropout':
      return t('While training, multiplies values by random numbers around one; does nothing afterwards.');
    case 'gaussianNoise':
      return t('While training, adds random noise; does nothing afterwards.');
    case 'activation':
      return t('Bends each value by a fixed function; without such a bend, stacked layers would be one layer.');
    case 'prelu':
      return t('Passes positive values and multiplies negative ones by a learned slope.');
    case 'flatten':
      return t('Lays all values out in one row.');
    case 'reshape':
      return t('Arranges the same values in another shape.');
    case 'permute':
      return t('Changes the order of the axes.');
    case 'repeatVector':
      return t('Repeats a vector along a new time axis.');
    case 'pad':
      return t('Adds a border around each map.');
    case 'crop':
    case 'centerCrop':
      return t('Cuts off the border of each map.');
    case 'upsample':
    case 'resize':
      return t('Changes the size of each map by {0} interpolation.', kind.interpolation);
    case 'pixelShuffle':
      return t('Moves channels into space: many small maps become fewer large ones.');
    case 'merge':
      return t('Combines several values element by element.');
    case 'concat':
      return t('Puts several values side by side along one axis.');
    case 'dot':
      return t('Takes dot products of two values along one axis.');
    case 'rescale':
      return t('Multiplies by a fixed number and adds another.');
    case 'normalization':
      return t('Subtracts a stored mean and divides by a stored spread.');
    case 'augmentation':
      return t('Changes images at random while training; does nothing afterwards.');
    case 'identity':
      return t('Passes its input on unchanged.');
    case 'embedding':
      return t('Looks up a learned vector of {0} numbers for each of {1} indices.', kind.outputDim, kind.inputDim);
    case 'recurrent':
      return t('Reads a sequence step by step and keeps a memory of what came before.');
    case 'model':
      return t('A whole network used as one layer.');
    case 'opaque':
      return kind.reason;
  }
}
