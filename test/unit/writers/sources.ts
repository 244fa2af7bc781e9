/** The models that the writers are tried on: every layer kind, every origin. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Graph, LayerNode, Model } from '../../../src/core/model';
import type { DenseTensor } from '../../../src/core/tensor';
import { elementCount } from '../../../src/core/tensor';
import { withFreshWeights } from '../../../src/engine/freshWeights';
import { openModelFile } from '../../../src/readers/open';
import { analyzeSource } from '../../../src/source/analyze';

const root = path.resolve(__dirname, '../../..');
const parity = path.join(root, 'test/fixtures/parity');
const readers = path.join(root, 'test/fixtures/readers/models');

export interface Source {
  readonly title: string;
  load(): Promise<{ readonly model: Model; close(): void }>;
  /** Inputs whose values Keras has drawn; where there are none, fixed numbers are taken. */
  readonly inputs: (() => readonly DenseTensor[]) | null;
}

async function open(file: string) {
  const opened = await openModelFile(file);
  if (!opened.ok) throw new Error(`${opened.error.file}: ${opened.error.problem}`);
  return opened.value;
}

const fromFile = (title: string, file: string): Source => ({ title, load: () => open(file), inputs: null });

interface Stored {
  readonly shape: number[];
  readonly offset: number;
}

function parityInputs(name: string): readonly DenseTensor[] {
  const listing = JSON.parse(readFileSync(path.join(parity, `${name}.json`), 'utf8')) as { inputs: readonly Stored[] };
  const bytes = readFileSync(path.join(parity, `${name}.bin`));
  const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return listing.inputs.map(({ shape, offset }) => ({
    shape,
    data: floats.subarray(offset, offset + elementCount(shape))
  }));
}

function fromParity(): Source[] {
  return readdirSync(parity)
    .filter((name) => /^keras-.*\.(keras|h5)$/.test(name))
    .map((file) => {
      const name = file.replace(/\.\w+$/, '');
      return { ...fromFile(name, path.join(parity, file)), inputs: () => parityInputs(name) };
    });
}

function fromSource(): Source[] {
  const folder = path.join(root, 'test/fixtures/source');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.py'))
    .flatMap((file) => {
      const { definitions } = analyzeSource(
        { kind: 'file', text: readFileSync(path.join(folder, file), 'utf8'), language: 'python' },
        { budgetMs: 5000 }
      );
      return definitions.map(({ key, model }): Source => ({
        title: `${file} ${key}`,
        load: () => Promise.resolve({ model: withFreshWeights(model, 7), close: () => undefined }),
        inputs: null
      }));
    });
}

export const samples: readonly Source[] = [
  'digits_cnn.h5',
  'digits_cnn.keras',
  'digits_cnn_tfjs/model.json',
  'shapes_cnn.keras'
].map((file) => fromFile(file, path.join(root, 'samples', file)));
export const parityModels = fromParity();
export const savedByKeras: readonly Source[] = readdirSync(readers)
  .filter((file) => /^k[23]-.*(?<!weights)\.(keras|h5)$/.test(file) && !/_weights|strange|operations/.test(file))
  .map((file) => fromFile(file, path.join(readers, file)));
export const fromCode = fromSource();

/** The model's inputs: those that came with it, else `(7919 i mod 1000) / 1000` with free axes 32 long. */
export function inputsOf(source: Source, model: Model): readonly DenseTensor[] {
  if (source.inputs !== null) return source.inputs();
  return model.root.inputs.map((ref) => {
    const kind = model.root.layers.get(model.root.calls[ref.call]?.layer ?? '')?.kind;
    const shape = kind?.kind === 'input' ? kind.shape : [];
    const sizes = shape.map((size, axis) => (axis === 0 ? 1 : (size ?? 32)));
    return {
      shape: sizes,
      data: Float32Array.from({ length: elementCount(sizes) }, (_, i) => ((i * 7919) % 1000) / 1000)
    };
  });
}

export function leavesOf(graph: Graph): LayerNode[] {
  return [...graph.layers.values()].flatMap((layer) =>
    layer.kind.kind === 'model' ? leavesOf(layer.kind.graph) : [layer]
  );
}
