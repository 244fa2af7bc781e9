/** Synthetic but well-formed models for the panel's test: chains, branches, very long, wide, 1-D and 3-D. */
import type { Shape } from '../../src/core/shape';
import type { KindName } from '../../src/core/layerKind';
import type { LayerRow, ModelSummary, WeightRow } from '../../src/core/summary';
import type { OpenedModel } from '../../src/protocol/requests';

interface Spec {
  readonly name: string;
  readonly kind: KindName;
  readonly type: string;
  readonly from: readonly string[];
  readonly shape: readonly number[];
  readonly kernel?: readonly number[];
}

function row({ name, kind, type, from, shape, kernel }: Spec): LayerRow {
  const count = kernel === undefined ? 0 : kernel.reduce((a, b) => a * b, 1) + (kernel.at(-1) ?? 0);
  const weights: WeightRow[] =
    kernel === undefined
      ? []
      : [
          { role: 'kernel', name: `${name}/kernel`, dtype: 'float32', shape: kernel },
          { role: 'bias', name: `${name}/bias`, dtype: 'float32', shape: [kernel.at(-1) ?? 1] }
        ];
  return {
    id: name,
    name,
    kind,
    sourceType: type,
    title:
      kernel === undefined ? type : `${type} ${kernel.slice(0, -2).join(' × ')}, ${kernel.at(-1) ?? 0} filters, relu`,
    inputs: from,
    calls: 1,
    inputShapes: [[null, ...shape]],
    outputShape: [null, ...shape],
    params: count,
    trainableParams: count,
    macs: count * (shape[0] ?? 1) * (shape[1] ?? 1),
    activationBytes: shape.reduce((a, b) => a * b, 4),
    receptiveField: kind === 'input' ? [1, 1] : [3, 3],
    effectiveStride: [1, 1],
    receptiveFieldOffset: [0, 0],
    receptiveFieldNote: null,
    laterReceptiveFields: [],
    line: null,
    endLine: null,
    cell: null,
    source: null,
    weights,
    note: null,
    listed: kind !== 'input',
    layers: null
  };
}

function opened(name: string, specs: readonly Spec[], random = false): OpenedModel {
  const rows = specs.map(row);
  const shapes = new Map(rows.map((one) => [one.name, one.outputShape]));
  const layers = rows.map((one) =>
    one.inputs.length === 0 ? one : { ...one, inputShapes: one.inputs.map((from) => shapes.get(from) ?? null) }
  );
  const params = layers.reduce((sum, layer) => sum + (layer.params ?? 0), 0);
  const first = layers[0]?.outputShape ?? null;
  const shape = first?.slice(1) ?? [];
  const role = shape.length === 2 ? 'series' : shape.length === 4 ? 'volume' : 'image';
  const summary: ModelSummary = {
    name,
    line: null,
    cell: null,
    format: 'keras-v3',
    frameworkVersion: '3.0',
    topology: 'exact',
    weightsOrigin: random ? { kind: 'random', seed: 1 } : { kind: 'file', file: `${name}.keras`, olderThanCode: false },
    inputs: [{ name: 'input', shape: first }],
    outputs: [{ name: 'output', shape: layers.at(-1)?.outputShape ?? null }],
    layers,
    totals: {
      params,
      trainableParams: params,
      nonTrainableParams: 0,
      buffers: 0,
      macs: 12_345_678,
      bytes: 400_000,
      weightBytes: params * 4
    },
    fileBytes: random ? null : { weights: params * 4, optimizer: params * 8, other: 61_000 },
    diagnostics: [],
    notices: [],
    classNames: null,
    weightsFit: null
  };
  const port = {
    name: 'input',
    shape,
    role,
    channels: shape.at(-1) ?? 1,
    height: shape[0] ?? 1,
    width: shape[1] ?? 1,
    channelsFirst: false
  } as const;
  return { model: name, file: `${name}.keras`, summary, inputs: [port] };
}

const input = (shape: readonly number[]): Spec => ({
  name: 'input',
  kind: 'input',
  type: 'InputLayer',
  from: [],
  shape
});

