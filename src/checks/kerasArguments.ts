/**
 * Argument names of Keras 3.15.1's layers, written by scripts/fixtures/keras_arguments.py. `!` marks a class that takes no
 * others; every other class takes those of `BASE` too.
 */

export const BASE = 'activity_regularizer autocast dtype input_dim input_shape name trainable';

/** Names of activation functions. */
export const ACTIVATIONS =
  'celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold';

export const LAYERS: readonly (readonly [string, string])[] = [
  ['Activation', 'activation'],
  ['ActivityRegularization', 'l1 l2'],
  ['AdaptiveAveragePooling1D', 'output_size data_format'],
  ['AdaptiveAveragePooling2D', 'output_size data_format'],
  ['AdaptiveAveragePooling3D', 'output_size data_format'],
  ['AdaptiveMaxPooling1D', 'output_size data_format'],
  ['AdaptiveMaxPooling2D', 'output_size data_format'],
  ['AdaptiveMaxPooling3D', 'output_size data_format'],
  ['Add', ''],
  ['AdditiveAttention', 'use_scale dropout score_mode seed'],
  ['AlphaDropout', 'rate noise_shape seed'],
  ['Attention', 'use_scale score_mode dropout seed'],
  [
    'AugMix',
    'value_range num_chains chain_depth factor alpha all_ops interpolation seed data_format bounding_box_format'
  ],
  ['AutoContrast', 'value_range factor bounding_box_format data_format'],
  ['Average', ''],
  ['AveragePooling1D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['AveragePooling2D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['AveragePooling3D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['AvgPool1D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['AvgPool2D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['AvgPool3D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  [
    'BatchNormalization',
    'axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint renorm renorm_clipping renorm_momentum synchronized'
  ],
  ['Bidirectional', 'layer merge_mode weights backward_layer'],
  ['CategoryEncoding', 'num_tokens output_mode sparse'],
  ['CenterCrop', 'height width data_format factor bounding_box_format'],
  ['Concatenate', 'axis'],
  [
    'ContrastLimitedAdaptiveHistogramEqualization',
    'value_range clip_limit tile_grid_size data_format factor bounding_box_format'
  ],
  [
    'Conv1D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Conv1DTranspose',
    'filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  [
    'Conv2D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Conv2DTranspose',
    'filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  [
    'Conv3D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Conv3DTranspose',
    'filters kernel_size strides padding data_format output_padding dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  [
    'ConvLSTM1D',
    'filters kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state go_backwards stateful rank cell unroll zero_output_for_mask'
  ],
  [
    'ConvLSTM2D',
    'filters kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state go_backwards stateful rank cell unroll zero_output_for_mask'
  ],
  [
    'ConvLSTM3D',
    'filters kernel_size strides padding data_format dilation_rate activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state go_backwards stateful rank cell unroll zero_output_for_mask'
  ],
  [
    'Convolution1D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Convolution1DTranspose',
    'filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  [
    'Convolution2D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Convolution2DTranspose',
    'filters kernel_size strides padding output_padding data_format dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  [
    'Convolution3D',
    'filters kernel_size strides padding data_format dilation_rate groups activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank lora_rank lora_alpha'
  ],
  [
    'Convolution3DTranspose',
    'filters kernel_size strides padding data_format output_padding dilation_rate activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint rank'
  ],
  ['Cropping1D', 'cropping'],
  ['Cropping2D', 'cropping data_format'],
  ['Cropping3D', 'cropping data_format'],
  ['CutMix', 'factor seed data_format bounding_box_format'],
  [
    'Dense',
    'units activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint lora_rank lora_alpha quantization_config'
  ],
  [
    'DepthwiseConv1D',
    'kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer depthwise_constraint bias_constraint rank'
  ],
  [
    'DepthwiseConv2D',
    'kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer depthwise_constraint bias_constraint rank'
  ],
  ['Discretization', 'bin_boundaries num_bins epsilon output_mode sparse'],
  ['Dot', 'axes normalize'],
  ['Dropout', 'rate noise_shape seed'],
  ['ELU', 'alpha'],
  [
    'EinsumDense',
    'equation output_shape activation bias_axes kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint lora_rank lora_alpha gptq_unpacked_column_size quantization_config'
  ],
  [
    'Embedding',
    'output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero weights lora_rank lora_alpha quantization_config'
  ],
  ['Equalization', 'value_range bins data_format factor bounding_box_format'],
  ['Flatten', 'data_format'],
  ['FlaxLayer', 'module method variables call_fn init_fn params state seed native_serialization_platforms'],
  [
    'GRU',
    'units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state go_backwards stateful unroll reset_after use_cudnn cell zero_output_for_mask'
  ],
  [
    'GRUCell',
    'units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout reset_after seed'
  ],
  ['GaussianDropout', 'rate seed'],
  ['GaussianNoise', 'stddev seed'],
  ['GlobalAveragePooling1D', 'data_format keepdims pool_dimensions'],
  ['GlobalAveragePooling2D', 'data_format keepdims pool_dimensions'],
  ['GlobalAveragePooling3D', 'data_format keepdims pool_dimensions'],
  ['GlobalAvgPool1D', 'data_format keepdims pool_dimensions'],
  ['GlobalAvgPool2D', 'data_format keepdims pool_dimensions'],
  ['GlobalAvgPool3D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPool1D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPool2D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPool3D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPooling1D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPooling2D', 'data_format keepdims pool_dimensions'],
  ['GlobalMaxPooling3D', 'data_format keepdims pool_dimensions'],
  [
    'GroupNormalization',
    'groups axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint'
  ],
  [
    'GroupQueryAttention',
    'head_dim num_query_heads num_key_value_heads dropout use_bias sliding_window flash_attention kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint use_gate seed'
  ],
  ['HashedCrossing', 'num_bins output_mode sparse'],
  ['Hashing', 'num_bins mask_value salt output_mode sparse'],
  ['Identity', ''],
  ['InputLayer', 'shape batch_size sparse ragged batch_shape input_tensor optional'],
  [
    'IntegerLookup',
    'max_tokens num_oov_indices mask_token oov_token vocabulary vocabulary_dtype idf_weights invert output_mode sparse pad_to_max_tokens oov_method salt'
  ],
  ['JaxLayer', 'call_fn init_fn params state seed native_serialization_platforms'],
  [
    'LSTM',
    'units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed return_sequences return_state go_backwards stateful unroll use_cudnn cell zero_output_for_mask'
  ],
  [
    'LSTMCell',
    'units activation recurrent_activation use_bias kernel_initializer recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed'
  ],
  ['Lambda', 'function output_shape mask arguments'],
  [
    'LayerNormalization',
    'axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint'
  ],
  ['LeakyReLU', 'negative_slope'],
  ['Masking', 'mask_value'],
  ['MaxNumBoundingBoxes', 'max_number fill_value factor bounding_box_format data_format'],
  ['MaxPool1D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['MaxPool2D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['MaxPool3D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['MaxPooling1D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['MaxPooling2D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['MaxPooling3D', 'pool_size strides padding data_format pool_dimensions pool_mode'],
  ['Maximum', ''],
  [
    'MelSpectrogram',
    'fft_length sequence_stride sequence_length window sampling_rate num_mel_bins min_freq max_freq power_to_db top_db mag_exp min_power ref_power'
  ],
  ['Minimum', ''],
  ['MixUp', 'alpha data_format seed factor bounding_box_format'],
  [
    'MultiHeadAttention',
    'num_heads key_dim value_dim dropout use_bias output_shape attention_axes sliding_window flash_attention kernel_initializer bias_initializer kernel_regularizer bias_regularizer kernel_constraint bias_constraint use_gate seed'
  ],
  ['Multiply', ''],
  ['Normalization', 'axis mean variance invert'],
  ['PReLU', 'alpha_initializer alpha_regularizer alpha_constraint shared_axes'],
  ['Permute', 'dims'],
  ['Pipeline', 'layers'],
  ['RMSNormalization', 'axis epsilon'],
  ['RNN', 'cell return_sequences return_state go_backwards stateful unroll zero_output_for_mask'],
  ['RandAugment', 'value_range num_ops factor interpolation seed data_format bounding_box_format'],
  ['RandomBrightness', 'factor value_range seed bounding_box_format data_format'],
  ['RandomColorDegeneration', 'factor value_range data_format seed bounding_box_format'],
  [
    'RandomColorJitter',
    'value_range brightness_factor contrast_factor saturation_factor hue_factor seed data_format factor bounding_box_format'
  ],
  ['RandomContrast', 'factor value_range seed bounding_box_format data_format'],
  ['RandomCrop', 'height width seed data_format factor bounding_box_format'],
  [
    'RandomElasticTransform',
    'factor scale interpolation fill_mode fill_value value_range seed data_format bounding_box_format'
  ],
  ['RandomErasing', 'factor scale fill_value value_range seed data_format bounding_box_format'],
  ['RandomFlip', 'mode seed data_format factor bounding_box_format'],
  ['RandomGaussianBlur', 'factor kernel_size sigma value_range data_format seed bounding_box_format'],
  ['RandomGrayscale', 'factor data_format seed bounding_box_format'],
  ['RandomHue', 'factor value_range data_format seed bounding_box_format'],
  ['RandomInvert', 'factor value_range seed data_format bounding_box_format'],
  ['RandomPerspective', 'factor scale interpolation fill_value seed data_format bounding_box_format'],
  ['RandomPosterization', 'factor value_range data_format seed bounding_box_format'],
  ['RandomRotation', 'factor fill_mode interpolation seed fill_value data_format bounding_box_format'],
  ['RandomSaturation', 'factor value_range data_format seed bounding_box_format'],
  ['RandomSharpness', 'factor value_range data_format seed bounding_box_format'],
  ['RandomShear', 'x_factor y_factor interpolation fill_mode fill_value data_format seed factor bounding_box_format'],
  [
    'RandomTranslation',
    'height_factor width_factor fill_mode interpolation seed fill_value data_format factor bounding_box_format'
  ],
  [
    'RandomZoom',
    'height_factor width_factor fill_mode interpolation seed fill_value data_format factor bounding_box_format'
  ],
  ['ReLU', 'max_value negative_slope threshold'],
  ['RepeatVector', 'n'],
  ['Rescaling', 'scale offset'],
  ['Reshape', 'target_shape'],
  [
    'Resizing',
    'height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias data_format factor bounding_box_format'
  ],
  [
    'ReversibleEmbedding',
    'output_dim tie_weights embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero reverse_dtype logit_soft_cap weights lora_rank lora_alpha quantization_config'
  ],
  [
    'STFTSpectrogram',
    'mode frame_length frame_step fft_length window periodic scaling padding expand_dims data_format'
  ],
  [
    'SeparableConv1D',
    'filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer depthwise_constraint pointwise_constraint bias_constraint rank'
  ],
  [
    'SeparableConv2D',
    'filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer depthwise_constraint pointwise_constraint bias_constraint rank'
  ],
  [
    'SeparableConvolution1D',
    'filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer depthwise_constraint pointwise_constraint bias_constraint rank'
  ],
  [
    'SeparableConvolution2D',
    'filters kernel_size strides padding data_format dilation_rate depth_multiplier activation use_bias depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer bias_regularizer depthwise_constraint pointwise_constraint bias_constraint rank'
  ],
  [
    'SimpleRNN',
    'units activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout return_sequences return_state go_backwards stateful unroll seed cell zero_output_for_mask'
  ],
  [
    'SimpleRNNCell',
    'units activation use_bias kernel_initializer recurrent_initializer bias_initializer kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint bias_constraint dropout recurrent_dropout seed'
  ],
  ['Softmax', 'axis'],
  ['Solarization', 'addition_factor threshold_factor value_range seed factor bounding_box_format data_format'],
  ['SpatialDropout1D', 'rate seed noise_shape'],
  ['SpatialDropout2D', 'rate data_format seed noise_shape'],
  ['SpatialDropout3D', 'rate data_format seed noise_shape'],
  ['SpectralNormalization', 'layer power_iterations'],
  ['StackedRNNCells', 'cells'],
  [
    'StringLookup',
    'max_tokens num_oov_indices mask_token oov_token vocabulary idf_weights invert output_mode pad_to_max_tokens sparse encoding salt vocabulary_dtype oov_method'
  ],
  ['Subtract', ''],
  ['TFSMLayer', 'filepath call_endpoint call_training_endpoint'],
  [
    'TextVectorization',
    'max_tokens standardize split ngrams output_mode output_sequence_length pad_to_max_tokens vocabulary idf_weights sparse ragged encoding'
  ],
  ['TimeDistributed', 'layer'],
  ['TorchModuleWrapper', 'module output_shape'],
  ['UnitNormalization', 'axis'],
  ['UpSampling1D', 'size'],
  ['UpSampling2D', 'size data_format interpolation'],
  ['UpSampling3D', 'size data_format'],
  ['Wrapper', 'layer'],
  ['ZeroPadding1D', 'padding data_format'],
  ['ZeroPadding2D', 'padding data_format'],
  ['ZeroPadding3D', 'padding data_format']
];
