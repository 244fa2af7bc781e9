import { fork, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel, type CallOptions } from '../../src/protocol/rpc';
import type { EventMap, RequestMap } from '../../src/protocol/channel';
import type { WorkerRequests } from '../../src/protocol/requests';
import type { LayerThumbnail } from '../../src/protocol/running';

const root = join(__dirname, '..', '..');
const place = mkdtempSync(join(tmpdir(), 'convlens-worker-'));
const script = join(place, 'dist', 'worker.js');
const modules = join(root, 'node_modules');

// A bundle of its own: another test or a person may be writing dist/ at this moment.
beforeAll(() => {
  mkdirSync(join(place, 'dist', 'wasm'), { recursive: true });
  buildSync({
    entryPoints: [join(root, 'src', 'worker.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@tensorflow/tfjs-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" }
  });
  for (const folder of ['@tensorflow/tfjs-backend-wasm/dist', '@jsquash/jpeg/codec/dec', '@jsquash/webp/codec/dec']) {
    cpSync(join(modules, folder), join(place, 'dist', 'wasm'), {
      recursive: true,
      filter: (from) => !/\.\w+$/.test(from) || from.endsWith('.wasm')
    });
  }
  cpSync(join(root, 'media', 'samples'), join(place, 'media', 'samples'), { recursive: true });
}, 120_000);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  request<K extends keyof WorkerRequests & string>(
    method: K,
    params: WorkerRequests[K]['params'],
    options?: CallOptions
  ): Promise<WorkerRequests[K]['result']>;
}

async function withWorker(
  use: (worker: Running) => Promise<void>,
  environment: Readonly<Record<string, string>> = {}
): Promise<void> {
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', CONVLENS_ENGINE: 'wasm', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  });
  const channel = new Channel<WorkerRequests, RequestMap, EventMap, EventMap>({
    send: (message) => child.send(message),
    onMessage: (receive) => child.on('message', receive)
  });
  child.on('exit', () => {
    channel.close({ kind: 'crashed', message: 'it ended' });
  });
  try {
    await use({ child, request: (method, params, options) => channel.request(method, params, options) });
  } finally {
    child.kill('SIGKILL');
  }
}

const digits = join(root, 'samples', 'digits_cnn.keras');
const shapes = join(root, 'samples', 'shapes_cnn.keras');

describe('the child process', () => {
  it('speaks the display language of the editor that started it, numbers included', async () => {
    const german = { CONVLENS_TEXTS: join(root, 'l10n', 'bundle.l10n.de.json'), CONVLENS_LANGUAGE: 'de' };
    await withWorker(async ({ request }) => {
      const { model, summary } = await request('openModel', { file: digits });
      expect(summary.layers.find((row) => row.name === 'conv2d')?.title).toMatch(/^Conv2D 3 × 3, 16 Filter/);
      const { verdict, findings } = await request('overview', { model });
      expect(verdict).toMatch(/^(Gesund|Brauchbar): Alle Gewichte sind endlich/);
      expect(findings.filter(({ message }) => / (of|are|have) /.test(message))).toEqual([]);
      await expect(request('run', { model })).rejects.toThrow('hat noch keine Eingabe');
      await expect(request('openModel', { file: join(place, 'no.keras') })).rejects.toThrow('nicht');
    }, german);
    await withWorker(
      async ({ request }) => {
        const { model } = await request('openModel', { file: digits });
        expect((await request('overview', { model })).verdict).toMatch(/^(Sound|Usable): all weights are finite/);
      },
      { CONVLENS_TEXTS: join(place, 'no-such-bundle.json') }
    );
  });

  it('draws the same masks as another child process, and others for another seed', async () => {
    const found: unknown[] = [];
    for (const held of [1, 1, 2]) {
      await withWorker(async ({ request }) => {
        const { model } = await request('openModel', { file: digits });
        const [sample] = await request('samples', { model, input: 0 });
        const source = { kind: 'sample', id: sample?.id ?? '' } as const;
        await request('setInput', { model, input: 0, source, preprocessing: null });
        const place = { model, layer: 'dropout', occurrence: 0, strength: null };
        const triptych = await request('maskTriptych', { ...place, held, next: 9 });
        const many = await request('manyMasks', { ...place, layer: null, seed: held, passes: 12 });
        expect(triptych.held.noise.length).toBeGreaterThan(1000);
        found.push({ noise: triptych.held.noise, after: triptych.held.after, classes: many.classes });
      });
    }
    const [first, again, other] = found;
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('opens a model once, shows its kernels, runs it with thumbnails and proves pixels', async () => {
    await withWorker(async ({ request }) => {
      const opened = await request('openModel', { file: digits });
      expect((await request('openModel', { file: digits })).model).toBe(opened.model);
      expect(opened.summary.totals.params).toBe(56_906);
      const { model } = opened;

      const sheet = await request('kernelSheet', { model, layer: 'conv2d' });
      expect([sheet.outChannels, sheet.inChannels, sheet.size, sheet.display]).toEqual([16, 1, [3, 3], 'planes']);
      const tiles = await request('kernelTiles', {
        model,
        layer: 'conv2d',
        role: 'kernel',
        scale: 'shared',
        colormap: 'diverging',
        planes: [[3, 0]]
      });
      expect(tiles.tiles[0]).toMatchObject({ width: 3, height: 3 });
      expect(tiles.ranges[0]).toEqual({ min: -sheet.limit, max: sheet.limit });

      // A filter's own picture is the mean over its input channels, on a scale of the means: the weights' own is too wide.
      const deeper = await request('kernelSheet', { model, layer: 'conv2d_1' });
      const drawn = { model, layer: 'conv2d_1', role: 'kernel', scale: 'shared', colormap: 'diverging' } as const;
      expect(deeper.meanLimit).toBeLessThan(deeper.limit / 2);
      const { ranges } = await request('kernelTiles', {
        ...drawn,
        planes: [
          [0, -1],
          [0, 2]
        ]
      });
      expect(ranges).toEqual([deeper.meanLimit, deeper.limit].map((limit) => ({ min: -limit, max: limit })));
      const means: number[] = [];
      for (let filter = 0; filter < deeper.outChannels; filter++) {
        const { values } = await request('kernelNumbers', {
          model,
          layer: 'conv2d_1',
          role: 'kernel',
          filter,
          channel: -1
        });
        means.push(...values.map(Math.abs));
      }
      expect(Math.max(...means)).toBe(deeper.meanLimit);

      await expect(request('run', { model })).rejects.toThrow('has no input yet');
      const input = await request('setInput', {
        model,
        input: 0,
        source: { kind: 'sample', id: 'digit-7' },
        preprocessing: null
      });
      expect(input.preprocessing).toMatchObject({ normalization: '0..1', colour: 'gray', invert: false });
      const thumbnails: LayerThumbnail[] = [];
      const outcome = await request(
        'run',
        { model },
        {
          onProgress: ({ partial }) => partial !== undefined && thumbnails.push(partial as LayerThumbnail)
        }
      );
      const [answer] = outcome.outputs;
      expect(answer?.kind === 'classes' && [answer.probabilities, answer.top[0]?.index]).toEqual([true, 7]);
      expect(thumbnails.find(({ layer }) => layer === 'conv2d')?.shape).toEqual([26, 26, 16]);

      for (const row of opened.summary.layers.filter(({ listed }) => listed)) {
        const maps = await request('mapSheet', { model, layer: row.id, occurrence: 0 });
        const position = maps.shape.length === 3 ? [1, 2] : [];
        const proof = await request('proof', { model, layer: row.id, occurrence: 0, position, channel: 5 });
        const { steps, runtimeValue } = proof;
        if (steps.kind === 'none') throw new Error(`${row.id}: ${steps.reason}`);
        const scale = Math.max(Math.abs(maps.statistics.min), Math.abs(maps.statistics.max));
        expect(Math.abs(steps.value - runtimeValue), row.id).toBeLessThanOrEqual(1e-5 * scale);
      }
      const first = await request('proof', { model, layer: 'conv2d', occurrence: 0, position: [4, 6], channel: 0 });
      expect(first.receptiveField).toEqual([4, 6, 7, 9]);
      const overview = await request('overview', { model });
      expect(overview.heaviest[0]?.layer).toBe('dense');
      await request('closeModel', { model });
      await expect(request('overview', { model })).rejects.toThrow('not open any more');
    });
  }, 60_000);

  it('answers bad files and garbage with one line and lives on', async () => {
    await withWorker(async ({ child, request }) => {
      const bad = join(place, 'bad.keras');
      writeFileSync(bad, '<html>not here</html>');
      await expect(request('openModel', { file: bad })).rejects.toMatchObject({ error: { kind: 'input' } });
      await expect(request('openModel', { file: join(place, 'missing.h5') })).rejects.toThrow('cannot be found');
      for (const garbage of [
        'text',
        7,
        null,
        [],
        { type: 'request' },
        { type: 'request', id: 1 },
        { type: 'cancel', id: 99 }
      ]) {
        child.send(garbage ?? '');
      }
      child.send({ type: 'request', id: 1_000_001, method: 'constructor', params: null });
      child.send({ type: 'request', id: 1_000_002, method: 'kernelSheet', params: null });
      const { model } = await request('openModel', { file: shapes });
      const source = { kind: 'bytes', name: 'x.png', bytes: new Uint8Array([1, 2, 3]) } as const;
      await expect(request('setInput', { model, input: 0, source, preprocessing: null })).rejects.toThrow(
        'not an image'
      );
      const graph = await request('graphLayout', { model, layer: null });
      expect(graph.nodes.length).toBeGreaterThan(10);
      expect(child.exitCode).toBeNull();
    });
  }, 60_000);

  it('cancels a pass between two layers and runs the next one', async () => {
    await withWorker(async ({ request }) => {
      const { model } = await request('openModel', { file: shapes });
      await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'shape-ring' }, preprocessing: null });
      const stop = new AbortController();
      const cancelled = request(
        'run',
        { model },
        {
          signal: stop.signal,
          onProgress: ({ partial }) => partial !== undefined && stop.abort()
        }
      );
      await expect(cancelled).rejects.toMatchObject({ error: { kind: 'cancelled' } });
      const outcome = await request('run', { model });
      expect(outcome.stoppedAt).toBeNull();
      const { answers } = await request('comparePresets', { model, input: 0 });
      expect(answers.map(({ preprocessing }) => preprocessing.normalization)).toContain('caffe');
    });
  }, 60_000);

  it('reports a crash as a failed request', async () => {
    await withWorker(async ({ child, request }) => {
      const waiting = request('engines', null);
      child.kill('SIGKILL');
      await expect(waiting).rejects.toMatchObject({ error: { kind: 'crashed' } });
    });
  });

  it('is given the samples it runs on', () => {
    expect(existsSync(digits) && existsSync(shapes)).toBe(true);
  });
});
