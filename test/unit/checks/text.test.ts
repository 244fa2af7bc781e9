import { describe, expect, it } from 'vitest';
import { argumentOfCall, callAt } from '../../../src/checks/callText';
import { removeArgument, removeLayerLine, setArgument } from '../../../src/checks/edits';
import { literalOf } from '../../../src/checks/literals';
import { editDistance, nearestWord } from '../../../src/checks/nearest';
import { SourceText, type SourceLanguage } from '../../../src/checks/sourceText';
import { applied } from './checking';

/** The call that a text begins with. */
function callIn(text: string, language: SourceLanguage = 'python') {
  const lines = text.split('\n');
  const source = SourceText.ofFile(text, language);
  const range = {
    startLine: 0,
    startColumn: 0,
    endLine: lines.length - 1,
    endColumn: lines.at(-1)?.length ?? 0
  };
  return { source, call: callAt(source, range) };
}

describe('a call as it is written', () => {
  it.each([
    [
      'layers.Dense(10, activation="softmax")',
      [
        [null, '10'],
        ['activation', '"softmax"']
      ]
    ],
    [
      'Conv2D(\n  32,  # how many, (really)\n  (3, 3),\n  padding = "a,b)" ,\n)',
      [
        [null, '32'],
        [null, '(3, 3)'],
        ['padding', '"a,b)"']
      ]
    ],
    [
      'f(x == y, *more, **rest)',
      [
        [null, 'x == y'],
        [null, '*more'],
        [null, '**rest']
      ]
    ],
    ['f()', []],
    ["f(a='''x,\ny''')", [['a', "'''x,\ny'''"]]]
  ] as const)('%j', (text, args) => {
    expect(callIn(text).call?.args.map(({ name, text: value }) => [name, value])).toEqual(args);
  });

  it('with settings in JavaScript', () => {
    const { call } = callIn(
      "tf.layers.conv2d({filters: 8, 'kernelSize': [3, 3], activation, /* , */ useBias: false})",
      'javascript'
    );
    expect(call?.name).toBe('conv2d');
    expect(call?.args.map(({ name, text }) => [name, text])).toEqual([
      ['filters', '8'],
      ['kernelSize', '[3, 3]'],
      ['activation', 'activation'],
      ['useBias', 'false']
    ]);
  });

  it.each(['layers.Dense(10', 'layers.Dense(10, "a', 'x + y', 'layers.Dense(10]', ''])('is none in %j', (text) => {
    expect(callIn(text).call).toBeNull();
  });

  it('finds arguments by name or place, not behind an unpacked list', () => {
    const call = callIn('f(1, *more, 3, b=4)').call;
    if (call === null) throw new Error('no call');
    expect(argumentOfCall(call, 'a', 0)?.text).toBe('1');
    expect(argumentOfCall(call, 'c', 2)).toBeNull();
    expect(argumentOfCall(call, 'b', 3)?.text).toBe('4');
  });
});

describe('edits', () => {
  const edited = (text: string, change: 'set' | 'remove' | 'line', name: string, language?: SourceLanguage) => {
    const { source, call } = callIn(text, language);
    if (call === null) throw new Error('no call');
    const written = argumentOfCall(call, name);
    const edit =
      change === 'set'
        ? setArgument(source, call, name, written, '7')
        : change === 'line'
          ? removeLayerLine(source, call)
          : written === null
            ? null
            : removeArgument(source, call, written);
    return edit === null ? null : applied(text, [edit]);
  };

  it.each([
    ['f(1, a=2)', 'f(1, a=7)'],
    ['f(1)', 'f(1, a=7)'],
    ['f()', 'f(a=7)'],
    ['f(\n    1,\n    b=2,\n)', 'f(\n    1,\n    b=2, a=7,\n)'],
    ['f(b(1), c=[1, 2]  # why\n)', 'f(b(1), c=[1, 2], a=7  # why\n)']
  ])('set an argument in %j', (text, after) => {
    expect(edited(text, 'set', 'a')).toBe(after);
  });

  it('set a setting in JavaScript', () => {
    expect(edited('tf.f({b: 1})', 'set', 'a', 'javascript')).toBe('tf.f({b: 1, a: 7})');
  });

  it.each([
    ['f(a=1, b=2)', 'f(b=2)'],
    ['f(1, a=2)', 'f(1)'],
    ['f(a=1)', 'f()'],
    ['f(1, a=2, b=3)', 'f(1, b=3)']
  ])('remove an argument of %j', (text, after) => {
    expect(edited(text, 'remove', 'a')).toBe(after);
  });

  it('remove a line only where a layer stands alone on it', () => {
    expect(edited('Dropout(0.5),  # off', 'line', '')).toBe('');
    expect(edited('Dropout(0.5)', 'line', '')).toBe('');
    expect(edited('Dropout(0.5)(x)', 'line', '')).toBeNull();
  });
});

describe('words', () => {
  it.each([
    ['samee', 'same', 1],
    ['rleu', 'relu', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3]
  ])('%s and %s are %i apart', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('are meant where they are near', () => {
    expect(nearestWord('actvation', ['activation', 'axis'])).toBe('activation');
    expect(nearestWord('kernelsize', ['kernel_size', 'strides'])).toBe('kernel_size');
    expect(nearestWord('stride', ['strides', 'size'])).toBe('strides');
    expect(nearestWord('zebra', ['activation', 'axis'])).toBeNull();
  });

  it.each([
    ['1_000', 1000],
    ['-2.5e1', -25],
    ["'same'", 'same'],
    ['True', true],
    ['None', null],
    ['(28, 28, )', [28, 28]],
    ['n', undefined],
    ['f(1)', undefined],
    ['"a" + "b"', undefined]
  ])('%s as a literal', (text, value) => {
    expect(literalOf(text)).toEqual(value);
  });
});
