/** Positional parameter names of Keras's layer constructors, for readers of source text. */
import type { KerasVersion } from './activations';
import { modernClass } from './legacy';

const list = (names: string): readonly string[] => names.split(' ').filter((name) => name !== '');

const CONV_TAIL =
  'activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint';
const DEPTHWISE_TAIL =
  'activation use_bias depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer activity_regularizer depthwise_constraint bias_constraint';
const SEPARABLE_TAIL =
  'activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint bias_constraint';

const perRank = (stem: string, names: string, suffix = ''): [string, readonly string[]][] =>
  ['1D', '2D', '3D'].map((rank) => [`${stem}${rank}${suffix}`, list(names)]);

const SIGNATURES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...perRank('Conv', `filters kernel_size strides padding data_format dilation_rate groups ${CONV_TAIL}`),
  ['Conv1DTranspose', list(`filters kernel_size strides padding data_format dilation_rate ${CONV_TAIL}`)],
  ['Conv2DTranspose', list(`filters kernel_size strides padding data_format dilation_rate ${CONV_TAIL}`)],
  ['Conv3DTranspose', list(`filters kernel_size strides padding data_format dilation_rate ${CONV_TAIL}`)],
  ...perRank(
    'SeparableConv',
    `filters kernel_size strides padding data_format dilation_rate depth_multiplier ${SEPARABLE_TAIL}`
  ),
  ...perRank(
    'DepthwiseConv',
    `kernel_size strides padding depth_multiplier data_format dilation_rate ${DEPTHWISE_TAIL}`
  ),
  ['Dense', list(`units ${CONV_TAIL}`)],
  ...perRank('MaxPooling', 'pool_size strides padding data_format name'),
  ...perRank('AveragePooling', 'pool_size strides padding data_format name'),
  ...perRank('GlobalMaxPooling', 'data_format keepdims'),
  ...perRank('GlobalAveragePooling', 'data_format keepdims'),
  ...perRank('AdaptiveMaxPooling', 'output_size data_format'),
  ...perRank('AdaptiveAveragePooling', 'output_size data_format'),
  ...perRank('ZeroPadding', 'padding data_format'),
  ...perRank('Cropping', 'cropping data_format'),
  ['UpSampling1D', list('size')],
  ['UpSampling2D', list('size data_format interpolation')],
  ['UpSampling3D', list('size data_format')],
  ['Resizing', list('height width interpolation crop_to_aspect_ratio')],
  ['CenterCrop', list('height width')],
  ['Rescaling', list('scale offset')],
  ['Normalization', list('axis mean variance invert')],
  [
    'BatchNormalization',
    list(
      'axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint'
    )
  ],
  ['LayerNormalization', list('axis epsilon center scale')],
  ['RMSNormalization', list('axis epsilon')],
  ['GroupNormalization', list('groups axis epsilon center scale')],
  ['UnitNormalization', list('axis')],
  ['Dropout', list('rate noise_shape seed name')],
  ['SpatialDropout1D', list('rate seed name')],
  ['SpatialDropout2D', list('rate data_format seed name')],
  ['SpatialDropout3D', list('rate data_format seed name')],
  ['AlphaDropout', list('rate noise_shape seed')],
  ['GaussianDropout', list('rate seed')],
  ['GaussianNoise', list('stddev seed')],
  ['Activation', list('activation')],
  ['ReLU', list('max_value negative_slope threshold')],
  ['LeakyReLU', list('negative_slope')],
  ['ThresholdedReLU', list('theta')],
  ['ELU', list('alpha')],
  ['Softmax', list('axis')],
  ['PReLU', list('alpha_initializer alpha_regularizer alpha_constraint shared_axes')],
  ['InputLayer', list('shape batch_size dtype sparse batch_shape name')],
  ['Input', list('shape batch_size dtype sparse batch_shape name tensor')],
  ['Flatten', list('data_format')],
  ['Reshape', list('target_shape')],
  ['Permute', list('dims')],
  ['RepeatVector', list('n')],
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Identity'].map((name): [string, string[]] => [
    name,
    []
  ]),
  ['Concatenate', list('axis')],
  ['Dot', list('axes normalize')],
  ['Merge', list('layers mode concat_axis dot_axes')],
  [
    'Embedding',
    list(
      'input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero weights lora_rank'
    )
  ],
  ['SimpleRNN', list('units activation use_bias kernel_initializer recurrent_initializer bias_initializer')],
  [
    'LSTM',
    list('units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer')
  ],
  [
    'GRU',
    list('units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer')
  ],
  ['CuDNNLSTM', list('units kernel_initializer recurrent_initializer bias_initializer')],
  ['CuDNNGRU', list('units kernel_initializer recurrent_initializer bias_initializer')],
  ['ActivityRegularization', list('l1 l2')],
  ['Masking', list('mask_value')],
  ['TimeDistributed', list('layer')],
  ['Bidirectional', list('layer merge_mode weights backward_layer')],
  ['SpectralNormalization', list('layer power_iterations')],
  ['Lambda', list('function output_shape mask arguments')],
  ['RandomFlip', list('mode seed')],
  ['RandomRotation', list('factor fill_mode interpolation seed fill_value')],
  ['RandomZoom', list('height_factor width_factor fill_mode interpolation seed fill_value')],
  ['RandomTranslation', list('height_factor width_factor fill_mode interpolation seed fill_value')],
  ['RandomContrast', list('factor value_range seed')],
  ['RandomBrightness', list('factor value_range seed')],
  ['RandomCrop', list('height width seed')],
  ['RandomHeight', list('factor interpolation seed')],
  ['RandomWidth', list('factor interpolation seed')]
]);

/** Constructors whose positional order was different in Keras 1. */
const KERAS_1: ReadonlyMap<string, readonly string[]> = new Map([
  ['Convolution1D', list('nb_filter filter_length init activation weights border_mode subsample_length')],
  ['Convolution2D', list('nb_filter nb_row nb_col init activation weights border_mode subsample dim_ordering')],
  [
    'Convolution3D',
    list('nb_filter kernel_dim1 kernel_dim2 kernel_dim3 init activation weights border_mode subsample dim_ordering')
  ],
  [
    'AtrousConvolution2D',
    list('nb_filter nb_row nb_col init activation weights border_mode subsample atrous_rate dim_ordering')
  ],
  [
    'Deconvolution2D',
    list('nb_filter nb_row nb_col output_shape init activation weights border_mode subsample dim_ordering')
  ],
  ['SeparableConvolution2D', list('nb_filter nb_row nb_col init activation weights border_mode subsample')],
  ['Dense', list('output_dim init activation weights')],
  ['MaxPooling1D', list('pool_length stride border_mode')],
  ['AveragePooling1D', list('pool_length stride border_mode')],
  ['MaxPooling2D', list('pool_size strides border_mode dim_ordering')],
  ['AveragePooling2D', list('pool_size strides border_mode dim_ordering')],
  ['BatchNormalization', list('epsilon mode axis momentum')],
  ['UpSampling1D', list('length')],
  ['Dropout', list('p')],
  ['GaussianNoise', list('sigma')],
  ['GaussianDropout', list('p')]
]);

/**
 * Names of a constructor's positional parameters, in order; `null` for a class this program does not know.
 * @param version 1 for code that calls the Keras 1 interface (`Convolution2D(32, 3, 3)`)
 */
export function kerasSignature(className: string, version: KerasVersion = 3): readonly string[] | null {
  if (version === 1) {
    const old = KERAS_1.get(className);
    if (old !== undefined) return old;
  }
  return SIGNATURES.get(modernClass(className)) ?? null;
}
