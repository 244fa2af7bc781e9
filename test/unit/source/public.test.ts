/** Turns of public code that once stopped the analysis; counts and shapes are those of Keras and PyTorch. */
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import type { ModelSummary } from '../../../src/core/summary';
import { analyzeSource, type SourceAnalysis } from '../../../src/source/analyze';

const analyze = (text: string, language: 'python' | 'javascript' = 'python'): SourceAnalysis =>
  analyzeSource({ kind: 'file', language, text }, { budgetMs: 20_000 });

function only(analysis: SourceAnalysis): ModelSummary {
  expect(analysis.models.length, JSON.stringify(analysis.problems)).toBe(1);
  const [model] = analysis.models;
  if (model === undefined) throw new Error('no model');
  return summarize(model);
}

const TORCH = 'import torch\nfrom torch import nn\nimport torch.nn.functional as F\n';
const KERAS = 'import keras\nfrom keras import layers\nimport numpy as np\n';

/** A network of one convolution, 1 to 2 channels with a window of 3 (20 numbers), and what `forward` does with `y`. */
const net = (init: string, forward: string): string =>
  `${TORCH}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(1, 2, 3)\n${init
    .split('\n')
    .map((line) => `        ${line}\n`)
    .join('')}    def forward(self, x):\n        y = self.conv(x)\n${forward
    .split('\n')
    .map((line) => `        ${line}\n`)
    .join('')}        return y\n`;

describe('work that makes no layer', () => {
  it('ends without ending the analysis, in loops inside each other', () => {
    const found = analyze(
      `${TORCH}def image(n):\n    total = 0\n    for a in range(n):\n        for b in range(n):\n            total = total + a * b\n    return total\n` +
        'data = [image(40) for i in range(500)]\nfor epoch in range(30):\n    for step in range(40):\n        image(40)\n' +
        'net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3))\n'
    );
    expect(found.complete).toBe(true);
    expect(only(found).totals.params).toBe(20 + 27);
  });
});

describe('a `forward` that cannot be followed', () => {
  it('leaves the parameters known where the modules hold nothing unknown', () => {
    const summary = only(analyze(net('self.fc = nn.Linear(2, 3)', 'y = F.mystery(helper(y))\ny = self.fc(y)')));
    expect(summary.totals.params).toBe(20 + 9);
  });

  it('leaves them open where an attribute may be a module', () => {
    const summary = only(analyze(net('self.more = make_head()', 'y = helper(self.conv)')));
    expect(summary.totals.params).toBeNull();
  });
});

describe('tensors that `forward` makes', () => {
  const shapeBehind = (forward: string): unknown => {
    const summary = only(
      analyze(`${net('self.last = nn.Identity()', `${forward}\ny = self.last(y)`)}Net()(torch.zeros(4, 1, 8, 8))\n`)
    );
    return summary.layers.find((row) => row.name === 'last')?.outputShape ?? null;
  };

  it.each([
    ['y = y * (torch.ones(1, 2, 1, 1) * torch.zeros(1, 1, 6, 6))', [null, 2, 6, 6]],
    ['y = y * (torch.zeros(1, 1, 1, 1) + torch.ones(1, 2, 6, 1))', [null, 2, 6, 6]],
    ['y = self.conv(x) @ torch.ones(1, 1, 6, 5)', [null, 2, 6, 5]],
    ['y = torch.matmul(y[:, :1], y.transpose(2, 3))', [null, 2, 6, 6]],
    ['y = y * (torch.ones(2, 6, 6) @ torch.ones(6, 1))', null],
    ['y = y * torch.rand(unknown)', null],
    ['y = y * torch.zeros(*unknown)', null],
    ['y = y * torch.rand(y.size(0), 1, 1, 1)', [null, 2, 6, 6]],
    ['y = y[:, :1] * torch.rand(y.size(0), 5, 1, 1)', [null, 5, 6, 6]]
  ])('%s', (forward, shape) => {
    expect(shapeBehind(forward)).toEqual(shape);
  });

  it('have the numbers that are counted out', () => {
    const text = net(
      'rates = [x.item() for x in torch.linspace(0, 0.2, 3)]\nself.all = nn.Sequential(*[nn.Conv2d(2, 2, 1) if rate > 0 else nn.Identity() for rate in rates])',
      'y = self.all(y)'
    );
    expect(only(analyze(text)).totals.params).toBe(20 + 2 * 6);
  });
});

describe('a class that only remarks mention', () => {
  it('is a network of its own', () => {
    const found = analyze(
      `${TORCH}class Net(nn.Module):\n    def __init__(self, classes, scale):\n        super().__init__()\n        self.fc = nn.Linear(4, 3)\n    def forward(self, x):\n        return self.fc(x)\n` +
        'def freeze(net):\n    """Freezes a Net."""\n    # Net\n    return net\n'
    );
    expect(only(found).totals.params).toBe(15);
  });
});

describe('code that raises an error', () => {
  it('gives no value', () => {
    const found = analyze(
      `${TORCH}def body(name):\n    if name == "small":\n        return nn.Linear(2, 3)\n    else:\n        known = ["small"]\n        raise ValueError(known)\n` +
        'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = body("large")\n        self.fc = nn.Linear(3, 3)\n    def forward(self, x):\n        return self.fc(self.body(x))\n'
    );
    expect(only(found).totals.params).toBeNull();
  });
});

