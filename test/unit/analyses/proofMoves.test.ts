import { describe, expect, it } from 'vitest';
import { mapView } from '../../../src/analyses/maps';
import { provePixel } from '../../../src/analyses/proof';
import type {
  Interpolation,
  KindOf,
  LayerKind,
  MergeOperation,
  PadMode,
  ResizeCoordinates
} from '../../../src/core/layerKind';
import type { DataFormat } from '../../../src/core/shape';
import { GraphBuilder, tensorRef } from '../core/builder';
import { kindsOf, proveAll, single, weighted } from './proving';

type Case = readonly [string, readonly (number | null)[], LayerKind];
type Pads = readonly (readonly [number, number])[];

const pad = (pads: Pads, mode: PadMode, options: Partial<KindOf<'pad'>> = {}): LayerKind => ({
  kind: 'pad',
  pads,
  mode,
  value: 0,
  dataFormat: 'channelsLast',
  ...options
});
const uneven: Pads = [
  [1, 2],
  [3, 0]
];
const crop = (crops: Pads, dataFormat: DataFormat = 'channelsLast'): LayerKind => ({ kind: 'crop', crops, dataFormat });
const centre = (height: number, width: number, dataFormat: DataFormat = 'channelsLast'): LayerKind => ({
  kind: 'centerCrop',
  height,
  width,
  dataFormat
});

const moves: readonly Case[] = [
  ['pad with zeros', [null, 4, 5, 2], pad(uneven, 'zeros')],
  ['pad with a value', [null, 4, 5, 2], pad(uneven, 'zeros', { value: -2.5 })],
  ['pad by reflection', [null, 4, 5, 2], pad(uneven, 'reflect')],
  ['pad by replication', [null, 4, 5, 2], pad(uneven, 'replicate')],
  ['pad round the corner', [null, 4, 5, 2], pad(uneven, 'circular')],
  ['pad, channels first', [null, 2, 4, 5], pad(uneven, 'reflect', { dataFormat: 'channelsFirst' })],
  [
    'pad that cuts one side',
    [null, 5, 6, 2],
    pad(
      [
        [-1, 2],
        [2, -2]
      ],
      'reflect'
    )
  ],
  ['pad of a series', [null, 6, 3], pad([[2, 1]], 'zeros')],
  [
    'pad of a volume',
    [null, 3, 4, 2, 2],
    pad(
      [
        [1, 0],
        [0, 1],
        [1, 1]
      ],
      'replicate'
    )
  ],
  [
    'crop',
    [null, 6, 7, 2],
    crop([
      [1, 2],
      [3, 0]
    ])
  ],
  [
    'crop, channels first',
    [null, 2, 6, 7],
    crop(
      [
        [0, 1],
        [2, 2]
      ],
      'channelsFirst'
    )
  ],
  ['crop of a series', [null, 9, 3], crop([[2, 3]])],
  ['centre crop', [null, 7, 8, 2], centre(4, 3)],
  ['centre crop, channels first', [null, 2, 7, 8], centre(3, 5, 'channelsFirst')],
  ['centre crop of a smaller image, which is resized', [null, 5, 9, 2], centre(7, 6)],
  [
    'random crop at inference',
    [null, 7, 9, 2],
    { kind: 'augmentation', operation: 'crop', size: [4, 4], parameters: {} }
  ],
  [
    'random flip at inference',
    [null, 4, 5, 2],
    { kind: 'augmentation', operation: 'flip', size: null, parameters: {} }
  ],
  ['repeated vector', [null, 5], { kind: 'repeatVector', times: 4 }],
  [
    'pixel shuffle as TensorFlow does',
    [null, 3, 4, 12],
    { kind: 'pixelShuffle', factor: 2, dataFormat: 'channelsLast' }
  ],
  ['pixel shuffle as PyTorch does', [null, 18, 3, 2], { kind: 'pixelShuffle', factor: 3, dataFormat: 'channelsFirst' }]
];

