import { describe, expect, it } from 'vitest';
import {
  escapeMarkdown,
  hoverMarkdown,
  thumbnailMarkdown,
  type Translate
} from '../../../src/extension/language/hoverText';
import { lensTitle } from '../../../src/extension/language/lensText';
import { problemAt, rowsAt, summaryOf } from '../../../src/extension/language/summaries';
import { analyzeSource } from '../../../src/source/analyze';

const t: Translate = (message, ...values) => message.replace(/\{(\d+)\}/g, (_, i) => String(values[Number(i)]));

const analysis = analyzeSource(
  {
    kind: 'file',
    language: 'python',
    text: `import keras
from keras import layers
def block(x):
    x = layers.Conv2D(8, 3)(x)
    return layers.BatchNormalization()(x)
i = keras.Input((28, 28, 1))
x = block(i)
for n in (16, 32):
    x = layers.Conv2D(n, 3, padding="same")(x)
model = keras.Model(i, layers.Dense(10)(layers.Flatten()(x)))
`
  },
  { budgetMs: 5000 }
);

const hoverAt = (line: number, column = 12): string => {
  const [found] = rowsAt(analysis, { line, column, cell: undefined });
  return found === undefined ? '' : hoverMarkdown(found, 'LINKS', t);
};

describe('hover', () => {
  it('shows one layer with shapes and the arithmetic of its parameters', () => {
    const text = hoverAt(3);
    expect(text).toContain('**Conv2D 3 × 3, 8 filters** · `conv2d`');
    expect(text).toContain('28 × 28 × 1 → 26 × 26 × 8');
    expect(text).toContain('Parameters: 3 × 3 × 1 × 8 + 8 = 80');
    expect(text).toContain('Multiply-adds: 48,672');
    expect(text).toContain('Receptive field: 3 × 3 px');
    expect(text).toContain('LINKS');
  });

  it('shows a table where a loop makes several layers', () => {
    const text = hoverAt(8);
    expect(text).toContain('2 layers, 5,808 parameters');
    expect(text).toContain('| conv2d\\_1 |');
    expect(text).toContain('| conv2d\\_2 |');
  });

  it('shows what a helper makes on the line of its call', () => {
    const text = hoverAt(6, 6);
    expect(text).toContain('2 layers, 112 parameters');
  });

  it('picks the innermost constructor on a line with several', () => {
    expect(hoverAt(9, 30)).toContain('`dense`');
    expect(hoverAt(9, 45)).toContain('`flatten`');
  });

  it('is silent elsewhere', () => {
    expect(hoverAt(0)).toBe('');
  });

  it('says why a definition is not understood, at the place that decides', () => {
    const text =
      'import keras\nmodel = keras.Sequential()\nfor i in range(depth):\n    model.add(keras.layers.ReLU())\n';
    const unresolved = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 5000 });
    expect(problemAt(unresolved, { line: 2, column: 4, cell: undefined })?.message).toContain('`depth` is not defined');
    expect(problemAt(unresolved, { line: 0, column: 4, cell: undefined })).toBeNull();
  });

  it('lets no name become Markdown', () => {
    expect(escapeMarkdown('[x](command:evil) <b>')).toBe('\\[x\\]\\(command:evil\\) \\<b\\>');
  });

  it('shows pictures one after the other', () => {
    expect(thumbnailMarkdown(['data:a', 'data:b'], t)).toBe('![kernel 0](data:a) ![kernel 1](data:b)');
    expect(thumbnailMarkdown([], t)).toBe('');
  });
});

describe('lens', () => {
  it('states the counts', () => {
    const [definition] = analysis.definitions;
    if (definition === undefined) throw new Error('no definition');
    const { totals } = summaryOf(definition);
    expect(lensTitle(totals, t)).toMatch(/^Inspect · 222,250 params · [\d.]+\u00a0M MACs$/);
    expect(lensTitle({ ...totals, params: null }, t)).toBe('Inspect');
  });
});
