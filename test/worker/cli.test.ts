/** The command line as scripts call it: documents on standard output, one line on standard error, exit codes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine as runHere } from '../../src/cli/run';
import { decodePng } from '../../src/images/png';
import { readNpy } from '../../src/images/npy';

const root = path.resolve(__dirname, '../..');
const cli = path.join(root, 'dist/cli.js');
const sample = (name: string): string => path.join(root, 'samples', name);
let scratch = '';

beforeAll(() => {
  if (!existsSync(cli)) throw new Error('dist/cli.js is missing: run `npm run build` first');
  scratch = mkdtempSync(path.join(tmpdir(), 'convlens-cli-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** In this process: a new one takes longer to start than most commands to answer. */
const convlens = (...words: string[]): ReturnType<typeof runHere> => runHere(words);

/** The built program, as people start it. */
function built(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...words], { encoding: 'utf8' });
}

interface Summary {
  readonly format: string;
  readonly models: readonly {
    readonly layers: readonly { readonly name: string; readonly params: number; readonly outputShape: number[] }[];
    readonly totals: { readonly params: number; readonly nonTrainableParams: number; readonly macs: number };
  }[];
}

describe('summary', () => {
  // The totals are what `model.summary()` of Keras 3 prints for samples/digits_cnn.py: 56,906 (96 not trainable).
  for (const [file, format] of [
    ['digits_cnn.keras', 'keras-v3'],
    ['digits_cnn.h5', 'keras-h5'],
    ['digits_cnn_tfjs/model.json', 'tfjs-layers'],
    ['digits_cnn.py', 'keras-source']
  ] as const) {
    it(`gives the same layers and totals for ${file}`, async () => {
      const { status, stdout, stderr } = await convlens('summary', sample(file), '--json');
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const document = JSON.parse(stdout) as Summary;
      expect(document.format).toBe(format);
      const [model] = document.models;
      expect(model?.totals).toMatchObject({ params: 56_906, nonTrainableParams: 96 });
      expect(model?.layers.map((layer) => layer.params)).toEqual([160, 64, 0, 0, 4640, 128, 0, 0, 0, 51_264, 0, 650]);
      expect(model?.layers[0]?.outputShape).toEqual([null, 26, 26, 16]);
      // 26*26*16*9 + 11*11*32*9*16 + 800*64 + 64*10
      expect(model?.totals.macs).toBe(97_344 + 557_568 + 51_200 + 640);
    });
  }

  it('takes another input shape', async () => {
    const { stdout } = await convlens('summary', sample('shapes_cnn.keras'), '--input-shape', '64,64,3', '--json');
    const [model] = (JSON.parse(stdout) as Summary).models;
    expect(model?.layers.find((layer) => layer.name === 'pool2')?.outputShape).toEqual([null, 16, 16, 32]);
  });
});

