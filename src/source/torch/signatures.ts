/** Order of the constructor arguments of `torch.nn`'s classes, as PyTorch 2 documents them. */

const CONV = 'in_channels out_channels kernel_size stride padding dilation groups bias padding_mode';
const LAZY_CONV = 'out_channels kernel_size stride padding dilation groups bias padding_mode';
const TRANSPOSED =
  'in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode';
const MAX_POOL = 'kernel_size stride padding dilation return_indices ceil_mode';
const BATCH_NORM = 'num_features eps momentum affine track_running_stats';
const RECURRENT = 'input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size';

/** Classes by the arguments they share; `#` stands for 1, 2 and 3. */
const BY_ARGUMENTS: readonly (readonly [string, string])[] = [
  ['Conv#d', CONV],
  ['LazyConv#d', LAZY_CONV],
  ['ConvTranspose#d', TRANSPOSED],
  ['MaxPool#d', MAX_POOL],
  ['AvgPool1d', 'kernel_size stride padding ceil_mode count_include_pad'],
  ['AvgPool2d AvgPool3d', 'kernel_size stride padding ceil_mode count_include_pad divisor_override'],
  ['AdaptiveAvgPool#d AdaptiveMaxPool#d', 'output_size'],
  ['BatchNorm#d SyncBatchNorm InstanceNorm#d', BATCH_NORM],
  ['LazyBatchNorm#d', 'eps momentum affine track_running_stats'],
  ['GroupNorm', 'num_groups num_channels eps affine'],
  ['LayerNorm', 'normalized_shape eps elementwise_affine bias'],
  ['RMSNorm', 'normalized_shape eps elementwise_affine'],
  ['LocalResponseNorm', 'size alpha beta k'],
  ['Linear', 'in_features out_features bias'],
  ['LazyLinear', 'out_features bias'],
  ['Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout', 'p inplace'],
  ['ReLU ReLU6 SELU SiLU Mish Hardswish Hardsigmoid', 'inplace'],
  ['LeakyReLU', 'negative_slope inplace'],
  ['ELU CELU', 'alpha inplace'],
  ['Hardtanh', 'min_val max_val inplace'],
  ['Threshold', 'threshold value inplace'],
  ['Hardshrink Softshrink', 'lambd'],
  ['Softplus', 'beta threshold'],
  ['GELU', 'approximate'],
  ['PReLU', 'num_parameters init'],
  ['RReLU', 'lower upper inplace'],
  ['Softmax LogSoftmax Softmin GLU', 'dim'],
  ['Sigmoid Tanh Tanhshrink Softsign LogSigmoid Softmax2d Identity', ''],
  ['Flatten', 'start_dim end_dim'],
  ['Unflatten', 'dim unflattened_size'],
  ['Upsample', 'size scale_factor mode align_corners recompute_scale_factor'],
  ['UpsamplingNearest2d UpsamplingBilinear2d', 'size scale_factor'],
  ['PixelShuffle', 'upscale_factor'],
  ['PixelUnshuffle', 'downscale_factor'],
  ['ZeroPad#d ReflectionPad#d ReplicationPad#d CircularPad#d', 'padding'],
  ['ConstantPad#d', 'padding value'],
  ['Embedding', 'num_embeddings embedding_dim padding_idx'],
  ['RNN', 'input_size hidden_size num_layers nonlinearity bias batch_first dropout bidirectional'],
  ['LSTM GRU', RECURRENT],
  ['MultiheadAttention', 'embed_dim num_heads dropout bias add_bias_kv add_zero_attn kdim vdim batch_first']
];

const SIGNATURES: ReadonlyMap<string, readonly string[]> = new Map(
  BY_ARGUMENTS.flatMap(([names, list]) =>
    names
      .split(' ')
      .flatMap((name) => (name.includes('#') ? [1, 2, 3].map((rank) => name.replace('#', String(rank))) : [name]))
      .map((name) => [name, list.split(' ').filter((word) => word !== '')] as const)
  )
);

/** Names of the arguments in order; `null` for a class that is not known here. */
export function torchSignature(className: string): readonly string[] | null {
  return SIGNATURES.get(className) ?? null;
}
