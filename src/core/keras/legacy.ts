/** Keras 1 spellings translated to those of Keras 2 and 3: class names, attribute names, border modes. */

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['Convolution1D', 'Conv1D'],
  ['Convolution2D', 'Conv2D'],
  ['Convolution3D', 'Conv3D'],
  ['AtrousConvolution1D', 'Conv1D'],
  ['AtrousConvolution2D', 'Conv2D'],
  ['AtrousConv1D', 'Conv1D'],
  ['AtrousConv2D', 'Conv2D'],
  ['Deconvolution2D', 'Conv2DTranspose'],
  ['Deconv2D', 'Conv2DTranspose'],
  ['Deconvolution3D', 'Conv3DTranspose'],
  ['Convolution1DTranspose', 'Conv1DTranspose'],
  ['Convolution2DTranspose', 'Conv2DTranspose'],
  ['Convolution3DTranspose', 'Conv3DTranspose'],
  ['SeparableConvolution1D', 'SeparableConv1D'],
  ['SeparableConvolution2D', 'SeparableConv2D'],
  ['DepthwiseConvolution2D', 'DepthwiseConv2D'],
  ['TimeDistributedDense', 'Dense'],
  ['BatchNormalizationV1', 'BatchNormalization'],
  ['BatchNormalizationV2', 'BatchNormalization'],
  ['SyncBatchNormalization', 'BatchNormalization'],
  ['LSTMV2', 'LSTM'],
  ['GRUV2', 'GRU'],
  ...['1D', '2D', '3D'].flatMap((rank): [string, string][] => [
    [`MaxPool${rank}`, `MaxPooling${rank}`],
    [`AvgPool${rank}`, `AveragePooling${rank}`],
    [`GlobalMaxPool${rank}`, `GlobalMaxPooling${rank}`],
    [`GlobalAvgPool${rank}`, `GlobalAveragePooling${rank}`]
  ])
]);

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['nb_filter', 'filters'],
  ['border_mode', 'padding'],
  ['subsample', 'strides'],
  ['subsample_length', 'strides'],
  ['filter_length', 'kernel_size'],
  ['dim_ordering', 'data_format'],
  ['atrous_rate', 'dilation_rate'],
  ['bias', 'use_bias'],
  ['p', 'rate'],
  ['sigma', 'stddev'],
  ['pool_length', 'pool_size'],
  ['stride', 'strides'],
  ['inner_activation', 'recurrent_activation'],
  ['init', 'kernel_initializer'],
  ['inner_init', 'recurrent_initializer'],
  ['gamma_init', 'gamma_initializer'],
  ['beta_init', 'beta_initializer'],
  ['length', 'size']
]);

/** The class name Keras 2 and 3 use, without a `custom>` or package prefix. */
export function modernClass(className: string): string {
  return CLASSES.get(className) ?? className;
}

/**
 * Attributes under their Keras 2 names. A name that is already there wins: Keras 2's own interface accepted both.
 * @param modern the class after `modernClass`
 */
export function modernAttributes(
  modern: string,
  attributes: ReadonlyMap<string, unknown>
): ReadonlyMap<string, unknown> {
  const result = new Map<string, unknown>();
  for (const [name, value] of attributes) {
    const renamed = renamedFor(modern, name);
    if (renamed === name || !attributes.has(renamed)) result.set(renamed, value);
  }
  const kernel = ['nb_row', 'nb_col'].map((name) => attributes.get(name));
  const kernel3 = ['kernel_dim1', 'kernel_dim2', 'kernel_dim3'].map((name) => attributes.get(name));
  if (!result.has('kernel_size')) {
    if (kernel.every((size) => typeof size === 'number')) result.set('kernel_size', kernel);
    else if (kernel3.every((size) => typeof size === 'number')) result.set('kernel_size', kernel3);
  }
  return result;
}

function renamedFor(modern: string, name: string): string {
  // An embedding's output_dim keeps its name; a dense or recurrent layer's is its number of units.
  if (name === 'output_dim') return modern === 'Embedding' ? name : 'units';
  if (name === 'init' && modern === 'Embedding') return 'embeddings_initializer';
  if (name === 'init' && modern === 'PReLU') return 'alpha_initializer';
  return RENAMED.get(name) ?? name;
}
