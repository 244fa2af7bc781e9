import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource, type SourceAnalysis } from '../../../src/source/analyze';

const head = `import keras
from keras import layers
`;

function analyze(text: string): SourceAnalysis {
  return analyzeSource({ kind: 'file', language: 'python', text: head + text }, { budgetMs: 5000 });
}

function only(analysis: SourceAnalysis): SourceAnalysis['definitions'][number] {
  const [first, second] = analysis.definitions;
  if (first === undefined || second !== undefined) throw new Error(`${analysis.definitions.length} definitions`);
  return first;
}

const names = (analysis: SourceAnalysis): string[] => [...only(analysis).model.root.layers.values()].map((l) => l.name);

describe('ranges', () => {
  it('give each layer its constructor call, zero-based', () => {
    const analysis = analyze('model = keras.Sequential([\n    layers.Conv2D(4, 3, input_shape=(8, 8, 1)),\n])\n');
    const conv = only(analysis).model.root.layers.get('conv2d');
    expect(conv?.source).toEqual({ startLine: 3, startColumn: 4, endLine: 3, endColumn: 46 });
    expect(only(analysis).range).toEqual({ startLine: 2, startColumn: 8, endLine: 4, endColumn: 2 });
  });

  it('remember the calls of helpers that led to a layer', () => {
    const analysis = analyze(
      'def block(x, n):\n    return layers.Conv2D(n, 3)(x)\ni = keras.Input((9, 9, 1))\nmodel = keras.Model(i, block(i, 4))\n'
    );
    expect(only(analysis).callSites.get('conv2d')).toMatchObject([{ startLine: 5 }]);
  });
});

describe('what the text does not determine', () => {
  it('makes a layer opaque with the reason, and stops totals', () => {
    const analysis = analyze(
      'n = len(os.listdir("data"))\nmodel = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(n)])\n'
    );
    const dense = only(analysis).model.root.layers.get('dense');
    expect(dense?.kind).toMatchObject({
      kind: 'opaque',
      reason: expect.stringContaining('units is not known') as string
    });
    expect(summarize(only(analysis).model).totals.params).toBeNull();
  });

  it('is reported where the number of layers depends on it', () => {
    const analysis = analyze(
      'model = keras.Sequential([keras.Input((4,))])\nfor i in range(depth):\n    model.add(layers.Dense(4))\n'
    );
    expect(analysis.models).toEqual([]);
    expect(analysis.problems).toMatchObject([
      { code: 'unresolved', message: expect.stringContaining('depth') as string }
    ]);
  });

  it('is reported where a condition decides on a layer', () => {
    const analysis = analyze(
      'model = keras.Sequential([keras.Input((4,))])\nif args.big:\n    model.add(layers.Dense(4))\nmodel.add(layers.Dense(2))\n'
    );
    expect(analysis.problems).toHaveLength(1);
  });

  it('keeps a functional model with a hole where one value is not known', () => {
    const analysis = analyze(
      'i = keras.Input((4,))\nx = layers.Dense(3)(i)\nif args.big:\n    x = layers.Dense(9)(x)\nmodel = keras.Model(i, layers.Dense(2)(x))\n'
    );
    const opaque = [...only(analysis).model.root.layers.values()].filter((layer) => layer.kind.kind === 'opaque');
    expect(opaque).toHaveLength(1);
    expect(summarize(only(analysis).model).totals.params).toBeNull();
  });

  it('does not matter where both branches agree or only raise', () => {
    const analysis = analyze(
      'if args.a:\n    n = 4\nelse:\n    n = 4\nif args.b:\n    raise ValueError()\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(n)])\n'
    );
    expect(summarize(only(analysis).model).totals.params).toBe(20);
  });

  it('leaves an unknown dropout rate out of the shapes', () => {
    const analysis = analyze(
      'model = keras.Sequential([keras.Input((4,)), layers.Dropout(args.rate), layers.Dense(2)])\n'
    );
    expect(summarize(only(analysis).model).totals.params).toBe(10);
    expect(only(analysis).model.notices).toMatchObject([{ code: 'unknown-value' }]);
  });

  it('names classes it does not know', () => {
    const analysis = analyze('model = keras.Sequential([keras.Input((4,)), layers.Wonder(3), layers.Dense(2)])\n');
    const wonder = only(analysis).model.root.layers.get('wonder');
    expect(wonder?.kind).toMatchObject({ kind: 'opaque', reason: expect.stringContaining('Wonder') as string });
  });

  it('keeps a subclassed model whose input the code does not state', () => {
    const analysis = analyze(
      'class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.d = layers.Dense(2)\n    def call(self, x):\n        return self.d(x)\nnet = Net()\n'
    );
    expect(only(analysis).key).toBe('net');
    expect(summarize(only(analysis).model).totals.params).toBeNull();
  });
});

describe('definitions', () => {
  it('under one name are all there, with keys of their own', () => {
    const text = 'model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])\n';
    const analysis = analyze(text + text);
    expect(analysis.definitions.map((definition) => definition.key)).toEqual(['model', 'model@2']);
    expect(analysis.models.map((model) => model.source?.startLine)).toEqual([2, 3]);
  });

  it('in functions that nothing calls are found, with defaults and without values for the rest', () => {
    const analysis = analyze(
      'def build(classes, size=8):\n    net = keras.Sequential([keras.Input((size, size, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(classes)])\n    return net\n'
    );
    const { model } = only(analysis);
    expect(model.name).toBe('net');
    expect(model.root.layers.get('dense')?.kind).toMatchObject({
      reason: expect.stringContaining('`classes` is a parameter of `build`') as string
    });
  });

  it('take the name of the module variable that receives them', () => {
    const analysis = analyze(
      'def build():\n    m = keras.Sequential([keras.Input((4,)), layers.Dense(2)])\n    return m\ndigits = build()\n'
    );
    expect(only(analysis).model.name).toBe('digits');
  });

  it('of Keras 1 are read in its spelling', () => {
    const text = `from keras.models import Sequential
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Dense, Flatten
model = Sequential()
model.add(Convolution2D(32, 3, 5, border_mode='same', input_shape=(28, 28, 1), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(10, init='uniform'))
`;
    const analysis = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 5000 });
    // 3 * 5 * 1 * 32 + 32 + 14 * 14 * 32 * 10 + 10
    expect(summarize(only(analysis).model).totals.params).toBe(512 + 62_730);
    expect(only(analysis).model.frameworkVersion).toBe('1');
  });
});

