/** Classes and attributes of Keras 1 to 3 as canonical kinds. */
import { describe, expect, it } from 'vitest';
import { kerasLayer } from '../../../src/core/keras/kerasLayer';
import { kerasSignature } from '../../../src/core/keras/signatures';

const kindOf = (className: string, attributes: Record<string, unknown>, version: 1 | 2 | 3 = 3) =>
  kerasLayer(className, new Map(Object.entries(attributes)), { version, origin: 'file' }).kind;

describe('Keras 1 spellings', () => {
  it('reads a convolution', () => {
    const kind = kindOf(
      'Convolution2D',
      {
        nb_filter: 8,
        nb_row: 3,
        nb_col: 5,
        subsample: [2, 1],
        border_mode: 'same',
        dim_ordering: 'th',
        bias: false,
        activation: 'relu'
      },
      1
    );
    expect(kind).toMatchObject({
      kind: 'conv',
      filters: 8,
      kernelSize: [3, 5],
      strides: [2, 1],
      padding: { type: 'same' },
      dataFormat: 'channelsFirst',
      useBias: false
    });
  });

  it.each([
    ['sum', { kind: 'merge', operation: 'add' }],
    ['mul', { kind: 'merge', operation: 'multiply' }],
    ['concat', { kind: 'concat', axis: 1 }],
    ['cos', { kind: 'dot', axes: [1, 1], normalize: true }]
  ])('Merge in mode %s', (mode, expected) => {
    expect(kindOf('Merge', { mode, concat_axis: 1, dot_axes: [[1], [1]] }, 1)).toEqual(expected);
  });

  it('keeps full border mode exact', () => {
    const kind = kindOf('Convolution1D', { nb_filter: 2, filter_length: 3, border_mode: 'full' }, 1);
    expect(kind).toMatchObject({ padding: { type: 'explicit', pads: [[2, 2]] } });
  });

  it('shows batch normalization by sample as opaque', () => {
    expect(kindOf('BatchNormalization', { mode: 1 }, 1)).toMatchObject({ kind: 'opaque' });
  });

  it('shows MaxoutDense as opaque, with the reason', () => {
    expect(kindOf('MaxoutDense', { output_dim: 2 }, 1)).toEqual({
      kind: 'opaque',
      reason: 'MaxoutDense is known to Keras but not supported here'
    });
  });
});

describe('what versions changed', () => {
  it.each([
    [1, 'fifth'],
    [2, 'fifth'],
    [3, 'sixth']
  ] as const)('hard_sigmoid of Keras %i', (version, variant) => {
    expect(kindOf('Activation', { activation: 'hard_sigmoid' }, version)).toEqual({
      kind: 'activation',
      activation: { name: 'hardSigmoid', variant }
    });
  });

  it('LeakyReLU: alpha, negative_slope, default', () => {
    const slope = (attributes: Record<string, unknown>) => {
      const kind = kindOf('LeakyReLU', attributes);
      return kind.kind === 'activation' && kind.activation.name === 'relu' ? kind.activation.negativeSlope : null;
    };
    expect([slope({ alpha: 0.1 }), slope({ negative_slope: 0.2 }), slope({})]).toEqual([0.1, 0.2, 0.3]);
  });

  it('activation objects', () => {
    const activation = { module: 'keras.layers', class_name: 'ReLU', config: { max_value: 6 }, registered_name: null };
    expect(kindOf('Dense', { units: 2, activation })).toMatchObject({ activation: { name: 'relu', maxValue: 6 } });
  });

  it('an axis saved as a list of one', () => {
    expect(kindOf('BatchNormalization', { axis: [3] }, 2)).toMatchObject({ kind: 'batchNorm', axis: 3 });
  });
});

describe('what is not understood', () => {
  it('Lambda is never decoded', () => {
    expect(kindOf('Lambda', { function: ['4wEAAAA=', null, null] })).toMatchObject({
      kind: 'opaque',
      reason: expect.stringContaining('never decoded') as string
    });
  });

  it('a custom layer and a senseless attribute become opaque with the reason', () => {
    expect(kindOf('MyLayer', {})).toMatchObject({
      kind: 'opaque',
      reason: expect.stringContaining('MyLayer') as string
    });
    expect(kindOf('Conv2D', { filters: 'many', kernel_size: 3 })).toMatchObject({
      kind: 'opaque',
      reason: expect.stringContaining("filters is 'many'") as string
    });
  });
});

describe('padding forms', () => {
  it.each([
    [
      2,
      [
        [2, 2],
        [2, 2]
      ]
    ],
    [
      [1, 2],
      [
        [1, 1],
        [2, 2]
      ]
    ],
    [
      [
        [0, 1],
        [2, 3]
      ],
      [
        [0, 1],
        [2, 3]
      ]
    ],
    [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4]
      ]
    ],
    [
      { top_pad: 1, bottom_pad: 2, left_pad: 3, right_pad: 4 },
      [
        [1, 2],
        [3, 4]
      ]
    ]
  ])('ZeroPadding2D(%j)', (padding, pads) => {
    expect(kindOf('ZeroPadding2D', { padding })).toMatchObject({ kind: 'pad', pads });
  });
});

describe('signatures', () => {
  it('gives positional names by version', () => {
    expect(kerasSignature('Conv2D')?.slice(0, 3)).toEqual(['filters', 'kernel_size', 'strides']);
    expect(kerasSignature('Convolution2D', 1)?.slice(0, 3)).toEqual(['nb_filter', 'nb_row', 'nb_col']);
    expect(kerasSignature('NoSuchLayer')).toBeNull();
  });
});
