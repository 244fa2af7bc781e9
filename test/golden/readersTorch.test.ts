/** State_dicts, checkpoints, whole modules and safetensors of real PyTorch, against what PyTorch itself says is in them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/core/model';
import { summarize } from '../../src/core/summarize';
import { elementCount, type TensorRef } from '../../src/core/tensor';
import { loadKernel } from '../../src/analyses/kernels';
import { openModelFile } from '../../src/readers/open';

const FOLDER = resolve(__dirname, '../fixtures/readers/torch');
const CORPUS = resolve(__dirname, '../../../shared/corpus');

interface TruthTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sum: number;
  readonly first: readonly number[];
}
interface Truth {
  readonly tensors: readonly TruthTensor[];
  /** `[kind, class]` by layer. */
  readonly layers?: Readonly<Record<string, readonly [string, string]>>;
  /** Numbers in the optimizer's slots. */
  readonly optimizer?: number;
  readonly whole?: boolean;
  /** Written in another order than the network's. */
  readonly sorted?: boolean;
}

async function opened(path: string) {
  const result = await openModelFile(path);
  if (!result.ok) throw new Error(`${result.error.file}: ${result.error.problem}`);
  return result.value;
}

const weightsOf = (model: Model): TensorRef[] => [...model.root.layers.values()].flatMap((layer) => layer.weights);

async function compare(ref: TensorRef | undefined, truth: TruthTensor): Promise<void> {
  if (ref === undefined) throw new Error(`${truth.name} is missing`);
  expect(ref.shape, truth.name).toEqual(truth.shape);
  expect(ref.dtype, truth.name).toBe(truth.dtype);
  const values = Array.from(await ref.read());
  expect(values.length, truth.name).toBe(elementCount(truth.shape));
  const sum = values.reduce((total, value) => total + value, 0);
  expect(Math.abs(sum - truth.sum), `sum of ${truth.name}`).toBeLessThanOrEqual(
    1e-5 * Math.max(1, Math.abs(truth.sum))
  );
  truth.first.forEach((value, i) => {
    expect(Math.abs((values[i] ?? NaN) - value), truth.name).toBeLessThanOrEqual(
      1e-6 * Math.max(1e-3, Math.abs(value))
    );
  });
}

