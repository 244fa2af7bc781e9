import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELU } from '../../src/core/activation';
import { elementCount } from '../../src/core/tensor';
import { writeNpy } from '../../src/images/npy';
import { decodePng } from '../../src/images/png';
import { toPortable } from '../../src/protocol/portableModel';
import type { OpenedModel } from '../../src/protocol/requests';
import { ADD, FLATTEN, GLOBAL_POOL, GraphBuilder, conv, dense, modelOf, pool } from '../unit/core/builder';
import { inProcess, type Request } from './inProcess';

const wave = (shape: readonly number[]) =>
  writeNpy({ shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i / 3)) });
const npy = (shape: readonly number[]) => ({ kind: 'bytes', name: 'wave.npy', bytes: wave(shape) }) as const;

const open = (request: Request, builder: ReturnType<GraphBuilder['graph']>, seed = 7): Promise<OpenedModel> =>
  request('openDefinition', { definition: toPortable(modelOf(builder)), seed });

/** Proves one number of every layer that computes; gives the kinds of steps by layer. */
async function proveEach(request: Request, { model, summary }: OpenedModel): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const row of summary.layers.filter(({ kind }) => kind !== 'input')) {
    const sheet = await request('mapSheet', { model, layer: row.id, occurrence: 0 });
    const position = sheet.shape.slice(0, -1).map((size) => Math.floor(size / 2));
    const proof = await request('proof', { model, layer: row.id, occurrence: 0, position, channel: 1 });
    found[row.id] = proof.steps.kind;
    if (proof.steps.kind === 'none') continue;
    expect(Math.abs(proof.steps.value - proof.runtimeValue), row.id).toBeLessThanOrEqual(proof.tolerance);
  }
  return found;
}

