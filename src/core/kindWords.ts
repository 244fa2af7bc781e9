/** One plain sentence for each layer kind, for a person who meets it for the first time. */
import type { LayerKind } from './layerKind';

const times = (sizes: readonly (number | null)[]): string => sizes.map((size) => size ?? '?').join(' × ');

/** What the layer does, in the second person's words: no formula, no jargon that is not explained. */
export function kindWords(kind: LayerKind): string {
  switch (kind.kind) {
    case 'input':
      return 'Where the data enters the network.';
    case 'conv':
      return `Slides ${kind.filters} learned filters of ${times(kind.kernelSize)} over the input; each filter gives one map of where its pattern occurs.`;
    case 'depthwiseConv':
      return `Slides a learned filter of ${times(kind.kernelSize)} over each channel on its own; channels are not mixed.`;
    case 'separableConv':
      return `Filters each channel on its own with ${times(kind.kernelSize)}, then mixes the channels into ${kind.filters} maps: a convolution with fewer parameters.`;
    case 'convTranspose':
      return `Spreads every input pixel by a learned ${times(kind.kernelSize)} pattern and adds up the overlaps: a convolution that makes maps larger.`;
    case 'dense':
      return `Each of its ${kind.units} units takes a weighted sum of all input values and adds a bias.`;
    case 'pool':
      return kind.operation === 'max'
        ? `Keeps the largest value of every ${times(kind.poolSize)} window, so that the map shrinks and small shifts matter less.`
        : `Replaces every ${times(kind.poolSize)} window by its average, so that the map shrinks.`;
    case 'globalPool':
      return `Reduces each map to one number: its ${kind.operation === 'max' ? 'maximum' : 'average'}.`;
    case 'adaptivePool':
      return `Divides each map into ${times(kind.outputSize)} regions and keeps the ${kind.operation === 'max' ? 'maximum' : 'average'} of each.`;
    case 'batchNorm':
      return 'Shifts and scales each channel to a common range: by the batch’s own mean and variance while training, by stored ones afterwards.';
    case 'layerNorm':
      return 'Shifts and scales each sample by its own mean and variance.';
    case 'groupNorm':
      return 'Shifts and scales groups of channels by their own mean and variance, sample by sample.';
    case 'unitNorm':
      return 'Scales each vector to length one.';
    case 'localResponseNorm':
      return 'Damps a value where neighbouring channels are strong at the same place.';
    case 'dropout':
      return kind.sharedAxes.length > 0
        ? `While training, sets whole maps to zero with probability ${kind.rate}; does nothing afterwards.`
        : `While training, sets values to zero with probability ${kind.rate} and scales the rest up; does nothing afterwards.`;
    case 'alphaDropout':
      return 'Dropout that keeps mean and variance, made for SELU networks; does nothing after training.';
    case 'gaussianDropout':
      return 'While training, multiplies values by random numbers around one; does nothing afterwards.';
    case 'gaussianNoise':
      return 'While training, adds random noise; does nothing afterwards.';
    case 'activation':
      return 'Bends each value by a fixed function; without such a bend, stacked layers would be one layer.';
    case 'prelu':
      return 'Passes positive values and multiplies negative ones by a learned slope.';
    case 'flatten':
      return 'Lays all values out in one row.';
    case 'reshape':
      return 'Arranges the same values in another shape.';
    case 'permute':
      return 'Changes the order of the axes.';
    case 'repeatVector':
      return 'Repeats a vector along a new time axis.';
    case 'pad':
      return 'Adds a border around each map.';
    case 'crop':
    case 'centerCrop':
      return 'Cuts off the border of each map.';
    case 'upsample':
    case 'resize':
      return `Changes the size of each map by ${kind.interpolation} interpolation.`;
    case 'pixelShuffle':
      return 'Moves channels into space: many small maps become fewer large ones.';
    case 'merge':
      return 'Combines several values element by element.';
    case 'concat':
      return 'Puts several values side by side along one axis.';
    case 'dot':
      return 'Takes dot products of two values along one axis.';
    case 'rescale':
      return 'Multiplies by a fixed number and adds another.';
    case 'normalization':
      return 'Subtracts a stored mean and divides by a stored spread.';
    case 'augmentation':
      return 'Changes images at random while training; does nothing afterwards.';
    case 'identity':
      return 'Passes its input on unchanged.';
    case 'embedding':
      return `Looks up a learned vector of ${kind.outputDim} numbers for each of ${kind.inputDim} indices.`;
    case 'recurrent':
      return 'Reads a sequence step by step and keeps a memory of what came before.';
    case 'model':
      return 'A whole network used as one layer.';
    case 'opaque':
      return kind.reason;
  }
}
