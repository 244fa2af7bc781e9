import { describe, expect, it } from 'vitest';
import { definitionAt, definitionOf, layerAt } from '../../../src/extension/layerAt';
import { analyzeSource } from '../../../src/source/analyze';

const text = `from tensorflow import keras
from tensorflow.keras import layers
model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(8, 3,
                  activation="relu", name="first"),
    layers.Dense(10, name="last"),
])
model = keras.Sequential([layers.Input((4,)), layers.Dense(2, name="only")])
`;
const analysis = analyzeSource({ kind: 'file', text, language: 'python' });

describe('from the cursor to the layer', () => {
  it('finds the layer whose call holds the cursor', () => {
    const model = definitionOf(analysis, 'model');
    if (model === null) throw new Error('the definition was not found');
    const at = (line: number, column: number) => layerAt(model, { line, column, cell: undefined });
    expect(at(4, 15)).toBe('first');
    expect(at(5, 30)).toBe('first');
    expect(at(6, 10)).toBe('last');
    expect(at(6, 0)).toBe('last');
    expect(at(0, 3)).toBeNull();
    expect(layerAt(model, { line: 4, column: 15, cell: 2 })).toBeNull();
  });

  it('tells definitions under one name apart', () => {
    expect(definitionAt(analysis, { line: 4, column: 15, cell: undefined })?.key).toBe('model');
    expect(definitionAt(analysis, { line: 8, column: 55, cell: undefined })?.key).toBe('model@2');
    expect(definitionOf(analysis, 'nobody')).toBeNull();
  });
});
