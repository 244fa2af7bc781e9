import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/engine/engine';
import { openModelFile } from '../../src/readers/open';
import { elementCount } from '../../src/core/tensor';
import { type Difference, difference, fixtures, parityEngines, readFloats } from './parity';

interface Stored {
  readonly shape: number[];
  readonly offset: number;
}

interface Listing {
  readonly file: string;
  readonly inputs: readonly Stored[];
  readonly values: readonly (Stored & { readonly layer: string; readonly occurrence: number; readonly gap: number })[];
}

const listings = readdirSync(fixtures)
  .filter((name) => name.startsWith('keras-') && name.endsWith('.json'))
  .map((name) => ({ name: name.slice('keras-'.length, -'.json'.length) }));

for (const { name: engineName, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`every layer equals Keras on ${engineName}`, () => {
    afterAll(() => engine?.dispose());

    it.each(listings)('$name', async ({ name }) => {
      const listing = JSON.parse(readFileSync(path.join(fixtures, `keras-${name}.json`), 'utf8')) as Listing;
      const floats = readFloats(`keras-${name}.bin`);
      const valuesOf = ({ shape, offset }: Stored) => floats.subarray(offset, offset + elementCount(shape));
      const expected = new Map(listing.values.map((value) => [`${value.layer}#${value.occurrence}`, value]));
      const opened = await openModelFile(path.join(fixtures, listing.file));
      if (!opened.ok) throw new Error(`${opened.error.file}: ${opened.error.problem}`);
      const network = await engine?.prepare(opened.value.model, { seed: 1 });
      const far: (Difference & { readonly key: string })[] = [];
      const result: RunResult | undefined = await network?.run(
        listing.inputs.map((input) => ({ shape: input.shape, data: valuesOf(input) })),
        {
          mode: 'infer',
          seed: 1,
          onValue: async (value) => {
            const key = `${value.layer}#${value.occurrence}`;
            const reference = expected.get(key);
            if (reference === undefined) return;
            expected.delete(key);
            const { data, shape } = await value.read();
            if (shape.join() !== reference.shape.join()) throw new Error(`${key} has shape ${shape.join()}`);
            const found = difference(data, valuesOf(reference), reference.gap);
            if (!(found.worst <= found.allowed)) far.push({ key, ...found });
          }
        }
      );
      network?.dispose();
      opened.value.close();
      expect(result?.stoppedAt).toBeNull();
      expect(far).toEqual([]);
      expect([...expected.keys()]).toEqual([]);
    });
  });
}
