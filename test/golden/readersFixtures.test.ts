/** Models saved by real Keras 3 and Keras 2 in every format, and Keras 1 files, against Keras's own weights. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph, LayerNode } from '../../src/core/model';
import { summarize } from '../../src/core/summarize';
import { elementCount, type TensorRef } from '../../src/core/tensor';
import { openModelFile } from '../../src/readers/open';

const FOLDER = resolve(__dirname, '../fixtures/readers/models');

interface TruthWeight {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly first: readonly number[];
}
interface Truth {
  readonly layers: readonly { readonly id: string; readonly class: string; readonly weights: readonly TruthWeight[] }[];
  readonly params: number;
}

async function opened(name: string) {
  const result = await openModelFile(join(FOLDER, name));
  if (!result.ok) throw new Error(`${result.error.file}: ${result.error.problem}`);
  return result.value;
}

/** Leaves by path; a TimeDistributed layer counts as one, with the weights of the layer inside. */
function leaves(graph: Graph): { id: string; class: string; weights: readonly TensorRef[] }[] {
  return [...graph.layers.values()].flatMap((layer: LayerNode) => {
    if (layer.kind.kind === 'input') return [];
    if (layer.kind.kind !== 'model') return [{ id: layer.id, class: layer.sourceType, weights: layer.weights }];
    const inner = leaves(layer.kind.graph);
    if (!layer.kind.timeDistributed) return inner;
    return [{ id: layer.id, class: layer.sourceType, weights: inner.flatMap(({ weights }) => weights) }];
  });
}

async function described(ref: TensorRef): Promise<TruthWeight> {
  const values = Array.from(await ref.read());
  return { shape: ref.shape, sum: values.reduce((a, b) => a + b, 0), first: values.slice(0, 3) };
}

function expectClose(actual: readonly TruthWeight[], wanted: readonly TruthWeight[], what: string): void {
  expect(
    actual.map(({ shape }) => shape),
    what
  ).toEqual(wanted.map(({ shape }) => shape));
  wanted.forEach((weight, i) => {
    expect(Math.abs((actual[i]?.sum ?? NaN) - weight.sum), what).toBeLessThanOrEqual(
      1e-5 * Math.max(1, Math.abs(weight.sum))
    );
    weight.first.forEach((value, k) => expect(actual[i]?.first[k], what).toBeCloseTo(value, 5));
  });
}

for (const truthFile of readdirSync(FOLDER).filter((name) => name.startsWith('truth-'))) {
  const truths = JSON.parse(readFileSync(join(FOLDER, truthFile), 'utf8')) as Record<string, Truth>;
  describe(`files of ${truthFile}`, () => {
    for (const [name, truth] of Object.entries(truths)) {
      const weightsOnly = /\.weights\.(h5|json)$/.test(name);
      it.skipIf(weightsOnly)(`${name}: layers and weights`, async () => {
        const { model, close } = await opened(name);
        const found = leaves(model.root);
        const plain = found.map(({ id, class: className }) => ({ id, class: className }));
        expect(plain).toEqual(truth.layers.map(({ id, class: className }) => ({ id, class: className })));
        for (const [i, layer] of truth.layers.entries()) {
          const actual = await Promise.all((found[i]?.weights ?? []).map(described));
          expectClose(actual, layer.weights, layer.id);
        }
        expect(model.notices.map(({ code }) => code)).not.toContain('weights-do-not-fit');
        if (!name.startsWith('k1')) expect(summarize(model).totals.params).toBe(truth.params);
        close();
      });

      it.runIf(weightsOnly)(`${name}: all tensors, no wiring`, async () => {
        const { model, close } = await opened(name);
        expect(model.topology).toBe('none');
        expect(model.format).toBe('keras-weights');
        const refs = leaves(model.root).flatMap(({ weights }) => weights);
        expect(refs.reduce((sum, ref) => sum + elementCount(ref.shape), 0)).toBe(truth.params);
        const order = (a: TruthWeight, b: TruthWeight) => a.sum - b.sum;
        const actual = (await Promise.all(refs.map(described))).sort(order);
        expectClose(actual, truth.layers.flatMap(({ weights }) => weights).toSorted(order), name);
        close();
      });
    }
  });
}

