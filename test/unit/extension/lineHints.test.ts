import { describe, expect, it } from 'vitest';
import { dataFormatOf, shapeWords } from '../../../src/core/shapeWords';
import { summarize } from '../../../src/core/summarize';
import { lineHints } from '../../../src/extension/lineHints';
import { deadChannels, hoverMarkdown } from '../../../src/extension/language/hoverText';
import { rowsAt } from '../../../src/extension/language/summaries';
import { analyzeSource } from '../../../src/source/analyze';

const plain = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d+)\}/g, (_, i: string) => String(values[Number(i)]));

const text = `import keras, os
from keras import layers
n = int(os.environ["N"])
a = keras.Input((28, 28, 1))
b = keras.Input((28, 28, 1))
shared = layers.Conv2D(32, 3, activation="relu")
x = layers.Subtract()([shared(a), shared(b)])
x = layers.Flatten()(x)
x = layers.Dense(10)(x)
x = layers.Dense(n)(x)
x = layers.Dense(3)(x)
model = keras.Model([a, b], x)
`;
const analysis = analyzeSource({ kind: 'file', text, language: 'python' }, { budgetMs: 5000 });
const hinted = analysis.definitions.map(({ model }) => ({
  rows: summarize(model).layers,
  format: dataFormatOf(model)
}));
const at = (line: number, withParameters = false) =>
  lineHints(hinted, undefined, withParameters).find((hint) => hint.line === line);

describe('the hint at the end of a line', () => {
  it('is the shape, in words where the mouse rests', () => {
    expect(at(6)).toEqual({
      line: 6,
      text: '26 × 26 × 32',
      tooltip: '26 high × 26 wide × 32 feature maps',
      unknown: false
    });
    expect(at(8)?.tooltip).toBe('10 numbers');
  });

  it('marks a shared layer', () => {
    expect(at(5)?.text).toBe('26 × 26 × 32 · 🔗 2');
    expect(at(5)?.tooltip).toContain('used 2 times with the same weights');
  });

  it('tells parameters where they are wanted, and where there are any', () => {
    expect(at(5, true)?.text).toContain('320 params');
    expect(at(7, true)?.text).toBe('21632');
  });

  it('is ? with its reason where a value is missing, and nothing behind', () => {
    expect(at(9)).toMatchObject({ text: '?', unknown: true });
    expect(at(9)?.tooltip).toMatch(/units is not known/);
    expect(at(10)).toBeUndefined();
  });
});

describe('shapes in words', () => {
  it.each([
    [[null, 1], 'channelsLast', '1 number'],
    [[null, 128, 9], 'channelsLast', '128 positions × 9 channels'],
    [[null, 26, 24, 1], 'channelsLast', '26 high × 24 wide × 1 feature map'],
    [[null, 64, 26, null], 'channelsFirst', '26 high × ? wide × 64 feature maps'],
    [[null, 4, 5, 6, 7], 'channelsLast', '4 deep × 5 high × 6 wide × 7 feature maps']
  ] as const)('%j', (shape, format, words) => {
    expect(shapeWords(shape, format)).toBe(words);
  });
});

describe('the hover on a layer', () => {
  const hoverOn = (line: number) => {
    const [found] = rowsAt(analysis, { line, column: text.split('\n')[line]?.indexOf('layers') ?? 0, cell: undefined });
    if (found === undefined) throw new Error(`nothing at line ${line}`);
    return hoverMarkdown(found, '', plain).replaceAll('\\', '');
  };

  it('says what the layer does, what goes in and out, and how the parameters come about', () => {
    const hover = hoverOn(5);
    expect(hover).toContain('Slides 32 learned filters of 3 × 3');
    expect(hover).toContain('28 × 28 × 1 → 26 × 26 × 32 (26 high × 26 wide × 32 feature maps)');
    expect(hover).toContain('3 × 3 × 1 × 32 + 32 = 320');
    expect(hover).toMatch(/Multiply-adds: [\d,]+/);
    expect(hover).toMatch(/Memory: /);
    expect(hover).toContain('Receptive field: 3 × 3 px');
    expect(hover).toContain('Shared: used 2 times');
  });

  it('says why something is not known', () => {
    expect(hoverOn(9)).toContain('units is not known');
  });

  it('tells the share of dead channels', () => {
    expect(deadChannels({ filters: 0, nearDead: 0 }, plain)).toBe('');
    expect(deadChannels({ filters: 8, nearDead: 0 }, plain)).toBe('Dead channels: none of 8');
    expect(deadChannels({ filters: 8, nearDead: 2 }, plain)).toContain('2 of 8 (25.0%');
  });
});
