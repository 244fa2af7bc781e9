/** Every corpus file of the five Keras and TensorFlow.js kinds, against what h5py and numpy read from it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LayerNode, Model } from '../../src/core/model';
import { elementCount, type TensorRef } from '../../src/core/tensor';
import { allLayers } from '../../src/readers/assemble';
import { openModelFile } from '../../src/readers/open';

const CORPUS = resolve(__dirname, '../../../shared/corpus');
const KINDS = ['keras-h5', 'keras-v3', 'keras-weights', 'keras-json', 'tfjs-layers'];

interface TruthTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sum: number;
  readonly first: readonly number[];
}
interface TruthFile {
  readonly layers?: readonly { readonly name: string; readonly class: string }[];
  readonly weights?: Readonly<Record<string, readonly TruthTensor[]>>;
  readonly total_params?: number;
  readonly optimizer_values?: number;
}

async function opened(path: string) {
  const result = await openModelFile(path);
  if (!result.ok) throw new Error(`${result.error.file}: ${result.error.problem}`);
  return result.value;
}

const weightsOf = (model: Model): TensorRef[] => allLayers(model.root).flatMap((layer) => layer.weights);

async function compare(ref: TensorRef, truth: TruthTensor): Promise<void> {
  expect(elementCount(ref.shape)).toBe(elementCount(truth.shape));
  expect(ref.shape, truth.name).toEqual(truth.shape);
  expect(ref.dtype, truth.name).toBe(truth.dtype);
  const values = await ref.read();
  let sum = 0;
  for (const value of values) sum += value;
  expect(Math.abs(sum - truth.sum), `sum of ${truth.name}`).toBeLessThanOrEqual(
    1e-5 * Math.max(1, Math.abs(truth.sum))
  );
  truth.first.forEach((value, i) => {
    expect(Math.abs((values[i] ?? NaN) - value), truth.name).toBeLessThanOrEqual(
      1e-6 * Math.max(1e-3, Math.abs(value))
    );
  });
}

/** The layer whose weights the truth's key names: a layer's name, or a path in a Keras 3 store. */
function tensorsFor(model: Model, key: string, truth: readonly TruthTensor[]): readonly TensorRef[] {
  const named = allLayers(model.root).find((layer: LayerNode) => layer.name === key);
  if (named !== undefined) return named.weights;
  const all = new Map(weightsOf(model).map((ref) => [ref.name, ref]));
  return truth.map(({ name }) => all.get(name)).filter((ref) => ref !== undefined);
}

const directories = existsSync(CORPUS)
  ? KINDS.flatMap((kind) => readdirSync(join(CORPUS, kind)).map((name) => join(kind, name)))
  : [];

describe.skipIf(directories.length === 0)(
  'model files of the corpus (skipped where ../shared/corpus is absent)',
  () => {
    for (const directory of directories) {
      const folder = join(CORPUS, directory);
      const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, TruthFile | string>;
      const files = Object.entries(truth).filter((entry): entry is [string, TruthFile] => typeof entry[1] === 'object');
      const merged: TruthFile = Object.assign({}, ...files.map(([, file]) => file)) as TruthFile;
      const main = files[0]?.[0] ?? '';

      it(`${directory}: layers, tensors and totals`, async () => {
        const { model, files: watched, close } = await opened(join(folder, main));
        expect(model.format).toBe(directory.split('/')[0]);
        const layers = [...model.root.layers.values()];
        if (merged.layers !== undefined) {
          const stated = layers.filter(
            (layer) => layer.listed || merged.layers?.some(({ name }) => name === layer.name)
          );
          expect(stated.map(({ name, sourceType }) => ({ name, class: sourceType }))).toEqual(
            merged.layers.map(({ name, class: className }) => ({ name, class: className }))
          );
        } else expect(layers.map(({ name }) => name)).toEqual(Object.keys(merged.weights ?? {}));

        let total = 0;
        for (const [key, tensors] of Object.entries(merged.weights ?? {})) {
          const refs = tensorsFor(model, key, tensors);
          expect(refs.length, key).toBe(tensors.length);
          for (const [i, tensor] of tensors.entries()) {
            const ref = refs.find(({ name }) => name === tensor.name) ?? refs[i];
            if (ref === undefined) throw new Error(`${tensor.name} is missing`);
            await compare(ref, tensor);
            total += elementCount(ref.shape);
          }
        }
        expect(total).toBe(merged.total_params);
        expect(weightsOf(model).reduce((sum, ref) => sum + elementCount(ref.shape), 0)).toBe(merged.total_params);

        const bytes = model.fileBytes;
        const size = watched.reduce((sum, file) => sum + statSync(file).size, 0);
        expect((bytes?.weights ?? 0) + (bytes?.optimizer ?? 0) + (bytes?.other ?? 0)).toBe(size);
        expect(bytes?.weights).toBe(weightsOf(model).reduce((sum, ref) => sum + ref.storedBytes, 0));
        if (merged.optimizer_values !== undefined) {
          const slots = model.unplaced.filter(({ role }) => role === 'optimizer');
          expect(slots.reduce((sum, ref) => sum + elementCount(ref.shape), 0)).toBe(merged.optimizer_values);
        }
        close();
      });

      it.skipIf(merged.layers === undefined)(`${directory}: every weight has its role and fits its layer`, async () => {
        const { model, close } = await opened(join(folder, main));
        for (const layer of allLayers(model.root)) {
          for (const weight of layer.weights) expect(weight.role, `${layer.name} ${weight.name}`).not.toBe('other');
        }
        expect(model.notices.map(({ code }) => code)).not.toContain('weights-do-not-fit');
        close();
      });
    }
  }
);