describe('the requests, end to end', () => {
  it('serve a network on series', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('series');
    const input = builder.input('in', [null, 64, 3]);
    const end = builder.chain(
      input,
      ['c', conv(8, [5], { padding: { type: 'causal' }, dilation: [2], activation: RELU })],
      ['p', pool('average', [4])],
      ['f', FLATTEN],
      ['out', dense(5, { activation: { name: 'softmax', axis: -1 } })]
    );
    const opened = await open(request, builder.graph(end));
    const { model } = opened;
    expect(opened.inputs[0]).toMatchObject({ role: 'series', shape: [64, 3] });
    expect((await request('kernelSheet', { model, layer: 'c' })).display).toBe('lines');

    const wrong = request('setInput', { model, input: 0, source: npy([64, 2]), preprocessing: null });
    await expect(wrong).rejects.toThrow('has the shape (64, 2), the input takes (64, 3)');
    const given = await request('setInput', { model, input: 0, source: npy([64, 3]), preprocessing: null });
    expect(given.statistics).toMatchObject({ count: 192, min: expect.closeTo(-1, 1), max: expect.closeTo(1, 1) });

    const pictures = new Map<string, string>();
    const outcome = await request(
      'run',
      { model },
      { onThumbnail: ({ layer, picture }) => pictures.set(layer, picture.kind) }
    );
    expect(Object.fromEntries(pictures)).toMatchObject({ c: 'line', p: 'line', f: 'bars', out: 'bars' });
    const [answer] = outcome.outputs;
    expect(answer?.kind === 'classes' && answer.probabilities).toBe(true);
    const sheet = await request('mapSheet', { model, layer: 'c', occurrence: 0 });
    expect(sheet).toMatchObject({ shape: [64, 8], channels: 8, size: [1, 64], slices: 1 });
    const numbers = await request('mapNumbers', { model, layer: 'p', occurrence: 0, channel: 2, slice: 0 });
    expect(numbers.values).toHaveLength(16);
    expect(await proveEach(request, opened)).toEqual({
      c: 'convolution',
      p: 'window',
      f: 'formula',
      out: 'convolution'
    });
  });

  it('serve a network on volumes', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('volume');
    const end = builder.chain(
      builder.input('in', [null, 6, 10, 8, 2]),
      ['c', conv(4, [3, 3, 3], { padding: { type: 'same' }, strides: [1, 2, 2] })],
      ['p', pool('max', [2, 2, 2])],
      ['g', { ...GLOBAL_POOL, rank: 3 }],
      ['out', dense(3)]
    );
    const opened = await open(request, builder.graph(end));
    const { model } = opened;
    expect(opened.inputs[0]?.role).toBe('volume');
    // With the batch axis this time.
    await request('setInput', { model, input: 0, source: npy([1, 6, 10, 8, 2]), preprocessing: null });
    await request('run', { model });
    const sheet = await request('mapSheet', { model, layer: 'c', occurrence: 0 });
    expect(sheet).toMatchObject({ shape: [6, 5, 4, 4], channels: 4, size: [5, 4], slices: 6 });
    const asked = { model, layer: 'c', occurrence: 0, scale: 'each', colormap: 'viridis' } as const;
    const { tiles } = await request('mapTiles', { ...asked, channels: [0, 3], slice: 5 });
    expect(tiles.map(({ width, height }) => [width, height])).toEqual([
      [4, 5],
      [4, 5]
    ]);
    await expect(request('mapTiles', { ...asked, channels: [0], slice: 6 })).rejects.toThrow('has no such maps');
    expect((await request('kernelSheet', { model, layer: 'c' })).display).toBe('volume');
    expect(await proveEach(request, opened)).toEqual({
      c: 'convolution',
      p: 'window',
      g: 'formula',
      out: 'convolution'
    });
  });

  it('serve a network with several inputs and outputs', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('several');
    const left = builder.input('left', [null, 12, 12, 3]);
    const right = builder.input('right', [null, 12, 12, 3]);
    const numbers = builder.input('numbers', [null, 5]);
    const same = { padding: { type: 'same' } } as const;
    // One layer used on both pictures.
    const first = builder.add('c', conv(4, [3, 3], same), [left]);
    const second = builder.call('c', [right]);
    const sum = builder.add('sum', ADD, [first, second]);
    const pooled = builder.add('g', GLOBAL_POOL, [sum]);
    const joined = builder.add('j', { kind: 'concat', axis: -1 }, [pooled, numbers]);
    const graph = builder.graph(builder.add('out', dense(2), [joined]), builder.add('other', dense(1), [joined]));
    const opened = await open(request, graph);
    const { model } = opened;
    expect(opened.inputs.map(({ name, role }) => [name, role])).toEqual([
      ['left', 'image'],
      ['right', 'image'],
      ['numbers', 'values']
    ]);
    const photo = { kind: 'noise', seed: 1 } as const;
    await request('setInput', { model, input: 0, source: photo, preprocessing: null });
    await request('setInput', { model, input: 1, source: { ...photo, seed: 2 }, preprocessing: null });
    await expect(request('run', { model })).rejects.toThrow('numbers');
    await request('setInput', { model, input: 2, source: npy([5]), preprocessing: null });
    const outcome = await request('run', { model });
    expect(outcome.outputs.map(({ name }) => name)).toEqual(['out', 'other']);
    const values = await Promise.all(
      [0, 1].map((occurrence) => request('mapNumbers', { model, layer: 'c', occurrence, channel: 0, slice: 0 }))
    );
    expect(values[0]?.values).not.toEqual(values[1]?.values);
    const proof = await request('proof', { model, layer: 'c', occurrence: 1, position: [0, 11], channel: 3 });
    expect(proof.steps.kind === 'convolution' && Math.abs(proof.steps.value - proof.runtimeValue)).toBeLessThan(1e-5);
    const own = await request('proof', { model, layer: 'c', occurrence: 0, position: [0, 11], channel: 3 });
    expect(own.receptiveField).toEqual([0, 10, 2, 12]);
    expect(own.runtimeValue).not.toBe(proof.runtimeValue);
    const ends = await proveEach(request, opened);
    expect(ends).toMatchObject({ sum: 'formula', g: 'formula', j: 'formula', out: 'convolution' });
  });

  it('draw the weights of a definition from the seed, and say so', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('defined');
    const end = builder.chain(
      builder.input('in', [null, 8, 8, 1]),
      ['c', conv(4, [3, 3])],
      ['f', FLATTEN],
      ['out', dense(3, { activation: { name: 'softmax', axis: -1 } })]
    );
    const graph = builder.graph(end);
    const answers: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const opened = await open(request, graph, seed);
      const { model } = opened;
      // The panel shows no "predicted" for these: it goes by the origin of the weights.
      expect(opened.summary.weightsOrigin).toEqual({ kind: 'random', seed });
      await request('setInput', { model, input: 0, source: { kind: 'noise', seed: 4 }, preprocessing: null });
      const [answer] = (await request('run', { model })).outputs;
      answers.push(answer?.kind === 'classes' ? [...answer.values] : []);
      expect((await request('kernelSheet', { model, layer: 'c' })).initializerNote).toContain(
        `random, seed ${String(seed)}`
      );
      expect((await request('overview', { model })).verdict).toContain('The weights are random');
      await request('closeModel', { model });
    }
    expect(answers[0]).toHaveLength(3);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).not.toEqual(answers[0]);
  });

  it('stop between two layers when cancelled, and run again', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('long');
    const steps = Array.from(
      { length: 30 },
      (_, i) => [`c${String(i)}`, conv(4, [3, 3], { padding: { type: 'same' } })] as const
    );
    const { model } = await open(
      request,
      builder.graph(builder.chain(builder.input('in', [null, 32, 32, 3]), ...steps))
    );
    await request('setInput', { model, input: 0, source: { kind: 'noise', seed: 1 }, preprocessing: null });
    const stop = new AbortController();
    const seen: string[] = [];
    const cancelled = request(
      'run',
      { model },
      {
        signal: stop.signal,
        onThumbnail: ({ layer }) => {
          seen.push(layer);
          if (layer === 'c4') stop.abort();
        }
      }
    );
    await expect(cancelled).rejects.toThrow();
    expect(seen.at(-1)).toBe('c4');
    const all: string[] = [];
    const outcome = await request('run', { model }, { onThumbnail: ({ layer }) => all.push(layer) });
    expect([outcome.stoppedAt, all.length]).toEqual([null, 31]);
  });

  it('leave the input as it is when its setting was cancelled meanwhile', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('late');
    const end = builder.chain(builder.input('in', [null, 4]), ['out', dense(2, {})]);
    const { model } = await open(request, builder.graph(end));
    const stop = new AbortController();
    const slow = request(
      'setInput',
      { model, input: 0, source: { kind: 'noise', seed: 1 }, preprocessing: null },
      { signal: stop.signal }
    );
    stop.abort();
    await expect(slow).rejects.toThrow(/abort/i);
    await expect(request('run', { model })).rejects.toThrow();
  });
});