describe('--weights', () => {
  const fixture = (name: string): string => path.join(root, 'test/fixtures', name);

  it('joins the weights of a file with the code, in every command that computes', async () => {
    const { status, stdout } = await convlens(
      'summary',
      sample('digits_cnn.py'),
      '--weights',
      sample('digits_cnn.h5'),
      '--json'
    );
    expect(status).toBe(0);
    const [model] = (JSON.parse(stdout) as { models: { weightsFit: { matched: number; needed: number } }[] }).models;
    expect(model?.weightsFit).toMatchObject({ matched: 6, needed: 6 });
    const image = sample('images/digits/0.png');
    const answer = async (...words: readonly string[]): Promise<unknown> => {
      const { stdout: text } = await convlens('predict', ...words, '--image', image, '--json');
      const { outputs } = JSON.parse(text) as { outputs: { top: { index: number; value: number }[] }[] };
      return outputs.map(({ top }) => top.map(({ index, value }) => [index, value]));
    };
    const joined = await answer(sample('digits_cnn.py'), '--weights', sample('digits_cnn.h5'));
    expect(joined).toEqual(await answer(sample('digits_cnn.h5')));
    expect(joined).toHaveLength(1);
  });

  it('lists what does not fit, and refuses to compute with none of it', async () => {
    const words = [sample('digits_cnn.py'), '--weights', fixture('join/net.pt')];
    const { status, stdout } = await convlens('summary', ...words);
    expect(status).toBe(0);
    expect(stdout).toMatch(/weights: net\.pt does not fit this code/);
    expect(stdout).toMatch(/warning: conv2d: .*the code needs 16 × 1 × 3 × 3/);
    const refused = await convlens('predict', ...words, '--image', sample('images/digits/0.png'));
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/net\.pt: net\.pt does not fit this code/);
    expect((await convlens('summary', sample('digits_cnn.h5'), '--weights', fixture('join/net.pt'))).stderr).toMatch(
      /needs code that defines the model/
    );
  });

  it('reads every tensor of a state_dict', async () => {
    const { status, stdout } = await convlens('tensors', fixture('join/net.pt'), '--stats', '--json');
    expect(status).toBe(0);
    const rows = JSON.parse(stdout) as { name: string; layer: string; role: string; stats: { first: number[] } }[];
    expect(rows[0]).toMatchObject({ name: 'conv1.weight', layer: 'conv1', role: 'kernel' });
    expect(rows[0]?.stats.first).toHaveLength(3);
    expect((await convlens('tensors', fixture('readers/torch/quantised.pt'))).stderr).toMatch(
      /its numbers are quantised/
    );
  });
});

