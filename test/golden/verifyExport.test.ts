/** Saved files, opened by real Keras where there is one: the predictions are ours. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Graph, Model } from '../../src/core/model';
import type { DenseTensor } from '../../src/core/tensor';
import type { Engine } from '../../src/engine/engine';
import { createEngine } from '../../src/engine/select';
import { saveModel, type SaveFormat } from '../../src/writers/saveModel';
import { writeFiles } from '../../src/writers/writeFiles';
import { fromCode, inputsOf, parityModels, samples, savedByKeras, type Source } from '../unit/writers/sources';

const script = path.resolve(__dirname, '../../scripts/verify-export.py');

function findPython(): string | null {
  const candidates = [process.env['CONVLENS_PYTHON'], 'python3', 'python'].filter((name) => name !== undefined);
  const works = (name: string) =>
    spawnSync(name, ['-c', 'import keras; assert keras.__version__ >= "3"'], { env: quiet(), timeout: 120_000 })
      .status === 0;
  return candidates.find(works) ?? null;
}

const quiet = () => ({ ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1' });

const python = findPython();
if (python === null) console.log('skipped: saved models opened by Keras (no Python with Keras 3; set CONVLENS_PYTHON)');

interface Stored {
  readonly shape: readonly number[];
  readonly offset: number;
}

interface Answer {
  readonly title: string;
  readonly worst?: number;
  readonly allowed?: number;
  readonly problem?: string;
}

/** Keras computes these in 16 bits when it opens their own configuration again. */
const SIXTEEN_BITS = new Set(['k3-bf.keras', 'k3-half.keras']);

class Cases {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'convlens-export-'));
  readonly cases: { readonly title: string }[] = [];
  private readonly pieces: Float32Array[] = [];
  private length = 0;

  private store({ shape, data }: Pick<DenseTensor, 'shape' | 'data'>): Stored {
    const offset = this.length;
    this.pieces.push(data);
    this.length += data.length;
    return { shape, offset };
  }

  /** @returns why the format cannot hold the model, `null` where it does */
  async add(engine: Engine, source: Source, model: Model, format: SaveFormat): Promise<string | null> {
    const file = format === 'tfjs' ? 'model.json' : `model.${format}`;
    const saved = await saveModel(model, () => undefined, format, file);
    if (!saved.ok) return saved.error.problem;
    const title = `${source.title} as ${format}`;
    const inside = title.replace(/[^a-z0-9]+/gi, '-');
    mkdirSync(path.join(this.folder, inside));
    await writeFiles(path.join(this.folder, inside), saved.value.files);
    const network = await engine.prepare(model, { seed: 1 });
    const inputs = inputsOf(source, model);
    const { outputs, stoppedAt } = await network.run(inputs, { mode: 'infer', seed: 1 });
    network.dispose();
    if (stoppedAt !== null) throw new Error(`${title} stops at ${stoppedAt.layer}: ${stoppedAt.reason}`);
    this.cases.push({
      title,
      ...{ file: `${inside}/${file}` },
      ...{ inputs: inputs.map((value) => this.store(value)), outputs: outputs.map((value) => this.store(value)) }
    });
    return null;
  }

  async addWeights(source: Source, model: Model): Promise<void> {
    const saved = await saveModel(model, () => undefined, 'safetensors', 'model.safetensors');
    if (!saved.ok) throw new Error(saved.error.problem);
    const title = `${source.title} as safetensors`;
    const inside = title.replace(/[^a-z0-9]+/gi, '-');
    mkdirSync(path.join(this.folder, inside));
    await writeFiles(path.join(this.folder, inside), saved.value.files);
    const tensors: Record<string, Stored> = {};
    const visit = async (graph: Graph): Promise<void> => {
      for (const layer of graph.layers.values()) {
        if (layer.kind.kind === 'model') await visit(layer.kind.graph);
        for (const ref of layer.weights) {
          const word = ref.role.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
          tensors[`${layer.id}/${word}`] = this.store({ shape: ref.shape, data: Float32Array.from(await ref.read()) });
        }
      }
    };
    await visit(model.root);
    this.cases.push({ title, ...{ file: `${inside}/model.safetensors`, tensors } });
  }

  run(): ReadonlyMap<string, Answer> {
    writeFileSync(path.join(this.folder, 'cases.json'), JSON.stringify(this.cases));
    writeFileSync(
      path.join(this.folder, 'values.bin'),
      Buffer.concat(this.pieces.map((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)))
    );
    const { stdout, stderr } = spawnSync(python ?? '', [script, this.folder], {
      encoding: 'utf8',
      env: quiet(),
      maxBuffer: 1 << 26
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    if (lines.length === 0) throw new Error(stderr.slice(-2000));
    return new Map(lines.map((line) => JSON.parse(line) as Answer).map((answer) => [answer.title, answer]));
  }
}

describe.skipIf(python === null)('saved models, opened by Keras', () => {
  const cases = new Cases();
  afterAll(() => rmSync(cases.folder, { recursive: true, force: true }));

  it('predict what they predict here', { timeout: 600_000 }, async () => {
    const engine = await createEngine('wasm');
    const refused: string[] = [];
    for (const source of [...samples, ...parityModels, ...savedByKeras, ...fromCode]) {
      const { model, close } = await source.load();
      for (const format of ['keras', 'h5', 'tfjs'] as const) {
        if (format === 'keras' && SIXTEEN_BITS.has(source.title)) continue;
        const why = await cases.add(engine, source, model, format);
        if (why !== null) refused.push(`${source.title} as ${format}: ${why}`);
      }
      if (source.title === 'digits_cnn.keras') await cases.addWeights(source, model);
      close();
    }
    engine.dispose();
    const results = cases.run();
    const wrong = cases.cases.flatMap(({ title }) => {
      const { worst, allowed, problem } = results.get(title) ?? { title, problem: 'no answer' };
      if (problem !== undefined) return [`${title}: ${problem}`];
      return (worst ?? Infinity) <= (allowed ?? 0) ? [] : [`${title}: off by ${worst}, allowed ${allowed}`];
    });
    expect(wrong).toEqual([]);
    expect(results.size).toBe(cases.cases.length);
    // Only TensorFlow.js lacks layers that these models have.
    expect(refused.filter((line) => !line.includes(' as tfjs: '))).toEqual([]);
  });
});
