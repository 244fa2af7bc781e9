import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECK_CODES, CODES } from '../../../src/checks/codes';
import { severitiesOf } from '../../../src/checks/check';
import { findingsIn } from './checking';

const root = path.resolve(__dirname, '../../..');
const text = (name: string) => readFileSync(path.join(root, name), 'utf8');

describe('each code', () => {
  const sections = new Map(
    text('docs/checks.md')
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section] as const)
  );

  it('has its section in the handbook, with its severity, and no section is left over', () => {
    expect([...sections.keys()]).toEqual(CHECK_CODES);
    for (const [code, severity] of Object.entries(CODES)) {
      const word = { error: 'Error', warning: 'Warning', info: 'Information' }[severity];
      if (code !== 'output-units') expect(sections.get(code), code).toMatch(new RegExp(`^${code}\\n\\*${word}\\b`));
    }
  });

  it('is offered by the setting', () => {
    const manifest = JSON.parse(text('package.json')) as {
      readonly contributes: {
        readonly configuration: {
          readonly properties: Readonly<
            Record<string, { readonly propertyNames?: { readonly enum: readonly string[] } }>
          >;
        };
      };
    };
    const setting = manifest.contributes.configuration.properties['convlens.checkSeverity'];
    expect(setting?.propertyNames?.enum).toEqual(CHECK_CODES);
  });
});

describe('silence', () => {
  const model = (comment: string) => `import keras
from keras import layers
model = keras.Sequential([keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3),${comment}
    layers.BatchNormalization(), layers.Flatten(), layers.Dense(10, activation="softmax")])
`;
  const codes = (comment: string) => findingsIn(model(comment)).map(({ code }) => code);

  it('by a comment on the line, for all checks or for those it names', () => {
    expect(codes('')).toContain('bias-before-norm');
    expect(codes('  # convlens: ignore')).not.toContain('bias-before-norm');
    expect(codes('  # because  # convlens: ignore[shape-rank, convlens/bias-before-norm]')).not.toContain(
      'bias-before-norm'
    );
    expect(codes('  # convlens: ignore[shape-rank]')).toContain('bias-before-norm');
  });

  it('by a setting, whatever stands in it', () => {
    expect(
      severitiesOf({
        'convlens/shape-rank': 'off',
        'bias-before-norm': 'information',
        nonsense: 'off',
        'small-field': 3
      })
    ).toEqual(
      new Map([
        ['shape-rank', 'off'],
        ['bias-before-norm', 'info']
      ])
    );
    for (const nonsense of [null, 'off', 4, undefined]) expect(severitiesOf(nonsense)).toEqual(new Map());
  });
});

describe('a call that makes many layers', () => {
  const loop = (second: string) => `import keras
from keras import layers
model = keras.Sequential([keras.Input((28, 28, 1))])
for i in range(3):
    model.add(layers.Conv2D(8, 3))
    ${second}
model.add(layers.Flatten())
`;
  const bias = (text_: string) => findingsIn(text_).filter(({ code }) => code === 'bias-before-norm');

  it('is told of once, with the fix where all of them need it', () => {
    const found = bias(loop('model.add(layers.BatchNormalization())'));
    expect(found).toHaveLength(1);
    expect(found[0]?.fixes).toHaveLength(1);
  });

  it('has no fix where one of them needs its bias', () => {
    const found = bias(loop('if i > 0: model.add(layers.BatchNormalization())'));
    expect(found).toHaveLength(1);
    expect(found[0]?.fixes).toEqual([]);
  });
});
