/** The built command line trains in a real process; the built child process is killed in mid-epoch. */
import { fork, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventMap, RequestMap } from '../../src/protocol/channel';
import { toPortable } from '../../src/protocol/portableModel';
import type { WorkerRequests } from '../../src/protocol/requests';
import { Channel } from '../../src/protocol/rpc';
import type { TrainingEvent } from '../../src/protocol/training';
import { analyzeSource } from '../../src/source/analyze';

const root = path.resolve(__dirname, '../..');
const cli = path.join(root, 'dist/cli.js');
const worker = path.join(root, 'dist/worker.js');
let scratch = '';

const code = (fit: string): string => `import keras
from keras import layers
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(4, 5, strides=4, activation="relu"),
    layers.BatchNormalization(momentum=0.8),
    layers.Dropout(0.1),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
${fit}
`;

beforeAll(() => {
  for (const file of [cli, worker]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`);
  }
  scratch = mkdtempSync(path.join(tmpdir(), 'convlens-train-'));
  writeFileSync(file('net.py'), code('net.fit(x, y, epochs=1, batch_size=100)'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = (name: string): string => path.join(scratch, name);
const environment = { ...process.env, CONVLENS_ENGINE: 'wasm' };

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not `spawnSync`: a training may take longer than the test runner waits for a sign of life. */
function convlens(...words: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, 'train', ...words], { env: environment });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

interface Line {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly valLoss: number;
  readonly valAccuracy: number;
  readonly imagesPerSecond: number;
  readonly engine: string;
}

const linesOf = (stdout: string): Line[] =>
  stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
const scores = (lines: readonly Line[]) =>
  lines.map(({ epoch, loss, accuracy, valLoss, valAccuracy }) => [epoch, loss, accuracy, valLoss, valAccuracy]);

describe('train', { timeout: 180_000 }, () => {
  it('trains what the code says, an epoch a line, and goes on with --resume exactly', async () => {
    const whole = await convlens(file('net.py'), '--epochs', '2', '--json');
    expect(whole.status, whole.stderr).toBe(0);
    expect(whole.stderr).toContain('data: the digits that come with ConvLens');
    const lines = linesOf(whole.stdout);
    expect(lines.map(({ epoch, engine }) => [epoch, engine])).toEqual([
      [1, 'wasm'],
      [2, 'wasm']
    ]);
    expect(Object.keys(lines[0] ?? {})).toEqual([
      'epoch',
      'loss',
      'accuracy',
      'valLoss',
      'valAccuracy',
      'imagesPerSecond',
      'engine'
    ]);
    expect(lines[1]?.loss).toBeLessThan(lines[0]?.loss ?? 0);

    const out = file('run');
    const first = await convlens(file('net.py'), '--out', out, '--json');
    expect(linesOf(first.stdout)).toHaveLength(1);
    expect(readdirSync(out).sort()).toEqual(['epoch-0000.ckpt', 'epoch-0001.ckpt', 'run.json']);
    expect(await convlens(file('net.py'), '--out', out)).toMatchObject({ status: 2 });
    const rest = await convlens(file('net.py'), '--out', out, '--resume', '--epochs', '2', '--json');
    expect(rest.status, rest.stderr).toBe(0);
    expect(scores([...linesOf(first.stdout), ...linesOf(rest.stdout)])).toEqual(scores(lines));
  });

  it('refuses a damaged checkpoint, another network, and bad words, each in one line with status 2', async () => {
    const out = file('run');
    const last = path.join(out, 'epoch-0002.ckpt');
    const bytes = readFileSync(last);
    writeFileSync(last, bytes.subarray(0, bytes.length - 5));
    const other = file('other.py');
    writeFileSync(other, code('').replace('Conv2D(4,', 'Conv2D(5,'));
    const refused: [string[], RegExp][] = [
      [[file('net.py'), '--out', out, '--resume', '--epochs', '3'], /epoch-0002\.ckpt: the checkpoint is damaged/],
      [[other, '--out', out, '--resume'], /its layers are not those of the run/],
      [[file('net.py'), '--resume'], /--resume needs --out/],
      [[file('net.py'), '--epochs', '0'], /--epochs needs a whole number from 1/],
      [[file('net.py'), '--data', file('nothing')], /cannot be read/],
      [[file('net.py'), '--out', file('empty'), '--resume'], /holds no run/]
    ];
    for (const [words, message] of refused) {
      const { status, stdout, stderr } = await convlens(...words);
      expect(stderr).toMatch(message);
      expect(
        stderr
          .trim()
          .split('\n')
          .filter((line) => !/^(data|net|note)/.test(line))
      ).toHaveLength(1);
      expect(status).toBe(2);
      expect(stdout.replace(/^ +epoch.*\n/, '')).toBe('');
    }
  });

  it('writes the trained network by its extension, and refuses another one before it trains', async () => {
    const data = path.join(root, 'test/fixtures/data/keras/mnist.npz');
    for (const name of ['net.keras', 'net.h5', 'net.json', 'net.safetensors']) {
      const words = [file('net.py'), '--data', data, '--epochs', '1', '--output', file(name)];
      const { status, stderr } = await convlens(...words);
      expect(status, stderr).toBe(0);
      expect(stderr).toContain(`saved: ${file(name)}`);
      expect(existsSync(file(name))).toBe(true);
    }
    const bad = await convlens(file('net.py'), '--output', file('net.txt'));
    expect(bad).toMatchObject({ status: 2, stdout: '' });
    expect(bad.stderr).toMatch(/net\.txt: names no format\. Give a name that ends in \.keras/);
  });

  it('prints a table for people, and keeps the last epoch at Ctrl+C', async () => {
    const out = file('interrupted');
    const child = spawn(process.execPath, [cli, 'train', file('net.py'), '--epochs', '500', '--out', out], {
      env: environment
    });
    let text = '';
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
      if (/^ +2 /m.test(text)) child.kill('SIGINT');
    });
    const status = await new Promise((resolve) => child.on('exit', resolve));
    expect(status).toBe(0);
    expect(errors).toMatch(/stopped after epoch \d+; --resume goes on/);
    expect(text).toMatch(/^ +epoch +loss +accuracy +val loss/);
    expect(text).toMatch(/^ +1 .* %/m);
    const record = JSON.parse(readFileSync(path.join(out, 'run.json'), 'utf8')) as {
      summary: { status: string; epochs: unknown[] };
    };
    expect(record.summary.status).toBe('stopped');
    expect(existsSync(path.join(out, `epoch-${String(record.summary.epochs.length).padStart(4, '0')}.ckpt`))).toBe(
      true
    );
  });
});

describe('a killed child process', { timeout: 180_000 }, () => {
  const [definition] = analyzeSource({ kind: 'file', text: code(''), language: 'python' }).models;

  function start(runs: string) {
    const child = fork(worker, [], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...environment, ELECTRON_RUN_AS_NODE: '1', CONVLENS_RUNS: runs },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc']
    });
    const channel = new Channel<WorkerRequests, RequestMap, EventMap, EventMap>({
      send: (message) => child.send(message),
      onMessage: (receive) => child.on('message', receive)
    });
    child.on('exit', () => channel.close({ kind: 'crashed', message: 'it ended' }));
    return { child, channel };
  }

  async function opened(runs: string) {
    if (definition === undefined) throw new Error('no model');
    const started = start(runs);
    const { model } = await started.channel.request('openDefinition', { definition: toPortable(definition), seed: 1 });
    const data = { kind: 'digits' } as const;
    const { form } = await started.channel.request('trainingOffer', { model, data });
    return { ...started, model, ask: { model, data, form: { ...form, epochs: 4, examples: 600 } } };
  }

  it('loses at most the epoch it was in; the rest is that of an unbroken run', async () => {
    const runs = file('runs');
    mkdirSync(runs);
    const first = await opened(runs);
    const whole = await first.channel.request('train', { ...first.ask, resume: null });
    let told = 0;
    const killed = first.channel.request(
      'train',
      { ...first.ask, resume: null },
      {
        onProgress: ({ partial }) => {
          const event = partial as TrainingEvent | undefined;
          if (event?.kind === 'epoch') told = event.report.epoch;
          if (event?.kind === 'step' && event.report.epoch === 3) first.child.kill('SIGKILL');
        }
      }
    );
    await expect(killed).rejects.toMatchObject({ error: { kind: 'crashed' } });
    expect(told).toBe(2);

    const second = await opened(runs);
    try {
      const listed = await second.channel.request('trainingRuns', { model: second.model });
      const cut = listed.find(({ run }) => run !== whole.run);
      expect(cut).toMatchObject({ status: 'stopped' });
      expect(cut?.epochs).toHaveLength(2);
      const resumed = await second.channel.request('train', { ...second.ask, resume: cut?.run ?? '' });
      const numbers = (one: typeof whole) =>
        one.epochs.map(({ train, validation, validationOnBatch }) => ({ train, validation, validationOnBatch }));
      expect(numbers(resumed)).toEqual(numbers(whole));
    } finally {
      second.child.kill('SIGKILL');
    }
  });
});