describe('a file without Keras', () => {
  it('costs nothing', () => {
    const analysis = analyzeSource({ kind: 'file', language: 'python', text: 'model = Sequential([Dense(3)])\n' });
    expect(analysis).toMatchObject({ models: [], steps: 0, complete: true });
  });
});

describe('budget', () => {
  const endless = 'model = keras.Sequential([keras.Input((4,))])\nwhile True:\n    model.add(layers.Dense(2))\n';

  it('ends an endless program and says so', () => {
    const analysis = analyzeSource(
      { kind: 'file', language: 'python', text: head + endless },
      { maxSteps: 2000, budgetMs: 5000 }
    );
    expect(analysis.complete).toBe(false);
    expect(analysis.problems.map((problem) => problem.code)).toContain('budget');
  });

  it('looks at cancellation', () => {
    const input = { kind: 'file', language: 'python', text: head + endless } as const;
    const analysis = analyzeSource(input, { budgetMs: 10_000, isCancelled: () => true });
    expect(analysis.problems.map((problem) => problem.code)).toContain('cancelled');
  });
});

describe('half-typed code', () => {
  it('keeps the other layers while an argument is missing', () => {
    const analysis = analyze(
      'model = keras.Sequential([\n    keras.Input((8, 8, 1)),\n    layers.Conv2D(4, 3),\n    layers.Conv2D(8, \n    layers.Flatten(),\n    layers.Dense(10),\n])\nmodel.compile()\n'
    );
    expect(names(analysis)).toEqual(['input_layer', 'conv2d', 'conv2d_1', 'flatten', 'dense']);
    expect(only(analysis).model.root.layers.get('conv2d_1')?.kind.kind).toBe('opaque');
    expect(only(analysis).model.root.layers.get('dense')?.source).toMatchObject({ startLine: 7, startColumn: 4 });
  });

  it('closes what the last line leaves open', () => {
    const analysis = analyze(
      'model = keras.Sequential()\nmodel.add(keras.Input((4,)))\nmodel.add(layers.Dense(3, activation="re'
    );
    expect(names(analysis)).toEqual(['input_layer', 'dense']);
  });

  it('survives an open bracket before the next statement', () => {
    const analysis = analyze(
      'model = keras.Sequential([keras.Input((4,)), layers.Dense(3\nother = keras.Sequential([keras.Input((4,)), layers.Dense(2)])\n'
    );
    expect(analysis.models.map((model) => model.name)).toEqual(['model', 'other']);
  });

  it('never throws, wherever a text is cut', () => {
    const text = `${head}N = 4
def block(x, n=3, *rest, **more):
    for i in range(n):
        x = layers.Conv2D(N * 2 ** i, (3, 3), name=f"c{i}", padding='same')(x)
    return x
i = keras.Input(shape=(8, 8, 1))
model = keras.Model(i, layers.Dense(2 if N > 3 else 1)(block(i)))
`;
    for (let end = 0; end <= text.length; end++) {
      expect(() => analyzeSource({ kind: 'file', language: 'python', text: text.slice(0, end) })).not.toThrow();
    }
  });
});

describe('notebooks', () => {
  const cells = [
    { index: 1, text: '%matplotlib inline\n!pip install keras\nimport keras\nfrom keras import layers' },
    {
      index: 3,
      text: 'SIZE = 8\nmodel = keras.Sequential([\n  keras.Input((SIZE, SIZE, 1)),\n  layers.Conv2D(4, 3),\n])'
    },
    { index: 4, text: '%%bash\nls (' },
    { index: 6, text: 'model.summary()\nmodel.add(layers.Flatten())' },
    { index: 7, text: 'model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])' }
  ];
  const analysis = analyzeSource({ kind: 'notebook', cells }, { budgetMs: 5000 });

  it('are one program in order, with places in their cells', () => {
    expect(analysis.definitions.map(({ key, range }) => [key, range.cell, range.startLine])).toEqual([
      ['model', 3, 1],
      ['model@2', 7, 0]
    ]);
    const layers = analysis.models[0]?.root.layers;
    expect(layers?.get('conv2d')?.source).toEqual({ startLine: 3, startColumn: 2, endLine: 3, endColumn: 21, cell: 3 });
    expect(layers?.get('flatten')?.source).toMatchObject({ startLine: 1, cell: 6 });
  });
});

describe('operators between tensors', () => {
  it('are layers, as in Keras 3', () => {
    const analysis = analyze(
      'i = keras.Input((4, 4, 2))\nx = i / 255.\nx = x * 2 - 1\ny = layers.Conv2D(2, 1)(x)\nmodel = keras.Model(i, x + y)\n'
    );
    const kinds = [...only(analysis).model.root.layers.values()].map((layer) => layer.kind);
    expect(kinds).toMatchObject([
      { kind: 'input' },
      { kind: 'rescale', scale: 1 / 255 },
      { kind: 'rescale', scale: 2 },
      { kind: 'rescale', offset: -1 },
      { kind: 'conv' },
      { kind: 'merge', operation: 'add' }
    ]);
  });
});