describe('class names', () => {
  const answer = async (request: Request, model: string) => {
    const { outputs } = await request('run', { model });
    const [output] = outputs;
    return output?.kind === 'classes' ? output.top[0] : undefined;
  };
  const sample = (name: string) => path.resolve(__dirname, '../../samples', name);

  it('are known for the samples, cleared, chosen, typed and read from a file', async () => {
    const request = inProcess();
    const { model } = await request('openModel', { file: sample('shapes_cnn.keras') });
    const source = { kind: 'file', path: sample('images/shapes/ring.png') } as const;
    await request('setInput', { model, input: 0, source, preprocessing: null });
    expect((await request('labels', { model })).inUse).toMatchObject({ assumed: 'this is the sample network' });
    expect(await answer(request, model)).toMatchObject({ index: 4, label: 'ring' });
    await request('setLabels', { model, labels: null });
    expect((await answer(request, model))?.label).toBeNull();
    await request('setLabels', { model, labels: { kind: 'file', path: sample('shapes_labels.txt') } });
    expect((await answer(request, model))?.label).toBe('ring');
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await request('setLabels', { model, labels: { kind: 'list', names } });
    expect((await answer(request, model))?.label).toBe('e');
    const { choices, inUse } = await request('labels', { model });
    expect(inUse).toEqual({ names, assumed: null });
    expect(choices.filter(({ fits }) => fits).map(({ id }) => id)).toEqual(['shapes']);
  });

  it('are refused where they do not fit, and what was there stays', async () => {
    const request = inProcess();
    const { model } = await request('openModel', { file: sample('digits_cnn.keras') });
    for (const [labels, said] of [
      [{ kind: 'builtin', id: 'imagenet' }, 'there are 1000 of them, the network tells 10 classes apart'],
      [{ kind: 'list', names: [] }, 'there are 0 of them'],
      [{ kind: 'builtin', id: 'nothing' }, 'there is no built-in list of this name'],
      [{ kind: 'file', path: sample('nothing.txt') }, 'cannot be read'],
      [{ kind: 'file', path: sample('.') }, 'cannot be read'],
      [{ kind: 'file', path: sample('digits_cnn.keras') }, 'is not a list of class names']
    ] as const) {
      await expect(request('setLabels', { model, labels }), JSON.stringify(labels)).rejects.toThrow(said);
    }
    expect((await request('labels', { model })).inUse?.names).toHaveLength(10);
    await request('setLabels', { model, labels: { kind: 'builtin', id: 'fashion-mnist' } });
    expect((await request('labels', { model })).inUse?.names[9]).toBe('Ankle boot');
  });
});

