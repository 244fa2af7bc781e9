import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DenseTensor } from '../../src/core/tensor';
import { elementCount } from '../../src/core/tensor';
import { openModelFile } from '../../src/readers/open';
import { fixtures, parityEngines, readFloats } from './parity';

interface Reference {
  readonly layer: string;
  readonly shape: readonly number[];
  readonly sum: number;
  readonly absoluteSum: number;
  readonly largest: number;
  readonly gap: number;
}

interface Listing {
  readonly samples: number;
  readonly models: readonly { readonly file: string; readonly layers: readonly Reference[] }[];
}

/** Models with their references; `folder` may be missing for those that are not part of the project. */
interface Collection {
  readonly title: string;
  readonly folder: string;
  readonly listing: Listing;
  readonly samples: Float32Array;
  /** Where each model's values begin in `samples`. */
  readonly starts: ReadonlyMap<string, number>;
}

function collection(name: 'corpus' | 'samples', title: string, folder: string): Collection {
  const listing = JSON.parse(readFileSync(path.join(fixtures, `${name}.json`), 'utf8')) as Listing;
  const starts = new Map<string, number>();
  let start = 0;
  for (const { file, layers } of listing.models) {
    starts.set(file, start);
    start += layers.length * listing.samples;
  }
  return { title, folder, listing, samples: readFloats(`${name}.bin`), starts };
}

const corpus = path.resolve(__dirname, '../../../shared/corpus');
const collections = [
  collection('corpus', 'real models', corpus),
  collection('samples', 'the samples', path.resolve(__dirname, '../../samples'))
];

/** As the script: `(7919 i mod 1000) / 1000`, free axes 32 long. */
function fixedInput(shape: readonly (number | null)[]): DenseTensor {
  const sizes = shape.map((size, axis) => (axis === 0 ? 1 : (size ?? 32)));
  return {
    shape: sizes,
    data: Float32Array.from({ length: elementCount(sizes) }, (_, i) => ((i * 7919) % 1000) / 1000)
  };
}

/** What of a layer's values is farther from the reference than DESIGN's tolerance; `null` where nothing is. */
function disagreement({ data, shape }: DenseTensor, reference: Reference, expected: Float32Array): string | null {
  const { layer, sum, absoluteSum, largest, gap } = reference;
  if (shape.join() !== reference.shape.join()) return `${layer}: shape ${shape.join()}`;
  const allowed = Math.max(1e-5 * largest, 3 * gap);
  let worst = 0;
  expected.forEach((value, k) => {
    const at = Math.floor((k * (data.length - 1)) / (expected.length - 1));
    const distance = Math.abs((data[at] ?? NaN) - value);
    worst = Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
  });
  let ownSum = 0;
  let ownAbsolute = 0;
  let ownLargest = 0;
  for (const value of data) {
    ownSum += value;
    ownAbsolute += Math.abs(value);
    ownLargest = Math.max(ownLargest, Math.abs(value));
  }
  const summed = Math.max(1e-5 * absoluteSum, gap * data.length);
  if (!(worst <= allowed)) return `${layer}: a value is off by ${worst}, allowed ${allowed}`;
  if (!(Math.abs(ownLargest - largest) <= allowed)) return `${layer}: largest ${ownLargest}, expected ${largest}`;
  if (!(Math.abs(ownSum - sum) <= summed)) return `${layer}: sum ${ownSum}, expected ${sum}`;
  if (!(Math.abs(ownAbsolute - absoluteSum) <= summed)) return `${layer}: sum of absolutes ${ownAbsolute}`;
  return null;
}

if (!existsSync(corpus)) console.log('skipped: parity of the corpus models (the corpus folder is not here)');

for (const { name: engineName, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`every layer on ${engineName}`, () => {
    afterAll(() => engine?.dispose());

    describe.each(collections)('of $title', ({ folder, listing, samples, starts }) => {
      it.skipIf(!existsSync(folder)).each(listing.models)('$file', { timeout: 120_000 }, async ({ file, layers }) => {
        const opened = await openModelFile(path.join(folder, file));
        if (!opened.ok) throw new Error(`${opened.error.file}: ${opened.error.problem}`);
        const { model } = opened.value;
        const inputs = model.root.inputs.map((ref) => {
          const kind = model.root.layers.get(model.root.calls[ref.call]?.layer ?? '')?.kind;
          return fixedInput(kind?.kind === 'input' ? kind.shape : []);
        });
        const wanted = new Map(layers.map((reference, i) => [reference.layer, { reference, i }]));
        const wrong: string[] = [];
        const network = await engine?.prepare(model, { seed: 1 });
        const result = await network?.run(inputs, {
          mode: 'infer',
          seed: 1,
          onValue: async (value) => {
            const entry = wanted.get(value.layer);
            if (entry === undefined) return;
            wanted.delete(value.layer);
            const from = (starts.get(file) ?? 0) + entry.i * listing.samples;
            const found = disagreement(
              await value.read(),
              entry.reference,
              samples.subarray(from, from + listing.samples)
            );
            if (found !== null) wrong.push(found);
          }
        });
        network?.dispose();
        opened.value.close();
        expect(result?.stoppedAt).toBeNull();
        expect(wrong).toEqual([]);
        expect([...wanted.keys()]).toEqual([]);
      });
    });
  });
}
