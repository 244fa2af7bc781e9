import { describe, expect, it } from 'vitest';
import { summarize } from '../../../src/core/summarize';
import { analyzeSource, type SourceAnalysis } from '../../../src/source/analyze';

const analyze = (text: string): SourceAnalysis =>
  analyzeSource(
    { kind: 'file', language: 'python', text: `import keras\nfrom keras import layers\n${text}` },
    { budgetMs: 5000 }
  );

const model = (analysis: SourceAnalysis) => {
  const [first] = analysis.models;
  if (first === undefined) throw new Error('no model');
  return first;
};

describe('what stands around a model', () => {
  const text = `from keras.datasets import fashion_mnist
class_names = ["shirt", "trouser", "coat"]
other = ["a", "b", "c"]
(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
x_train = x_train.reshape(-1, 28, 28, 1)
x_train = x_train / 255.0
x_train = x_train - 0.5
net = keras.Sequential([layers.Flatten(), layers.Dense(3)])
net.compile(optimizer="adam", loss="mse")
net.fit(x_train, y_train, epochs=3)
`;

  it('gives the shape of the data that fit is given to a model without one', () => {
    expect(summarize(model(analyze(text))).totals.params).toBe(28 * 28 * 3 + 3);
  });

  it('is what the code does to its arrays, with the lines', () => {
    expect(model(analyze(text)).training?.inputSteps).toEqual([
      { value: { operator: '/', value: 255 }, line: 7 },
      { value: { operator: '-', value: 0.5 }, line: 8 }
    ]);
  });

  it('are the names of the classes, where one list alone has as many', () => {
    const found = model(analyze(text));
    expect(found.classNames).toEqual(['shirt', 'trouser', 'coat']);
    expect(found.notices).toMatchObject([
      { code: 'class-names', message: expect.stringContaining('line 4') as string }
    ]);
    expect(model(analyze(`labels = ["x", "y", "z"]\n${text}`)).classNames).toBeNull();
    expect(model(analyze(text.replace(', "coat"', ''))).classNames).toBeNull();
  });

  it('is the size of the images of a folder', () => {
    const found =
      analyze(`data = keras.utils.image_dataset_from_directory("x", image_size=(40, 30), color_mode="grayscale")
data = data.cache().prefetch(2)
net = keras.Sequential([layers.Rescaling(1 / 255), layers.Conv2D(2, 3)])
net.fit(data)
`);
    expect(summarize(model(found)).outputs[0]?.shape).toEqual([null, 38, 28, 2]);
  });
});

describe('values of the program', () => {
  it('are the defaults of the command line', () => {
    const found = analyze(`import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--hidden-units", type=int, default=6)
parser.add_argument("path")
args = parser.parse_args()
net = keras.Sequential([keras.Input((2,)), layers.Dense(args.hidden_units)])
`);
    expect(summarize(model(found)).totals.params).toBe(18);
  });

  it('are fields of data classes, partial functions and properties', () => {
    const found = analyze(`from dataclasses import dataclass
from functools import partial
@dataclass
class Config:
    inputs: int
    width: int = 4
    @property
    def double(self):
        return 2 * self.width
config = Config(3)
Wide = partial(layers.Dense, config.double)
net = keras.Sequential([keras.Input((config.inputs,)), Wide(use_bias=False), Wide()])
`);
    expect(summarize(model(found)).totals.params).toBe(24 + 72);
  });

  it('are lost where an object changes under a condition that is not known', () => {
    const found = analyze(`class Config:
    def __init__(self):
        self.width = 4
        self.depth = 2
config = Config()
if args.wide:
    config.width = 8
net = keras.Sequential([keras.Input((3,)), layers.Dense(config.width), layers.Dense(config.depth)])
`);
    const [, wide, deep] = [...model(found).root.layers.values()];
    expect(wide?.kind).toMatchObject({ kind: 'opaque' });
    expect(deep?.kind).toMatchObject({ kind: 'dense', units: 2 });
  });
});
