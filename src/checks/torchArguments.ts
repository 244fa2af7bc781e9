/**
 * Argument names of PyTorch's layer constructors, in order (torch.nn of PyTorch 2.x; `device` and `dtype` everywhere where
 * there are weights). Names that any version has had are listed: a name that is missing here fails in all of them.
 */
const list = (names: string): readonly string[] => names.split(' ');

const FACTORY = 'device dtype';
const POOL = 'kernel_size stride padding';

const perRank = (stem: string, names: string): [string, readonly string[]][] =>
  ['1d', '2d', '3d'].map((rank) => [`${stem}${rank}`, list(names)]);

export const TORCH_ARGUMENTS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...perRank(
    'Conv',
    `in_channels out_channels kernel_size stride padding dilation groups bias padding_mode ${FACTORY}`
  ),
  ...perRank(
    'ConvTranspose',
    `in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode ${FACTORY}`
  ),
  ['Linear', list(`in_features out_features bias ${FACTORY}`)],
  ...perRank('BatchNorm', `num_features eps momentum affine track_running_stats ${FACTORY}`),
  ...perRank('InstanceNorm', `num_features eps momentum affine track_running_stats ${FACTORY}`),
  ['GroupNorm', list(`num_groups num_channels eps affine ${FACTORY}`)],
  ['LayerNorm', list(`normalized_shape eps elementwise_affine bias ${FACTORY}`)],
  ...perRank('MaxPool', `${POOL} dilation return_indices ceil_mode`),
  ['AvgPool1d', list(`${POOL} ceil_mode count_include_pad`)],
  ['AvgPool2d', list(`${POOL} ceil_mode count_include_pad divisor_override`)],
  ['AvgPool3d', list(`${POOL} ceil_mode count_include_pad divisor_override`)],
  ...perRank('AdaptiveAvgPool', 'output_size'),
  ...perRank('AdaptiveMaxPool', 'output_size return_indices'),
  ['Dropout', list('p inplace')],
  ...perRank('Dropout', 'p inplace'),
  ['AlphaDropout', list('p inplace')],
  ['FeatureAlphaDropout', list('p inplace')],
  ['Flatten', list('start_dim end_dim')],
  ['ReLU', list('inplace')],
  ['ReLU6', list('inplace')],
  ['LeakyReLU', list('negative_slope inplace')],
  ['ELU', list('alpha inplace')],
  ['PReLU', list(`num_parameters init ${FACTORY}`)],
  ['Softmax', list('dim')],
  ['LogSoftmax', list('dim')],
  ['Upsample', list('size scale_factor mode align_corners recompute_scale_factor')],
  ['PixelShuffle', list('upscale_factor')]
]);