describe('the labels of a known data set', () => {
  const load = 'from keras.datasets import cifar10\n(x, y), (xt, yt) = cifar10.load_data()\n';
  it.each([
    ['y = keras.utils.to_categorical(y)\nn = y.shape[1]', 10],
    ['n = len(np.unique(y))', 10],
    ['n = np.max(y) + 1', 10],
    ['n = keras.utils.to_categorical(y.reshape(-1).astype("int32")).shape[-1]', 10],
    ['n = keras.utils.to_categorical(y[:100]).shape[1]', null]
  ])('%s', (code, classes) => {
    const text = `${KERAS}${load}${code}\nnet = keras.Sequential([layers.Flatten(input_shape=x.shape[1:]), layers.Dense(n)])\n`;
    expect(only(analyze(text)).totals.params).toBe(classes === null ? null : 3072 * classes + classes);
  });
});

describe('data of a shape that the code states late', () => {
  it.each([
    'data = np.array(read()).reshape(-1, 12, 12, 1)\nnet.fit(data / 255.0)',
    'data = keras.utils.image_dataset_from_directory("x", image_size=(12, 12), color_mode="grayscale")\ndata = data.map(lambda x, y: (x / 255.0, y)).prefetch(1)\nnet.fit(data)'
  ])('%s', (code) => {
    const text = `${KERAS}net = keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])\n${code}\n`;
    expect(only(analyze(text)).totals.params).toBe(20 + 200 * 3 + 3);
  });

  it('stays unknown where it does not', () => {
    const text = `${KERAS}net = keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])\nnet.fit(np.array(read()) / 255.0)\n`;
    expect(only(analyze(text)).totals.params).toBeNull();
  });
});

describe('lower-case functions of a module taken over whole', () => {
  it('are layers', () => {
    const text =
      'from keras.layers import *\nfrom keras.models import *\na = Input((4, 4, 2))\nb = multiply([a, Conv2D(2, 1)(a)])\nnet = Model(a, Dense(3)(Flatten()(b)))\n';
    expect(only(analyze(text)).totals.params).toBe(6 + 99);
  });
});

describe('generators of pictures', () => {
  const make =
    'from keras.preprocessing.image import ImageDataGenerator\ndata = ImageDataGenerator(rescale=1 / 255).flow_from_directory("x", ';

  it('give a model its input, and their classes', () => {
    const text = `${KERAS}${make}target_size=(40, 30), color_mode="grayscale", classes=["a", "b", "c"])\nnet = keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(data.num_classes)])\nnet.fit_generator(data)\n`;
    const summary = only(analyze(text));
    expect(summary.layers.find((row) => row.sourceType === 'Conv2D')?.outputShape).toEqual([null, 38, 28, 2]);
    expect(summary.totals.params).toBe(20 + 38 * 28 * 2 * 3 + 3);
  });

  it('give colour pictures of 256 pixels unless told', () => {
    const summary = only(analyze(`${KERAS}${make})\nnet = keras.Sequential([layers.Conv2D(2, 3)])\nnet.fit(data)\n`));
    expect(summary.layers.find((row) => row.sourceType === 'Conv2D')?.outputShape).toEqual([null, 254, 254, 2]);
  });
});

describe('the layers of a pretrained network, one by one', () => {
  const text = `${KERAS}base = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), include_top=False)\nnet = keras.Sequential()\nfor layer in base.layers:\n    net.add(layer)\nnet.add(layers.Flatten())\n`;

  it('bring the input with them', () => {
    const found = analyze(`${text}net.add(layers.Dense(2))\n`).models.find((model) => model.name === 'net');
    if (found === undefined) throw new Error('no net');
    expect(summarize(found).totals.params).toBe(14_714_688 + 512 * 2 + 2);
    expect(summarize(found).outputs[0]?.shape).toEqual([null, 2]);
  });

  it('say what shape leaves them', () => {
    const top = `${KERAS}base = keras.applications.VGG16(weights=None, input_shape=(64, 64, 3), include_top=False)\ntop = keras.Sequential([layers.Flatten(input_shape=base.output_shape[1:]), layers.Dense(2)])\n`;
    const found = analyze(top).models.find((model) => model.name === 'top');
    if (found === undefined) throw new Error('no top');
    expect(summarize(found).totals.params).toBe(2 * 2 * 512 * 2 + 2);
  });

  it('are not certain once the list of them is changed, which only older versions mean', () => {
    const found = analyze(`${text}net.layers.pop()\nnet.add(layers.Dense(2))\n`);
    expect(found.models.some((model) => model.name === 'net')).toBe(false);
    expect(found.problems).toMatchObject([{ message: expect.stringContaining('depends on the version') as string }]);
  });
});

describe('the pictures of TensorFlow.js', () => {
  it('leave a model as it is', () => {
    const found = analyze(
      'const net = tf.sequential();\nnet.add(tf.layers.dense({ units: 2, inputShape: [3] }));\ntfvis.show.modelSummary({ name: "x" }, net);\nnet.add(tf.layers.dense({ units: 1 }));\n',
      'javascript'
    );
    expect(only(found).totals.params).toBe(8 + 3);
  });
});
