import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsIn } from './checking';

const root = path.resolve(__dirname, '../../..');
const sourcesIn = (folder: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => /\.(py|js)$/.test(name))
    .map((name) => path.join(folder, name));
const errorsIn = (text: string) => findingsIn(text).filter(({ severity }) => severity === 'error');

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A network that works, spelt in many ways: every window fits what is left of the maps. */
function soundModel(seed: number): string {
  const random = generator(seed);
  const pick = <T>(choices: readonly T[]): T => {
    const chosen = choices[Math.floor(random() * choices.length)];
    if (chosen === undefined) throw new Error('no choice');
    return chosen;
  };
  let size = pick([20, 28, 32, 33, 64]);
  const colours = pick([1, 3]);
  const lines: string[] = [];
  const early = random() < 0.5;
  if (early) lines.push(`keras.Input(${pick(['', 'shape='])}(${size}, ${size}, ${colours}))`);
  const opening = early ? '' : `, input_shape=(${size}, ${size}, ${colours})`;
  for (let i = 0; i < 6; i++) {
    const first = i === 0 ? opening : '';
    const kernel = pick([1, 2, 3, 5, 7]);
    const stride = pick([1, 1, 2]);
    const same = random() < 0.5 || kernel > size;
    const kind = i === 0 ? 'conv' : pick(['conv', 'conv', 'pool', 'norm', 'drop', 'depthwise', 'act']);
    const words = `${pick([`${kernel}`, `(${kernel}, ${kernel})`, `kernel_size=${kernel}`])}, strides=${stride}${same ? ', padding="same"' : ''}`;
    if (kind === 'conv')
      lines.push(`layers.Conv2D(${pick([4, 8])}, ${words}${pick([', activation="relu"', ''])}${first})`);
    else if (kind === 'depthwise') lines.push(`layers.DepthwiseConv2D(${words})`);
    else if (kind === 'pool' && size >= 2)
      lines.push(pick(['layers.MaxPooling2D()', 'layers.AveragePooling2D((2, 2))']));
    else if (kind === 'norm') lines.push('layers.BatchNormalization(momentum=0.9)');
    else if (kind === 'drop') lines.push(`layers.Dropout(${pick([0, 0.25, 0.5])})`);
    else lines.push(pick(['layers.ReLU()', 'layers.Activation("relu")', 'layers.LeakyReLU()']));
    if (kind === 'conv' || kind === 'depthwise')
      size = same ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
    else if (kind === 'pool' && size >= 2) size = Math.floor((size - 2) / 2) + 1;
  }
  lines.push(pick(['layers.Flatten()', 'layers.GlobalAveragePooling2D()', 'layers.GlobalMaxPooling2D()']));
  lines.push('layers.Dense(16, activation="relu")', 'layers.Dense(10, activation="softmax")');
  return `import keras\nfrom keras import layers\n\nmodel = keras.Sequential([\n${lines.map((line) => `    ${line},\n`).join('')}])\n`;
}

describe('correct models', () => {
  it.each([
    ...sourcesIn('samples'),
    ...sourcesIn('test/fixtures/source'),
    ...sourcesIn('test/fixtures/source/torch'),
    ...sourcesIn('test/fixtures/source/tfjs')
  ])('%s has no errors', (name) => {
    const findings = findingsIn(
      readFileSync(path.join(root, name), 'utf8'),
      name.endsWith('.py') ? 'python' : 'javascript'
    );
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('made at random, 200 of them, have none', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      if (seed % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      const text = soundModel(seed);
      expect(
        errorsIn(text).map(({ message }) => message),
        `${seed}\n${text}`
      ).toEqual([]);
    }
  });

  it('have none while a value is not known', () => {
    const unknown = `import keras, os
from keras import layers
n = int(os.environ["N"])
model = keras.Sequential([
    keras.Input((n, n, 3)), layers.Conv2D(n, n, padding=os.environ["P"]), layers.Flatten(), layers.Dropout(n), layers.Dense(n)])
`;
    expect(errorsIn(unknown)).toEqual([]);
  });
});

describe('a word that the code registers', () => {
  it('may name an activation', () => {
    const text = `import tensorflow as tf
tf.keras.utils.get_custom_objects()["bent"] = lambda x: x
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(3, activation="bent")])
`;
    expect(errorsIn(text)).toEqual([]);
    expect(errorsIn(text.replace('get_custom_objects', 'get_objects')).map(({ code }) => code)).toEqual([
      'impossible-value'
    ]);
  });
});

describe('the sample', () => {
  it('says what a course on it would say, and nothing of consequence', () => {
    const findings = findingsIn(readFileSync(path.join(root, 'samples/digits_cnn.py'), 'utf8'));
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['info dropped-remainder']);
  });
});