describe('the place a moved value comes from equals the engine: it is', () => {
  it.each(moves)('%s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['formula']);
  });

  it('told where there is only padding', async () => {
    const { steps } = await proveAll(single([null, 4, 5, 2], pad(uneven, 'zeros', { value: 7 })));
    const [first] = steps;
    expect(first?.kind === 'formula' && first.text).toBe('x = the padding value (no input reaches this place)');
    expect(first?.kind === 'formula' && first.value).toBe(7);
  });
});

const interpolations: readonly Interpolation[] = ['nearest', 'bilinear', 'bicubic', 'area', 'lanczos3', 'lanczos5'];
const coordinates: readonly ResizeCoordinates[] = ['halfPixel', 'asymmetric', 'alignCorners'];

describe('the weighted sum of a resize equals the engine', () => {
  it.each(interpolations.flatMap((one) => coordinates.map((other) => [one, other] as const)))(
    '%s, %s',
    async (interpolation, rule) => {
      const enlarge: LayerKind = {
        kind: 'upsample',
        factors: [2, 3],
        interpolation,
        coordinates: rule,
        dataFormat: 'channelsLast'
      };
      const reduce: LayerKind = {
        kind: 'resize',
        height: 3,
        width: 8,
        interpolation,
        coordinates: rule,
        dataFormat: 'channelsFirst'
      };
      expect(kindsOf(await proveAll(single([null, 4, 5, 2], enlarge)))).toEqual(['formula']);
      expect(kindsOf(await proveAll(single([null, 2, 7, 5], reduce), 'x', 'pytorch'))).toEqual(['formula']);
    }
  );

  it('upsampling of a series and of a volume', async () => {
    const rule = { interpolation: 'nearest', coordinates: 'halfPixel', dataFormat: 'channelsLast' } as const;
    expect(kindsOf(await proveAll(single([null, 5, 3], { kind: 'upsample', factors: [3], ...rule })))).toEqual([
      'formula'
    ]);
    const volume: LayerKind = { kind: 'upsample', factors: [2, 1, 2], ...rule };
    expect(kindsOf(await proveAll(single([null, 2, 3, 2, 2], volume)))).toEqual(['formula']);
  });

  it('names the four neighbours of a bilinear value with their weights', async () => {
    const { steps } = await proveAll(
      single([null, 4, 4, 1], {
        kind: 'upsample',
        factors: [2, 2],
        interpolation: 'bilinear',
        coordinates: 'halfPixel',
        dataFormat: 'channelsLast'
      })
    );
    const inner = steps[9];
    expect(inner?.kind === 'formula' && inner.text).toBe('sum of weight * x over 4 values of in');
    const weights = inner?.kind === 'formula' ? inner.terms.map(({ name }) => Number(name.split(' ')[0])) : [];
    expect([...weights].sort((a, b) => a - b)).toEqual([0.0625, 0.1875, 0.1875, 0.5625]);
  });
});

const channelsOnLast = { kind: 'prelu', sharedAxes: [1, 2], parameters: 'elementwise' } as const;
const scaling: readonly Case[] = [
  ['PReLU, a slope for each number', [null, 3, 4, 2], { ...channelsOnLast, sharedAxes: [] }],
  ['PReLU, a slope for each channel', [null, 3, 4, 5], channelsOnLast],
  [
    'PReLU of PyTorch, a slope for each channel',
    [null, 5, 3, 4],
    { kind: 'prelu', sharedAxes: [], parameters: 'perChannel' }
  ],
  ['PReLU, one slope', [null, 5, 3, 4], { kind: 'prelu', sharedAxes: [], parameters: 'single' }],
  ['rescaling', [null, 3, 4, 2], { kind: 'rescale', scale: 1 / 127.5, offset: -1 }],
  ['rescaling by a list', [null, 3, 4, 2], { kind: 'rescale', scale: [2, 3], offset: [0.5] }],
  [
    'normalisation by given statistics',
    [null, 3, 4, 2],
    { kind: 'normalization', axes: [-1], mean: [0.2, -0.4], variance: [0.3, 0], invert: false }
  ],
  [
    'normalisation by one number',
    [null, 3, 4, 2],
    { kind: 'normalization', axes: null, mean: [0.2], variance: [4], invert: true }
  ],
  [
    'normalisation by the statistics of the file',
    [null, 3, 4, 2],
    { kind: 'normalization', axes: [1, 3], mean: null, variance: null, invert: false }
  ],
  ['embedding', [null, 9], { kind: 'embedding', inputDim: 7, outputDim: 4 }]
];