describe('an architecture beside weights that Keras split over several files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convlens-shards-'));
  const architecture = join(folder, 'model.json');
  const shards = ['k3-sharded.weights.json', 'k3-sharded_00000.weights.h5', 'k3-sharded_00001.weights.h5'];
  beforeAll(() => {
    copyFileSync(join(FOLDER, 'k3-nested_architecture.json'), architecture);
    for (const name of shards) copyFileSync(join(FOLDER, name), join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the weights of all shards, and says from where', async () => {
    const found = await openModelFile(architecture);
    if (!found.ok) throw new Error(found.error.problem);
    const { model, files, close } = found.value;
    const all = JSON.parse(readFileSync(join(FOLDER, 'truth-k3-sharded.json'), 'utf8')) as Record<string, Truth>;
    const truth = all['k3-sharded.weights.json'];
    const layers = leaves(model.root);
    for (const [i, layer] of (truth?.layers ?? []).entries())
      expectClose(await Promise.all((layers[i]?.weights ?? []).map(described)), layer.weights, layer.id);
    expect(truth?.layers.length).toBeGreaterThan(0);
    expect(files.map((file) => basename(file))).toEqual(['model.json', ...shards]);
    expect(model.notices.map(({ message }) => message).join()).toContain('taken from k3-sharded.weights.json');
    close();
  });

  it('takes none where a shard is missing', async () => {
    rmSync(join(folder, 'k3-sharded_00001.weights.h5'));
    const found = await openModelFile(architecture);
    if (!found.ok) throw new Error(found.error.problem);
    expect(found.value.files).toEqual([architecture]);
    expect(found.value.model.weightsOrigin.kind).not.toBe('file');
    found.value.close();
  });
});

describe('what a file says about its kernels', () => {
  const convOf = async (name: string) => {
    const { model, close } = await opened(name);
    const layer = [...model.root.layers.values()].find(({ kind }) => kind.kind === 'conv');
    close();
    return { kernel: layer?.weights[0], codes: model.notices.map(({ code }) => code) };
  };

  it('turns kernels that Theano trained', async () => {
    const { kernel, codes } = await convOf('k1-theano.h5');
    expect(kernel).toMatchObject({ layout: 'OIHW', flipped: true });
    expect(codes).toContain('theano-kernels');
  });

  it('says that it assumes Theano where the file is silent', async () => {
    const { kernel, codes } = await convOf('k1-silent.h5');
    expect(kernel).toMatchObject({ layout: 'OIHW', flipped: true });
    expect(codes).toContain('theano-kernels-assumed');
  });

  it('does not turn kernels that TensorFlow trained', async () => {
    expect((await convOf('k1-tensorflow.h5')).kernel).toMatchObject({ layout: 'OIHW', flipped: false });
  });
});

describe('graphs', () => {
  it.each(['k2-nested.h5', 'k2-nested.keras', 'k3-nested.h5', 'k3-nested.keras', 'k3-nested_architecture.json'])(
    '%s: shared and nested layers are called as Keras wired them',
    async (name) => {
      const { model, close } = await opened(name);
      const { root } = model;
      const uses = (id: string) => root.calls.filter(({ layer }) => layer === id);
      const sourceOf = (ref: { call: number } | undefined) => root.calls[ref?.call ?? -1]?.layer;
      expect(uses('tower').map(({ inputs }) => sourceOf(inputs[0]))).toEqual(['a', 'b']);
      expect(uses('shared').map(({ inputs }) => sourceOf(inputs[0]))).toEqual(['gap', 'shared']);
      expect(uses('sum')[0]?.inputs.map(sourceOf)).toEqual(['tower', 'tower']);
      expect(new Set(uses('sum')[0]?.inputs.map(({ call }) => call)).size).toBe(2);
      expect(root.inputs.map(sourceOf)).toEqual(['a', 'b']);
      expect(root.outputs.map(sourceOf)).toEqual(['shared', 'cat']);
      expect(root.outputs[0]?.call).toBe(uses('shared')[1]?.id);
      const frozen = root.layers.get('frozen');
      const inner = frozen?.kind.kind === 'model' ? frozen.kind.graph.layers.get('frozen/c') : undefined;
      expect(inner?.trainable).toBe(false);
      close();
    }
  );

  it('an architecture names the weights file it took', async () => {
    const { model, files, close } = await opened('k2-nested_architecture.json');
    expect(files[1]).toMatch(/k2-nested_weights\.h5$/);
    expect(model.notices.find(({ code }) => code === 'weights-beside')?.message).toContain('k2-nested_weights.h5');
    close();
  });
});
