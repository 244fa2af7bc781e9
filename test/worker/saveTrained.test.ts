/** A trained epoch written as a file of each format. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPortable } from '../../src/protocol/portableModel';
import { openModelFile } from '../../src/readers/open';
import { analyzeSource } from '../../src/source/analyze';
import { createHandlers } from '../../src/worker/handlers';
import { Runner } from '../../src/worker/running';
import { Sessions } from '../../src/worker/session';
import { tensorsIn } from '../../src/writers/formats/safetensorsValues';
import { requestOf } from './inProcess';

const source = `import keras
from keras import layers
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(4, 5, strides=3, activation="relu", name="conv"),
    layers.BatchNormalization(),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
`;
const folder = mkdtempSync(path.join(tmpdir(), 'convlens-save-trained-'));
const runner = new Runner('wasm', 64e6);
const ask = requestOf(createHandlers(new Sessions(), runner, path.join(folder, 'runs')));
let model = '';
let run = '';

beforeAll(async () => {
  const [definition] = analyzeSource({ kind: 'file', text: source, language: 'python' }).models;
  if (definition === undefined) throw new Error('no model');
  model = (await ask('openDefinition', { definition: toPortable(definition), seed: 5 })).model;
  const data = { kind: 'digits' } as const;
  const { form } = await ask('trainingOffer', { model, data });
  run = (await ask('train', { model, data, form: { ...form, epochs: 2, examples: 100 }, resume: null })).run;
}, 60_000);
afterAll(async () => {
  (await runner.ready()).dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function convolution(file: string): Promise<Float32Array> {
  if (file.endsWith('.safetensors')) {
    const found = tensorsIn(readFileSync(file)).find(({ shape }) => shape.join() === '5,5,1,4');
    return Float32Array.from(found?.values ?? []);
  }
  const read = await openModelFile(file);
  if (!read.ok) throw new Error(read.error.problem);
  const layer = [...read.value.model.root.layers.values()].find(({ kind }) => kind.kind === 'conv');
  const values = Float32Array.from((await layer?.weights[0]?.read()) ?? []);
  read.value.close();
  return values;
}

describe('a trained epoch', () => {
  it.each([
    ['keras', 'net.keras'],
    ['h5', 'net.h5'],
    ['tfjs', 'model.json'],
    ['safetensors', 'net.safetensors']
  ] as const)('is saved as %s with the weights that were kept', async (format, name) => {
    const at = async (epoch: number) => {
      const file = path.join(folder, name);
      const { paths } = await ask('writeModel', { model, trained: { run, epoch }, format, path: file });
      expect(paths[0]).toBe(file);
      return convolution(file);
    };
    const [start, one, two] = [await at(0), await at(1), await at(2)];
    expect(start).toHaveLength(100);
    expect(one).not.toEqual(start);
    expect(two).not.toEqual(one);
    await ask('useTrainedWeights', { model, run, epoch: 2 });
    const open = path.join(folder, `open-${name}`);
    await ask('writeModel', { model, trained: null, format, path: open });
    expect(await convolution(open)).toEqual(two);
  });

  it('that is not kept, or a place that cannot be written, is refused in one line', async () => {
    const file = path.join(folder, 'x.keras');
    const asked = (trained: { run: string; epoch: number }, place: string) =>
      ask('writeModel', { model, trained, format: 'keras', path: place });
    await expect(asked({ run, epoch: 9 }, file)).rejects.toThrow(/checkpoint cannot be read/);
    await expect(asked({ run: 'nothing', epoch: 1 }, file)).rejects.toThrow(/holds no run/);
    await expect(asked({ run, epoch: 1 }, path.join(folder, 'no', 'x.keras'))).rejects.toThrow(/cannot be written/);
  });
});