describe('the arithmetic of layers that change each number by itself equals the engine: it is', () => {
  it.each(scaling)('%s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['formula']);
  });

  it('an embedding that is asked for a row it does not have says so', async () => {
    const builder = new GraphBuilder('net');
    const input = builder.input('in', [null, 4]);
    const shifted = builder.add('s', { kind: 'rescale', scale: 0, offset: -3 }, [input]);
    const table = tensorRef({
      role: 'embeddings',
      shape: [5, 2],
      data: Float32Array.from({ length: 10 }, (_, i) => i)
    });
    const graph = builder.graph(
      builder.add('x', { kind: 'embedding', inputDim: 5, outputDim: 2 }, [shifted], { weights: [table] })
    );
    const model = weighted(graph, 'keras');
    const layer = model.root.layers.get('x');
    if (layer === undefined) throw new Error('no layer');
    const valueOf = (id: string) =>
      Promise.resolve(
        id === 'x'
          ? mapView({ shape: [1, 4, 2], data: new Float32Array(8) }, 'channelsLast')
          : mapView({ shape: [1, 4], data: new Float32Array(4).fill(-3) }, 'channelsLast')
      );
    const { steps } = await provePixel(model, layer, 0, [1], 1, valueOf, new AbortController().signal);
    expect(steps).toEqual({ kind: 'none', reason: 'the table has rows 0 to 4; the input asks for row -3' });
  });
});

describe('the arithmetic of several inputs equals the engine: it is', () => {
  const joined = (kind: LayerKind, ...shapes: readonly (readonly (number | null)[])[]) => {
    const builder = new GraphBuilder('net');
    const inputs = shapes.map((shape, i) => builder.input(`in${String(i)}`, shape));
    return builder.graph(builder.add('x', kind, inputs));
  };

  it.each([
    ['vectors', [null, 6], [null, 6], [1, 1], false],
    ['vectors of unit length', [null, 6], [null, 6], [1, 1], true],
    ['matrices along their last axes', [null, 3, 5], [null, 4, 5], [2, 2], false],
    ['matrices along different axes, of unit length', [null, 5, 3], [null, 4, 5], [1, 2], true],
    ['a map and a matrix', [null, 2, 3, 5], [null, 5, 4], [-1, 1], false]
  ] as const)('dot product of %s', async (_name, a, b, axes, normalize) => {
    const checked = await proveAll(joined({ kind: 'dot', axes, normalize }, a, b));
    expect(kindsOf(checked)).toEqual(['formula']);
  });

  const merges: readonly (readonly [string, MergeOperation, readonly (readonly (number | null)[])[]])[] = [
    ['a difference of three', 'subtract', Array.from({ length: 3 }, () => [null, 3, 4, 2])],
    [
      'a sum of a map, a vector and a line',
      'add',
      [
        [null, 3, 4, 2],
        [null, 2],
        [null, 1, 4, 1]
      ]
    ],
    [
      'a mean of three',
      'average',
      [
        [null, 3, 4, 2],
        [null, 1, 1, 2],
        [null, 3, 4, 2]
      ]
    ]
  ];
  it.each(merges)('%s', async (_name, operation, shapes) => {
    expect(kindsOf(await proveAll(joined({ kind: 'merge', operation }, ...shapes)))).toEqual(['formula']);
  });

  it('a concatenation of three along the middle axis', async () => {
    const graph = joined({ kind: 'concat', axis: 2 }, [null, 3, 1, 2], [null, 3, 4, 2], [null, 3, 2, 2]);
    expect(kindsOf(await proveAll(graph))).toEqual(['formula']);
  });
});
