import { parser } from '@lezer/python';
import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../../src/source/analyze';
import { closingInsertions, insertAll } from '../../../src/source/python/heal';
import type { Expression } from '../../../src/source/python/ast';
import { lowerPython } from '../../../src/source/python/lower';
import { parsePython } from '../../../src/source/python/parse';
import { numberValue, stringValue } from '../../../src/source/python/strings';

const heal = (text: string): string => insertAll(text, closingInsertions(text));

describe('healing', () => {
  it.each([
    ['f(a, b\nc = 1\n', 'f(a, b)\nc = 1\n'],
    ['m = S([\n  C(3,\n  D(),\n])\n', 'm = S([\n  C(3,),\n  D(),\n])\n'],
    ['f([1, 2)\n', 'f([1, 2])\n'],
    ["f(a='rel)\n", "f(a='rel')\n"],
    ['f(  # why (\n  1,\n)\n', 'f(  # why (\n  1,\n)\n'],
    ['x = """a (\nb"""\nf(', 'x = """a (\nb"""\nf()']
  ])('of %j', (text, healed) => {
    expect(heal(text)).toBe(healed);
  });
});

/** A logical expression with all its brackets. */
function bracketed(node: Expression): string {
  if (node.type === 'name') return node.name;
  if (node.type === 'unary') return `(${node.operator} ${bracketed(node.operand)})`;
  return node.type === 'logical' ? `(${bracketed(node.left)} ${node.operator} ${bracketed(node.right)})` : node.type;
}

describe('logic', () => {
  it.each([
    ['not a and b', '((not a) and b)'],
    ['not a or b and not c', '((not a) or (b and (not c)))'],
    ['a and not b or c', '((a and (not b)) or c)'],
    ['not (a and b) or c', '((not (a and b)) or c)'],
    ['not not a and b', '((not (not a)) and b)'],
    ['not a == b', '(not compare)'],
    ['(a\n  # why\n  and not b and c)', '((a and (not b)) and c)']
  ])('binds %j as Python does', (text, expected) => {
    const [statement] = lowerPython(`x = ${text}\n`).body;
    expect(statement?.type === 'assign' ? bracketed(statement.value) : null).toBe(expected);
  });
});

describe('the parser', () => {
  it.each(['x = 1./255\n', 'x = f(255., 1.)\n', 'x = 1.e-3\n', 'with (a as b, c(1) as d):\n    x = 1\n'])(
    'reads %j without errors',
    (text) => {
      expect(parsePython(text).errors).toBe(0);
    }
  );

  it('gives after an edit what it gives from scratch', () => {
    const line = (i: number): string => `x${i} = layers.Conv2D(${i}, (3, 3), name="a${i}")(x)\n`;
    const lines = Array.from({ length: 60 }, (_, i) => line(i));
    for (let i = 0; i < 60; i += 7) {
      lines[i] = `if x:\n    y = [${i},\n        2]\n`;
      const text = lines.join('');
      expect(parsePython(text).tree.toString()).toBe(parser.parse(text).toString());
    }
  });
});

describe('literals', () => {
  it.each([
    ['1_000', 1000],
    ['0x1F', 31],
    ['255.', 255],
    ['1.e-3', 0.001],
    ['.5', 0.5]
  ])('%s', (text, value) => {
    expect(numberValue(text)?.value).toBe(value);
  });

  it.each([
    ["'a\\n'", 'a\n'],
    ["r'a\\n'", 'a\\n'],
    ['"""a"b"""', 'a"b'],
    ["'open", 'open']
  ])('%s', (text, value) => {
    expect(stringValue(text)).toBe(value);
  });
});

describe('hostile text', () => {
  it('nested thousands deep gets a clear answer', () => {
    const text = `import keras\nx = ${'('.repeat(20_000)}1${')'.repeat(20_000)}\n`;
    const analysis = analyzeSource({ kind: 'file', language: 'python', text });
    expect(analysis.models).toEqual([]);
  });

  it('follows a chain of thousands of layers', () => {
    const text = `import keras
from keras import layers
i = keras.Input((4,))
x = i
for n in range(3000):
    x = layers.ReLU()(x)
width = x.shape[-1]
model = keras.Model(i, layers.Dense(width)(x))
`;
    const analysis = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 20_000 });
    expect(analysis.models[0]?.root.layers.size).toBe(3002);
  });
});