describe('summary --set', () => {
  const source = `import keras
from keras import layers

WIDTH, CLASSES = 8, 10
ACTIVATION = "relu"
SIZE: int = compute_size()

def block(x, filters):
    return layers.Conv2D(filters, 3, padding="same", activation=ACTIVATION)(x)

def build(input_shape=(28, 28, 1), depth=2, *, bias=True):
    inputs = keras.Input(input_shape)
    x = inputs
    for _ in range(depth):
        x = block(x, WIDTH)
    x = layers.Flatten()(x)
    return keras.Model(inputs, layers.Dense(CLASSES, use_bias=bias)(x), name="net")

model = build(depth=1)
head = keras.Sequential([keras.Input((SIZE,)), layers.Dense(4)])
`;
  const write = (): string => {
    const file = path.join(scratch, 'settings.py');
    writeFileSync(file, source);
    return file;
  };
  const layersWith = async (
    ...settings: readonly string[]
  ): Promise<(readonly [number, readonly (number | null)[]])[]> => {
    const words = settings.flatMap((word) => ['--set', word]);
    const { status, stdout, stderr } = await convlens('summary', write(), '--model', 'model', ...words, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [model] = (JSON.parse(stdout) as Summary).models;
    return (model?.layers ?? []).map(({ params, outputShape }) => [params, outputShape] as const);
  };

  it('changes constants of the module and parameters of the function that builds the model', async () => {
    expect(await layersWith()).toEqual([
      [0, [null, 28, 28, 1]],
      [80, [null, 28, 28, 8]],
      [0, [null, 6272]],
      [62_730, [null, 10]]
    ]);
    // 3 * 3 * 3 * 4 + 4; 3 * 3 * 4 * 4 + 4; 6 * 6 * 4 * 10 without bias
    expect(await layersWith('WIDTH=4', 'input_shape=(6, 6, 3)', 'depth = 2', 'bias=False')).toEqual([
      [0, [null, 6, 6, 3]],
      [112, [null, 6, 6, 4]],
      [148, [null, 6, 6, 4]],
      [0, [null, 144]],
      [1440, [null, 10]]
    ]);
  });

  it('takes strings, None and the last of one name, and settles what the file does not say', async () => {
    const words = ['--set', 'SIZE=3', '--set', 'SIZE=5', '--set', "ACTIVATION='tanh'", '--set', 'CLASSES=2'];
    const { stdout } = await convlens('summary', write(), ...words, '--json');
    const { models } = JSON.parse(stdout) as { models: { layers: { params: number; title?: string }[] }[] };
    expect(models[1]?.layers.map(({ params }) => params)).toEqual([24]);
    expect(models[0]?.layers[1]?.title).toContain('tanh');
    expect((await convlens('summary', write(), '--set', 'ACTIVATION=None', '--json')).status).toBe(0);
  });

  it('works in a notebook', async () => {
    const notebook = path.join(scratch, 'settings.ipynb');
    const cells = source.split('\n\n').map((text) => ({ cell_type: 'code', source: `${text}\n` }));
    writeFileSync(notebook, JSON.stringify({ cells, nbformat: 4 }));
    const { stdout } = await convlens('summary', notebook, '--model', 'model', '--set', 'WIDTH=2', '--json');
    expect((JSON.parse(stdout) as Summary).models[0]?.layers[1]?.params).toBe(20);
  });

  it.each([
    [
      'DEPTH=3',
      /no constant .* is named DEPTH\. Set one of: WIDTH, CLASSES, ACTIVATION, SIZE, input_shape, depth, bias\./
    ],
    ['filters=3', /is named filters\./],
    ['model=3', /is named model\./],
    ['keras=3', /is named keras\./],
    ['WIDTH=', /the value is not a Python literal/],
    ['WIDTH=(1, 2', /\(1, 2 is not a Python literal/],
    ['WIDTH=open("x")', /is not a Python literal/],
    ['ACTIVATION=relu', /relu is not a Python literal\. .*in quotes/],
    ['ACTIVATION="relu', /is not a Python literal/],
    ['WIDTH=1; WIDTH=2', /is not a Python literal/],
    ['WIDTH=1j', /is not a Python literal/],
    ['WIDTH', /is not NAME=VALUE/],
    ['__class__.x=1', /is not NAME=VALUE/]
  ])('answers %s with one line', async (word, reason) => {
    const file = write();
    const { status, stdout, stderr } = await convlens('summary', file, '--set', word, '--json');
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({ status: 2, stdout: '', lines: 1 });
    expect(stderr).toMatch(reason);
    expect(stderr.startsWith(`${file}: `)).toBe(true);
  });

  it('has nothing to set in a model file', async () => {
    const { status, stderr } = await convlens('summary', sample('digits_cnn.keras'), '--set', 'WIDTH=2');
    expect(status).toBe(2);
    expect(stderr).toContain('a model file has no names to set');
  });
});

describe('tensors', () => {
  it('counts what Keras wrote, the same in two formats', async () => {
    const read = async (
      file: string
    ): Promise<{ role: string; shape: number[]; stats: { sum: number; first: number[] } }[]> =>
      JSON.parse((await convlens('tensors', sample(file), '--stats', '--json')).stdout) as never;
    const weights = (await read('digits_cnn.keras')).filter((tensor) => tensor.role !== 'seed');
    const other = (await read('digits_cnn.h5')).filter((tensor) => tensor.role !== 'seed');
    expect(weights.map((tensor) => tensor.shape.reduce((a, b) => a * b, 1)).reduce((a, b) => a + b, 0)).toBe(56_906);
    expect(weights.map(({ role, shape, stats }) => ({ role, shape, stats }))).toEqual(
      other.map(({ role, shape, stats }) => ({ role, shape, stats }))
    );
  });
});

describe('predict', () => {
  it('names the classes: unasked for the samples, by a list or a file where asked', async () => {
    const ask = (...more: string[]) =>
      convlens('predict', sample('shapes_cnn.keras'), '--image', sample('images/shapes/ring.png'), ...more);
    const best = (stdout: string) =>
      (JSON.parse(stdout) as { outputs: { top: { label: string | null }[] }[] }).outputs[0]?.top[0]?.label;
    expect(best((await ask('--json')).stdout)).toBe('ring');
    expect(best((await ask('--json', '--labels', sample('shapes_labels.txt'))).stdout)).toBe('ring');
    expect((await ask()).stdout).toContain('class names: shapes (this is the sample network)');
    const wrong = await ask('--labels', 'imagenet');
    expect([wrong.status, wrong.stderr.trim()]).toEqual([
      2,
      'imagenet: 1000 class names fit no output of the network.'
    ]);
  });

  it('recognises every sample digit', async () => {
    for (const digit of [0, 3, 7]) {
      const { stdout } = await convlens(
        'predict',
        sample('digits_cnn.keras'),
        '--image',
        sample(`images/digits/${digit}.png`),
        '--json'
      );
      const { outputs } = JSON.parse(stdout) as { outputs: { top: { index: number; value: number }[] }[] };
      expect(outputs[0]?.top[0]?.index).toBe(digit);
      expect(outputs[0]?.top[0]?.value).toBeGreaterThan(0.5);
    }
  });
});

describe('kernels and maps', () => {
  it('draws a sheet', async () => {
    const out = path.join(scratch, 'kernels.png');
    expect((await convlens('kernels', sample('digits_cnn.keras'), '--layer', 'conv2d', '--out', out)).status).toBe(0);
    expect(decodePng(readFileSync(out)).width).toBeGreaterThan(100);
  });

  it('writes raw activations channels last', async () => {
    const image = sample('images/digits/7.png');
    const { status } = await convlens('maps', sample('digits_cnn.keras'), '--image', image, '--out', scratch, '--npy');
    expect(status).toBe(0);
    const array = readNpy(readFileSync(path.join(scratch, 'conv2d.npy')));
    expect(array.ok && array.value.shape).toEqual([1, 26, 26, 16]);
    expect(array.ok && Math.min(...array.value.data)).toBe(0);
  });
});

describe('bad input', () => {
  it('answers one line and exit code 2', async () => {
    const broken = path.join(scratch, 'broken.keras');
    writeFileSync(broken, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    for (const words of [
      ['summary', broken],
      ['summary', path.join(scratch, 'missing.h5')],
      ['summary'],
      ['summary', sample('digits_cnn.keras'), '--model', 'nothing'],
      ['kernels', sample('digits_cnn.keras'), '--layer', 'flatten', '--out', path.join(scratch, 'x.png')],
      ['predict', sample('digits_cnn.keras'), '--image', broken],
      ['train', sample('digits_cnn.py'), '--epochs', '0'],
      ['train', sample('shapes_cnn.keras')],
      ['frobnicate']
    ]) {
      const { status, stdout, stderr } = await convlens(...words);
      expect({ words, status, stdout, lines: stderr.trim().split('\n').length }).toEqual({
        words,
        status: 2,
        stdout: '',
        lines: 1
      });
    }
  });

  it('prints help with the counting rules', async () => {
    const { status, stdout } = await convlens('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('one for each');
  });
});

describe('the built program', () => {
  it('computes, says the whole answer, and ends with what the command answered', async () => {
    const words = ['predict', sample('digits_cnn.keras'), '--image', sample('images/digits/3.png'), '--json'];
    const program = built(...words);
    expect({ status: program.status, stderr: program.stderr }).toEqual({ status: 0, stderr: '' });
    const { outputs } = JSON.parse(program.stdout) as { outputs: { top: { index: number }[] }[] };
    expect(outputs[0]?.top[0]?.index).toBe(3);
    const tensors = ['tensors', sample('digits_cnn.keras'), '--stats', '--json'];
    expect(built(...tensors).stdout).toBe((await convlens(...tensors)).stdout);
  });

  it('ends with 2 and one line for bad input', () => {
    const { status, stdout, stderr } = built('summary', path.join(scratch, 'missing.h5'));
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({ status: 2, stdout: '', lines: 1 });
  });
});
