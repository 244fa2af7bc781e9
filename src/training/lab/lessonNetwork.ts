/** The small network that the built-in lessons train: 28 x 28 x 1 in, ten classes out, seconds a run on every engine. */
import { LINEAR, RELU, type Activation } from '../../core/activation';
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode, Model } from '../../core/model';

/** Convolution and pooling twice, a dense layer, the answer; nothing in it regularises or normalises. */
export function lessonNetwork(): Model {
  const kinds: readonly (readonly [string, LayerKind])[] = [
    ['input', { kind: 'input', shape: [null, 28, 28, 1], dtype: 'float32' }],
    ['conv1', conv(8)],
    ['pool1', pool()],
    ['conv2', conv(16)],
    ['pool2', pool()],
    ['flatten', { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 }],
    ['dense1', dense(64, RELU)],
    ['answer', dense(10, { name: 'softmax', axis: -1 })]
  ];
  const layers = kinds.map(([name, kind]): LayerNode => ({
    id: name,
    name,
    kind,
    sourceType: kind.kind,
    config: new Map(),
    weights: [],
    trainable: true,
    listed: true,
    // As the samples do: Keras's own default (Glorot) is for layers without ReLU.
    initializers: new Map([['kernel', { name: 'heNormal', parameters: {} }]])
  }));
  return {
    name: 'lesson',
    format: 'keras-v3',
    framework: 'keras',
    frameworkVersion: null,
    topology: 'exact',
    root: {
      name: 'lesson',
      layers: new Map(layers.map((layer) => [layer.id, layer])),
      calls: layers.map(({ id: layer }, id) => ({
        id,
        layer,
        inputs: id === 0 ? [] : [{ call: id - 1, output: 0 }]
      })),
      inputs: [{ call: 0, output: 0 }],
      outputs: [{ call: layers.length - 1, output: 0 }]
    },
    weightsOrigin: { kind: 'none' },
    notices: [],
    unplaced: [],
    fileBytes: null,
    classNames: null
  };
}

function conv(filters: number): LayerKind {
  return {
    kind: 'conv',
    filters,
    groups: 1,
    rank: 2,
    kernelSize: [3, 3],
    strides: [1, 1],
    dilation: [1, 1],
    padding: { type: 'valid' },
    dataFormat: 'channelsLast',
    useBias: true,
    activation: RELU
  };
}

function pool(): LayerKind {
  return {
    kind: 'pool',
    operation: 'max',
    rank: 2,
    poolSize: [2, 2],
    strides: [2, 2],
    padding: { type: 'valid' },
    dilation: [1, 1],
    ceilMode: false,
    countIncludePad: false,
    dataFormat: 'channelsLast'
  };
}

function dense(units: number, activation: Activation = LINEAR): LayerKind {
  return { kind: 'dense', units, useBias: true, activation };
}