/** Every tensor with its values, the counts, and how the file's bytes divide. */
async function compareAll(model: Model, files: readonly string[], tensors: readonly TruthTensor[], inOrder: boolean) {
  const refs = weightsOf(model);
  const names = refs.map(({ name }) => name);
  const wanted = tensors.map(({ name }) => name);
  expect(inOrder ? names : names.toSorted()).toEqual(inOrder ? wanted : wanted.toSorted());
  const byName = new Map(refs.map((ref) => [ref.name, ref]));
  for (const tensor of tensors) await compare(byName.get(tensor.name), tensor);
  const floats = tensors.filter(({ dtype }) => dtype.includes('float'));
  expect(summarize(model).totals.params).toBe(floats.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  const size = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const { weights, optimizer, other } = model.fileBytes ?? { weights: 0, optimizer: 0, other: 0 };
  expect(weights + optimizer + other).toBe(size);
  expect(weights).toBe(refs.reduce((sum, ref) => sum + ref.storedBytes, 0));
  expect(weights).toBeGreaterThan(0);
}

const fixtures = (JSON.parse(readFileSync(join(FOLDER, 'truth.json'), 'utf8')) as { files: Record<string, Truth> })
  .files;

describe('files saved by PyTorch and safetensors', () => {
  it.each(Object.entries(fixtures))('%s: tensors, values, totals', async (name, truth) => {
    const { model, files, close } = await opened(join(FOLDER, name));
    expect(model.format).toBe(/safetensors/.test(name) ? 'safetensors' : 'pytorch');
    expect(model.topology).toBe('none');
    expect(model.root.calls).toEqual([]);
    await compareAll(model, files, truth.tensors, truth.sorted !== true);
    const slots = model.unplaced.filter(({ role }) => role === 'optimizer');
    expect(slots.reduce((sum, ref) => sum + elementCount(ref.shape), 0)).toBe(truth.optimizer ?? 0);
    expect((model.fileBytes?.optimizer ?? 0) > 0).toBe(truth.optimizer !== undefined);
    const codes = model.notices.map(({ code }) => code);
    expect(codes).toContain('weights-only');
    expect(codes.includes('whole-module')).toBe(truth.whole === true);
    close();
  });

  const withLayers = Object.entries(fixtures).filter(([, { layers }]) => layers !== undefined);
  it.each(withLayers)('%s: layers by name, kind and class', async (name, truth) => {
    const { model, close } = await opened(join(FOLDER, name));
    const found = [...model.root.layers.values()].map((layer) => [layer.name, [layer.kind.kind, layer.sourceType]]);
    const wanted = Object.entries(truth.layers ?? {});
    const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
    expect(truth.sorted === true ? found.sort(byName) : found).toEqual(
      truth.sorted === true ? wanted.sort(byName) : wanted
    );
    expect(summarize(model).diagnostics).toEqual([]);
    close();
  });

  it('gives every weight of a network its role and axis order', async () => {
    const { model, close } = await opened(join(FOLDER, 'net.pt'));
    const roles = weightsOf(model).map(({ name, role, layout }) => [name, role, layout]);
    expect(roles).toEqual([
      ['conv1.weight', 'kernel', 'OIHW'],
      ['conv1.bias', 'bias', 'none'],
      ['bn1.weight', 'gamma', 'none'],
      ['bn1.bias', 'beta', 'none'],
      ['bn1.running_mean', 'movingMean', 'none'],
      ['bn1.running_var', 'movingVariance', 'none'],
      ['bn1.num_batches_tracked', 'count', 'none'],
      ['depthwise.weight', 'kernel', 'OIHW'],
      ['act.weight', 'alpha', 'none'],
      ['block.0.weight', 'kernel', 'OIHW'],
      ['block.0.bias', 'bias', 'none'],
      ['block.2.weight', 'kernel', 'OIHW'],
      ['block.2.bias', 'bias', 'none'],
      ['up.weight', 'kernel', 'IOHW'],
      ['up.bias', 'bias', 'none'],
      ['fc.weight', 'kernel', 'OI'],
      ['fc.bias', 'bias', 'none']
    ]);
    expect(model.root.layers.get('depthwise')?.kind).toMatchObject({ filters: 8, groups: 4 });
    close();
  });

  it.each(['whole.pt', 'whole-legacy.pt'])('%s: attributes of the saved layers', async (name) => {
    const { model, close } = await opened(join(FOLDER, name));
    const { layers } = model.root;
    expect(layers.get('conv1')?.kind).toMatchObject({
      strides: [2, 2],
      padding: { type: 'explicit', pads: [[1, 1], [1, 1]], mode: 'reflect' } // prettier-ignore
    });
    expect(layers.get('bn1')?.kind).toMatchObject({ epsilon: 1e-3, momentum: 0.8 });
    expect(layers.get('depthwise')?.kind).toMatchObject({ filters: 8, groups: 4 });
    expect(layers.get('up')?.kind).toMatchObject({ filters: 3, strides: [2, 2], outputPadding: [0, 0] });
    close();
  });

  it('says where a checkpoint keeps its weights, and what else it holds', async () => {
    const { model, close } = await opened(join(FOLDER, 'checkpoint.pth.tar'));
    const message = model.notices.find(({ code }) => code === 'checkpoint')?.message ?? '';
    for (const word of ['state_dict', 'epoch 3', 'arch net', 'optimizer']) expect(message).toContain(word);
    close();
  });

  it('shows the kernels of a network without a graph', async () => {
    const { model, close } = await opened(join(FOLDER, 'net.pt'));
    const layer = model.root.layers.get('conv1');
    const kernel = layer === undefined ? null : await loadKernel(layer);
    const first = fixtures['net.pt']?.tensors[0]?.first[1] ?? NaN;
    expect(kernel?.view).toMatchObject({ outputs: 4, inputs: 1, spatial: [3, 3] });
    expect(kernel?.view.at(0, 0, 0, 1)).toBeCloseTo(first, 6);
    close();
  });

  it('reads the structure of a large file without its numbers', async () => {
    const counter = { bytes: 0, calls: 0 };
    const result = await openModelFile(join(FOLDER, 'net-legacy.pth'), { counter });
    expect(result.ok).toBe(true);
    if (result.ok) result.value.close();
    expect(counter.calls).toBeLessThan(40);
  });
});

const directories = existsSync(CORPUS)
  ? ['pytorch', 'safetensors'].flatMap((kind) => readdirSync(join(CORPUS, kind)).map((name) => join(kind, name)))
  : [];

interface CorpusFile {
  readonly torchscript?: boolean;
  readonly weights?: { readonly tensors: readonly TruthTensor[] };
  readonly total_params?: number;
}

describe.skipIf(directories.length === 0)(
  'PyTorch files of the corpus (skipped where ../shared/corpus is absent)',
  () => {
    for (const directory of directories) {
      const folder = join(CORPUS, directory);
      const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, CorpusFile | string>;
      for (const [name, file] of Object.entries(truth)) {
        if (typeof file === 'string') continue;
        it.skipIf(file.torchscript === true)(`${directory}/${name}`, async () => {
          const { model, files, close } = await opened(join(folder, name));
          expect(model.format).toBe(directory.split('/')[0]);
          await compareAll(model, files, file.weights?.tensors ?? [], directory.startsWith('pytorch'));
          expect(summarize(model).totals.params).toBe(file.total_params);
          for (const layer of model.root.layers.values()) expect(layer.name).not.toMatch(/^module\./);
          close();
        });
      }
    }
  }
);
