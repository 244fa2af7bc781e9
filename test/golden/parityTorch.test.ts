import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LayerKind } from '../../src/core/layerKind';
import { elementCount, type KernelLayout, type WeightRole } from '../../src/core/tensor';
import { graphOf, layer, modelOf, weight } from '../unit/engine/models';
import { difference, fixtures, parityEngines, readFloats } from './parity';

interface Stored {
  readonly shape: number[];
  readonly offset: number;
}

interface Case {
  readonly name: string;
  readonly kind: LayerKind;
  readonly mode: 'infer' | 'train';
  readonly inputs: readonly Stored[];
  readonly weights: readonly (Stored & { readonly role: WeightRole; readonly layout: KernelLayout })[];
  readonly output: Stored;
  readonly gap: number;
}

const { cases } = JSON.parse(readFileSync(path.join(fixtures, 'torch.json'), 'utf8')) as { cases: readonly Case[] };
const floats = readFloats('torch.bin');
const valuesOf = ({ shape, offset }: Stored) => floats.subarray(offset, offset + elementCount(shape));

for (const { name, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`layers equal PyTorch on ${name}`, () => {
    afterAll(() => engine?.dispose());

    it.each(cases)('$name', async ({ kind, mode, inputs, weights, output, gap }) => {
      const subject = layer(
        'subject',
        kind,
        weights.map((stored) => weight(stored.role, stored.layout, stored.shape, valuesOf(stored)))
      );
      const sources = inputs.map((input, i) => ({
        layer: layer(`input${i}`, { kind: 'input', shape: input.shape, dtype: 'float32' }),
        from: []
      }));
      const graph = graphOf('case', [...sources, { layer: subject, from: sources.map((_, i) => i) }], [sources.length]);
      const network = await engine?.prepare(modelOf(graph, 'pytorch'), { seed: 1 });
      const result = await network?.run(
        inputs.map((input) => ({ shape: input.shape, data: valuesOf(input) })),
        { mode, seed: 1 }
      );
      network?.dispose();
      expect(result?.stoppedAt).toBeNull();
      expect(result?.outputs[0]?.shape).toEqual(output.shape);
      const { worst, allowed } = difference(result?.outputs[0]?.data ?? [], valuesOf(output), gap);
      expect(worst).toBeLessThanOrEqual(allowed);
    });
  });
}
