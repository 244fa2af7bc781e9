import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource, type SourceAnalysis } from '../../../src/source/analyze';
import { readLiteral } from '../../../src/source/overrides';

const folder = path.join(import.meta.dirname, '../../fixtures/source/torch');

interface TrueModule {
  readonly input: (number | null)[];
  readonly outputs: (number | null)[][];
  readonly params: number;
  readonly trainableParams: number;
  readonly buffers: number;
  readonly layers: readonly { name: string; type: string; outputShape: (number | null)[]; params: number }[];
  readonly unused: readonly string[];
}

const truth = JSON.parse(readFileSync(path.join(folder, 'truth.json'), 'utf8')) as {
  files: Record<string, Record<string, TrueModule>>;
};

/** A network has its class's name, or its maker's where one class makes several networks. */
const NAMES: Readonly<Record<string, string>> = {
  net: 'Net',
  small: 'resnet18',
  large: 'resnet50',
  vgg: 'VGG',
  mobile: 'Mobile',
  total: 'Sum',
  shuffle: 'Shuffle',
  sound: 'Sound',
  volume: 'Volume'
};

function analyze(text: string, set: Record<string, string> = {}): SourceAnalysis {
  const literals = new Map(
    Object.entries(set).map(([name, value]) => {
      const literal = readLiteral(value);
      if (literal === null) throw new Error(value);
      return [name, literal];
    })
  );
  return analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 20_000, set: literals });
}

