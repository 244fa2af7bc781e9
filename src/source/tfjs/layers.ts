/** Functions of `tf.layers` by the class of layer they make. */

const CLASSES =
  'activation:Activation add:Add average:Average averagePooling1d:AveragePooling1D averagePooling2d:AveragePooling2D ' +
  'averagePooling3d:AveragePooling3D avgPool1d:AveragePooling1D avgPool2d:AveragePooling2D avgPool3d:AveragePooling3D ' +
  'avgPooling1d:AveragePooling1D avgPooling2d:AveragePooling2D avgPooling3d:AveragePooling3D batchNormalization:BatchNormalization ' +
  'bidirectional:Bidirectional alphaDropout:AlphaDropout categoryEncoding:CategoryEncoding centerCrop:CenterCrop ' +
  'concatenate:Concatenate conv1d:Conv1D conv2d:Conv2D conv2dTranspose:Conv2DTranspose conv3d:Conv3D ' +
  'conv3dTranspose:Conv3DTranspose convLstm2d:ConvLSTM2D cropping2D:Cropping2D dense:Dense depthwiseConv2d:DepthwiseConv2D ' +
  'dot:Dot dropout:Dropout elu:ELU embedding:Embedding flatten:Flatten gaussianDropout:GaussianDropout ' +
  'gaussianNoise:GaussianNoise globalAveragePooling1d:GlobalAveragePooling1D globalAveragePooling2d:GlobalAveragePooling2D ' +
  'globalMaxPool1d:GlobalMaxPooling1D globalMaxPool2d:GlobalMaxPooling2D globalMaxPooling1d:GlobalMaxPooling1D ' +
  'globalMaxPooling2d:GlobalMaxPooling2D gru:GRU inputLayer:InputLayer layerNormalization:LayerNormalization ' +
  'leakyReLU:LeakyReLU lstm:LSTM masking:Masking maxPool1d:MaxPooling1D maxPool2d:MaxPooling2D maxPooling1d:MaxPooling1D ' +
  'maxPooling2d:MaxPooling2D maxPooling3d:MaxPooling3D maximum:Maximum minimum:Minimum multiply:Multiply permute:Permute ' +
  'prelu:PReLU randomWidth:RandomWidth reLU:ReLU repeatVector:RepeatVector rescaling:Rescaling reshape:Reshape ' +
  'resizing:Resizing separableConv2d:SeparableConv2D simpleRNN:SimpleRNN softmax:Softmax spatialDropout1d:SpatialDropout1D ' +
  'thresholdedReLU:ThresholdedReLU timeDistributed:TimeDistributed upSampling2d:UpSampling2D zeroPadding2d:ZeroPadding2D';

export const LAYER_CLASSES: ReadonlyMap<string, string> = new Map(
  CLASSES.split(' ').map((pair) => {
    const [name = '', className = ''] = pair.split(':');
    return [name, className] as const;
  })
);