function digits(name: string, random: boolean): OpenedModel {
  return opened(
    name,
    [
      input([28, 28, 1]),
      { name: 'conv2d', kind: 'conv', type: 'Conv2D', from: ['input'], shape: [26, 26, 32], kernel: [3, 3, 1, 32] },
      {
        name: 'batch_normalization',
        kind: 'batchNorm',
        type: 'BatchNormalization',
        from: ['conv2d'],
        shape: [26, 26, 32]
      },
      { name: 'max_pooling2d', kind: 'pool', type: 'MaxPooling2D', from: ['batch_normalization'], shape: [13, 13, 32] },
      { name: 'dropout', kind: 'dropout', type: 'Dropout', from: ['max_pooling2d'], shape: [13, 13, 32] },
      {
        name: 'conv2d_1',
        kind: 'conv',
        type: 'Conv2D',
        from: ['dropout'],
        shape: [11, 11, 64],
        kernel: [3, 3, 32, 64]
      },
      {
        name: 'batch_normalization_1',
        kind: 'batchNorm',
        type: 'BatchNormalization',
        from: ['conv2d_1'],
        shape: [11, 11, 64]
      },
      { name: 'flatten', kind: 'flatten', type: 'Flatten', from: ['batch_normalization_1'], shape: [7744] },
      { name: 'dense', kind: 'dense', type: 'Dense', from: ['flatten'], shape: [10], kernel: [7744, 10] }
    ],
    random
  );
}

function branchy(): OpenedModel {
  const specs: Spec[] = [input([56, 56, 64])];
  let last = 'input';
  for (let block = 0; specs.length < 150; block++) {
    const size = 56 >> Math.min(3, Math.floor(block / 6));
    const channels = 64 << Math.min(3, Math.floor(block / 6));
    const shape = [size, size, channels];
    const start = last;
    for (const part of ['a', 'b']) {
      const conv = `block${block}_${part}_conv`;
      specs.push({ name: conv, kind: 'conv', type: 'Conv2D', from: [last], shape, kernel: [3, 3, channels, channels] });
      specs.push({ name: `${conv}_bn`, kind: 'batchNorm', type: 'BatchNormalization', from: [conv], shape });
      specs.push({ name: `${conv}_relu`, kind: 'activation', type: 'Activation', from: [`${conv}_bn`], shape });
      last = `${conv}_relu`;
    }
    specs.push({ name: `block${block}_add`, kind: 'merge', type: 'Add', from: [last, start], shape });
    last = `block${block}_add`;
  }
  return opened('branchy', specs);
}

function long(): OpenedModel {
  const specs: Spec[] = [input([32, 32, 8])];
  for (let i = 1; i < 10_000; i++) {
    specs.push({
      name: `conv_${i}`,
      kind: 'conv',
      type: 'Conv2D',
      from: [i === 1 ? 'input' : `conv_${i - 1}`],
      shape: [32, 32, 8],
      kernel: [3, 3, 8, 8]
    });
  }
  return opened('long', specs);
}

/** Takes pictures of any height and width, and gives pictures. */
function free(): OpenedModel {
  const model = opened('free', [
    input([28, 28, 3]),
    { name: 'conv', kind: 'conv', type: 'Conv2D', from: ['input'], shape: [28, 28, 8], kernel: [3, 3, 3, 8] },
    { name: 'out', kind: 'conv', type: 'Conv2D', from: ['conv'], shape: [28, 28, 3], kernel: [3, 3, 8, 3] }
  ]);
  const leaveOpen = (shape: Shape | null): Shape | null =>
    shape === null ? null : [null, null, null, shape.at(-1) ?? 1];
  const { summary } = model;
  const layers = summary.layers.map((layer) => ({
    ...layer,
    outputShape: leaveOpen(layer.outputShape),
    activationBytes: null
  }));
  const ports = (all: typeof summary.inputs, name: string) =>
    all.map((port) => ({ name, shape: leaveOpen(port.shape) }));
  return {
    ...model,
    summary: { ...summary, layers, inputs: ports(summary.inputs, 'input'), outputs: ports(summary.outputs, 'out') }
  };
}

export function fakeModel(scenario: string): OpenedModel {
  switch (scenario) {
    case 'branchy':
      return branchy();
    case 'long':
      return long();
    case 'wide':
      return opened('wide', [
        input([14, 14, 512]),
        { name: 'conv5', kind: 'conv', type: 'Conv2D', from: ['input'], shape: [14, 14, 512], kernel: [3, 3, 512, 512] }
      ]);
    case 'widest':
      return opened('widest', [
        input([7, 7, 512]),
        { name: 'conv5', kind: 'conv', type: 'Conv2D', from: ['input'], shape: [7, 7, 2048], kernel: [1, 1, 512, 2048] }
      ]);
    case 'free':
      return free();
    case 'series':
      return opened('series', [
        input([128, 3]),
        { name: 'conv1d', kind: 'conv', type: 'Conv1D', from: ['input'], shape: [124, 16], kernel: [5, 3, 16] }
      ]);
    case 'volume':
      return opened('volume', [
        input([16, 32, 32, 1]),
        {
          name: 'conv3d',
          kind: 'conv',
          type: 'Conv3D',
          from: ['input'],
          shape: [14, 30, 30, 8],
          kernel: [3, 3, 3, 1, 8]
        }
      ]);
    default:
      return digits(scenario, scenario === 'random');
  }
}