describe.each(Object.entries(truth.files))('%s', (file, modules) => {
  const analysis = analyze(readFileSync(path.join(folder, file), 'utf8'));

  it('defines exactly the networks that PyTorch makes', () => {
    expect(analysis.problems).toEqual([]);
    expect(analysis.complete).toBe(true);
    const names = Object.keys(modules).map((name) => NAMES[name] ?? name);
    expect(analysis.models.map((model) => model.name).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(modules))('%s has the layers, shapes and counts of PyTorch', (name, expected) => {
    const model = analysis.models.find((other) => other.name === (NAMES[name] ?? name));
    if (model === undefined) throw new Error(`${name} was not found`);
    const summary = summarize(model);
    const rows = summary.layers.filter((row) => row.listed && row.calls > 0);
    const leaves = expected.layers.map((layer) => [layer.name, layer.type, layer.outputShape, layer.params]);
    expect(rows.map((row) => [row.name, row.sourceType, row.outputShape, row.params])).toEqual(leaves);
    const unused = summary.layers.filter((row) => row.listed && row.calls === 0 && row.sourceType !== 'Parameter');
    expect(unused.map((row) => row.name)).toEqual(expected.unused);
    expect(summary.inputs.map((input) => input.shape)).toEqual([expected.input]);
    expect(summary.outputs.map((output) => output.shape)).toEqual(expected.outputs);
    expect(summary.totals.params).toBe(expected.params);
    expect(summary.totals.trainableParams).toBe(expected.trainableParams);
    expect(summary.totals.buffers).toBe(expected.buffers);
    expect(summary.diagnostics).toEqual([]);
  });
});

const head = `import torch
from torch import nn
import torch.nn.functional as F
`;
const only = (analysis: SourceAnalysis): SourceAnalysis['definitions'][number] => {
  const [first, second] = analysis.definitions;
  if (first === undefined || second !== undefined) throw new Error(`${analysis.definitions.length} definitions`);
  return first;
};
const summaryOf = (text: string, set: Record<string, string> = {}) => summarize(only(analyze(head + text, set)).model);

const flattened = (features: number): string => `class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(${features}, 10)
    def forward(self, x):
        return self.fc(torch.flatten(F.relu(self.conv(x)), 1))
`;

describe('the size of the input', () => {
  it('is not needed for the parameters', () => {
    const summary = summaryOf(
      'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Conv2d(3, 8, 3)\n        self.b = nn.Conv2d(8, 4, 1)\n    def forward(self, x):\n        return self.b(self.a(x))\n'
    );
    expect(summary.totals.params).toBe(3 * 8 * 9 + 8 + 36);
    expect(summary.inputs[0]?.shape).toEqual([null, 3, null, null]);
    expect(summary.totals.macs).toBeNull();
  });

  it('is inferred where one square alone fits, and says so', () => {
    const summary = summaryOf(flattened(8 * 30 * 30));
    expect(summary.inputs[0]?.shape).toEqual([null, 3, 32, 32]);
    expect(summary.notices).toMatchObject([{ code: 'input-inferred' }]);
    expect(summary.diagnostics).toEqual([]);
  });

  it('is asked for with sizes that fit where several do', () => {
    const text = flattened(8 * 15 * 15).replace('F.relu(self.conv(x))', 'F.max_pool2d(self.conv(x), 2)');
    const { questions } = only(analyze(head + text));
    expect(questions).toMatchObject([{ name: 'input_shape', offers: ['(3, 32, 32)'] }]);
    const answered = summaryOf(text, { input_shape: '(3, 33, 33)' });
    expect(answered.inputs[0]?.shape).toEqual([null, 3, 33, 33]);
    expect(answered.totals.macs).toBe(31 * 31 * 27 * 8 + 1800 * 10);
  });

  it('that does not fit is an error at the layer that cannot take it', () => {
    const summary = summaryOf(flattened(400), { input_shape: '(3, 32, 32)' });
    expect(summary.diagnostics).toMatchObject([{ severity: 'error', code: 'shape-channels', line: 8 }]);
  });

  it('is taken from the data the network is called on', () => {
    const summary = summaryOf(
      `${flattened(400)}from torchinfo import summary\nsummary(Net(), input_size=(1, 3, 7, 12))\n`
    );
    expect(summary.inputs[0]?.shape).toEqual([null, 3, 7, 12]);
  });
});

describe('sizes that a constructor measures', () => {
  it('are those that data of the stated size has behind the layers', () => {
    const summary = summaryOf(`class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 8, 8, stride=4)
        size = self.conv(torch.zeros(1, 4, 84, 84)).view(1, -1).size(1)
        self.fc = nn.Linear(size, 2)
    def forward(self, x):
        return self.fc(self.conv(x / 256).flatten(1))
`);
    expect(summary.totals.params).toBe(4 * 64 * 8 + 8 + 20 * 20 * 8 * 2 + 2);
  });
});

describe('what the text does not determine', () => {
  it('is reported where nothing of a network is known', () => {
    const analysis = analyze(
      `${head}import torchvision\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = torchvision.models.resnet18()\n    def forward(self, x):\n        return self.body(x)\n`
    );
    expect(analysis.models).toEqual([]);
    expect(analysis.problems).toMatchObject([
      { code: 'unresolved', message: expect.stringContaining('resnet18') as string }
    ]);
  });

  it('stops the totals where a layer is not known', () => {
    const summary = summaryOf(
      'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Conv2d(3, 8, 3)\n        self.b = make_head(8)\n    def forward(self, x):\n        return self.b(self.a(x))\n'
    );
    expect(summary.totals.params).toBeNull();
    expect(summary.layers.find((row) => row.name === 'a')?.params).toBe(224);
  });

  it('is asked by name, with the reason', () => {
    const text =
      'class Net(nn.Module):\n    def __init__(self, classes):\n        super().__init__()\n        self.fc = nn.Linear(8, classes)\n    def forward(self, x):\n        return self.fc(x)\n';
    const analysis = analyze(head + text);
    expect(only(analysis).model.root.layers.get('fc')?.kind).toMatchObject({
      reason: expect.stringContaining('`classes` is a parameter of `__init__`') as string
    });
    expect(analysis.settableNames).toContain('classes');
    expect(summaryOf(text, { classes: '3' }).totals.params).toBe(27);
  });

  it('keeps the parameters of a layer whose stride alone is not known', () => {
    const summary = summaryOf(
      'class Net(nn.Module):\n    def __init__(self, stride):\n        super().__init__()\n        self.a = nn.Conv2d(3, 8, 3, stride=stride)\n    def forward(self, x):\n        return self.a(x)\n'
    );
    expect(summary.totals.params).toBe(224);
    expect(summary.layers.find((row) => row.name === 'a')?.outputShape).toBeNull();
  });

  it('leaves no definition where a condition decides on a layer', () => {
    const analysis = analyze(
      `${head}class Net(nn.Module):\n    def __init__(self, deep):\n        super().__init__()\n        self.a = nn.Linear(3, 4)\n        if deep:\n            self.b = nn.Linear(4, 4)\n    def forward(self, x):\n        return self.a(x)\n`
    );
    expect(analysis.models).toEqual([]);
    expect(analysis.problems).toMatchObject([
      { code: 'unresolved', message: expect.stringContaining('deep') as string }
    ]);
  });

  it('does not count layers in a plain list, as PyTorch does not', () => {
    const summary = summaryOf(
      'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(3, 4)\n        self.more = [nn.Linear(4, 4)]\n    def forward(self, x):\n        x = self.a(x)\n        for layer in self.more:\n            x = layer(x)\n        return x\n'
    );
    expect(summary.totals.params).toBe(16);
    expect(summary.notices).toMatchObject([{ code: 'not-registered' }]);
    expect(summary.outputs[0]?.shape).toEqual([null, 4]);
  });

  it('counts frozen parts as not trainable', () => {
    const summary = summaryOf(
      `${flattened(8 * 30 * 30)}net = Net()\nfor p in net.conv.parameters():\n    p.requires_grad = False\n`
    );
    expect(summary.totals.trainableParams).toBe(7200 * 10 + 10);
  });
});

describe('a dense layer that comes first', () => {
  const text = (dim: number): string =>
    `class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 2)\n    def forward(self, x):\n        return F.softmax(self.a(x), dim=${dim})\n`;

  it('makes the input vectors, unless they do not fit', () => {
    expect(summaryOf(text(1)).inputs[0]?.shape).toEqual([null, 4]);
    const summary = summaryOf(text(2));
    expect(summary.inputs[0]?.shape).toBeNull();
    expect(summary.diagnostics).toEqual([]);
    expect(summary.totals.params).toBe(10);
  });
});

describe('half-typed code', () => {
  const text = readFileSync(path.join(folder, 'containers.py'), 'utf8');

  it('never throws, wherever a text is cut', () => {
    for (let end = 0; end < text.length; end += 61) expect(() => analyze(text.slice(0, end))).not.toThrow();
  });
});

describe('places', () => {
  it('are the constructors of modules, the operations of `forward`, and the line of the class', () => {
    const { model, range, callSites } = only(analyze(head + flattened(7200)));
    expect(range).toMatchObject({ startLine: 3, startColumn: 0 });
    expect(model.root.layers.get('conv')?.source).toMatchObject({ startLine: 6, startColumn: 20 });
    expect(model.root.layers.get('relu')?.source).toMatchObject({ startLine: 9 });
    expect(callSites.get('conv')).toMatchObject([{ startLine: 3 }]);
  });
});

describe('other files of the project', () => {
  it('are read where the resolver finds them, and shown at the place that leads to them', () => {
    const blocks = `${head}def block(n, m):\n    return nn.Sequential(nn.Conv2d(n, m, 3, padding=1), nn.BatchNorm2d(m))\n`;
    const text = `${head}from nets.blocks import block\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = block(3, 8)\n    def forward(self, x):\n        return self.body(x)\n`;
    const analysis = analyzeSource(
      { kind: 'file', language: 'python', text },
      {
        budgetMs: 5000,
        resolve: ({ module }) => (module === 'nets.blocks' ? { key: 'nets/blocks.py', text: blocks } : null)
      }
    );
    const { model } = only(analysis);
    expect(summarize(model).totals.params).toBe(224 + 16);
    expect(model.root.layers.get('body.0')?.source).toMatchObject({ startLine: 7 });
  });
});