describe('a drawing', () => {
  it('five times as large as the input is read as the digit it shows', async () => {
    const request = inProcess();
    const samples = path.resolve(__dirname, '../../samples');
    const { model } = await request('openModel', { file: path.join(samples, 'digits_cnn.keras') });
    for (const digit of [0, 2, 3, 5, 7]) {
      const { data } = decodePng(readFileSync(path.join(samples, `images/digits/${String(digit)}.png`)));
      const rgba = new Uint8Array(4 * 140 * 140).fill(255);
      for (let i = 0; i < 140 * 140; i++) {
        const from = 4 * (28 * Math.floor(i / 140 / 5) + Math.floor((i % 140) / 5));
        rgba.set(data.subarray(from, from + 3), 4 * i);
      }
      const source = { kind: 'drawing', pixels: { width: 140, height: 140, rgba } } as const;
      const given = await request('setInput', { model, input: 0, source, preprocessing: null });
      expect(given.preprocessing).toMatchObject({ normalization: '0..1', colour: 'gray', invert: false });
      const [output] = (await request('run', { model })).outputs;
      expect(output?.kind === 'classes' && output.top[0]?.index).toBe(digit);
    }
    const empty = { kind: 'drawing', pixels: { width: 140, height: 140, rgba: new Uint8Array(4) } } as const;
    const refused = request('setInput', { model, input: 0, source: empty, preprocessing: null });
    await expect(refused).rejects.toThrow('is empty');
  });
});

describe('comparing presets', () => {
  const samples = path.resolve(__dirname, '../../samples');
  const compare = async (request: Request, model: string, image: string) => {
    const source = { kind: 'file', path: path.join(samples, 'images', image) } as const;
    await request('setInput', { model, input: 0, source, preprocessing: null });
    return request('comparePresets', { model, input: 0 });
  };
  const names = (count: number) => Array.from({ length: count }, (_, i) => String(i));

  it('finds the one each sample network was trained with, for every sample picture', async () => {
    const request = inProcess();
    for (const [file, folder, pictures] of [
      ['digits_cnn.keras', 'digits', names(10)],
      ['shapes_cnn.keras', 'shapes', ['circle', 'square', 'triangle', 'cross', 'ring', 'stripes']]
    ] as const) {
      const { model } = await request('openModel', { file: path.join(samples, file) });
      for (const picture of pictures) {
        const { answers, best, norms } = await compare(request, model, `${folder}/${picture}.png`);
        expect(norms).toBe(2);
        expect(answers[best ?? -1]?.preprocessing, picture).toMatchObject({ normalization: '0..1', invert: false });
        expect(answers[best ?? -1]?.top[0]?.label).toBe(picture);
        // Being sure is not enough: numbers 255 times too large make the network as sure.
        const raw = answers.find(({ preprocessing }) => preprocessing.normalization === '0..255');
        expect(raw?.top[0]?.value).toBeGreaterThan(0.99);
        expect([raw?.likeTraining, (raw?.spread ?? 0) > 50]).toEqual([false, true]);
      }
    }
  });

  it('says that nothing tells where the weights are random, and changes neither input nor maps', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('grey');
    const end = builder.chain(
      builder.input('in', [null, 28, 28, 1]),
      ['c', conv(4, [3, 3])],
      ['g', GLOBAL_POOL],
      ['out', dense(10)]
    );
    const { model } = await open(request, builder.graph(end));
    const { best, norms, answers } = await compare(request, model, 'digits/7.png');
    expect([best, norms, answers.length]).toEqual([null, 0, 6]);
    expect(answers.every(({ spread, probabilities }) => spread === null && !probabilities)).toBe(true);
    const before = (await request('mapSheet', { model, layer: 'c', occurrence: 0 })).statistics;
    await request('comparePresets', { model, input: 0 });
    await request('run', { model });
    expect((await request('mapSheet', { model, layer: 'c', occurrence: 0 })).statistics).toEqual(before);
  });

  it('is refused for what is no picture', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('values');
    const { model } = await open(
      request,
      builder.graph(builder.chain(builder.input('in', [null, 5]), ['d', dense(2)]))
    );
    await request('setInput', { model, input: 0, source: npy([5]), preprocessing: null });
    await expect(request('comparePresets', { model, input: 0 })).rejects.toThrow('is no picture');
  });
});
