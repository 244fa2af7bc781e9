import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LayerKind } from '../../src/core/layerKind';
import { elementCount, type DenseTensor, type KernelLayout, type WeightRole } from '../../src/core/tensor';
import { graphOf, layer, modelOf, weight } from '../unit/engine/models';
import { parityEngines, readFloats } from './parity';

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
}

const why = path.resolve(__dirname, '../fixtures/why');
const parse = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const { cases } = parse(path.resolve(__dirname, '../fixtures/parity/torch.json')) as { cases: readonly Case[] };
const floats = readFloats('torch.bin');
const valuesOf = ({ shape, offset }: Stored) => floats.subarray(offset, offset + elementCount(shape));

function stored(name: string): ReadonlyMap<string, (DenseTensor | null)[]> {
  const listed = parse(path.join(why, `${name}.json`)) as Readonly<Record<string, readonly (number[] | null)[]>>;
  const bytes = readFileSync(path.join(why, `${name}.bin`));
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  let offset = 0;
  return new Map(
    Object.entries(listed).map(([key, list]) => [
      key,
      list.map((shape) =>
        shape === null ? null : { shape, data: values.subarray(offset, (offset += elementCount(shape))) }
      )
    ])
  );
}

const references = stored('torch-layers');
const ofWeights = stored('torch-weights');

for (const { name: engineName, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`gradients of layers equal PyTorch's on ${engineName}`, () => {
    afterAll(() => engine?.dispose());

    it.each(cases.filter(({ name }) => references.has(name)))(
      '$name',
      async ({ name, kind, mode, inputs, weights, output }) => {
        const subject = layer(
          'subject',
          kind,
          weights.map((one) => weight(one.role, one.layout, one.shape, valuesOf(one)))
        );
        const sources = inputs.map((input, i) => ({
          layer: layer(`input${i}`, { kind: 'input', shape: input.shape, dtype: 'float32' }),
          from: []
        }));
        const graph = graphOf(
          'case',
          [...sources, { layer: subject, from: sources.map((_, i) => i) }],
          [sources.length]
        );
        const network = await engine?.prepare(modelOf(graph, 'pytorch'), { seed: 1 });
        const size = elementCount(output.shape.slice(1));
        const found = await network?.gradient(
          inputs.map((input) => ({ shape: input.shape, data: valuesOf(input) })),
          {
            objective: {
              kind: 'weighted',
              key: 'subject#0',
              weights: Float32Array.from({ length: size }, (_, i) => Math.cos(0.7 * i + 0.3))
            },
            at: inputs.map((_, i) => `input${i}#0`),
            weights: ofWeights.get(name)?.some((one) => one !== null) === true ? ['subject'] : undefined,
            mode,
            seed: 1
          }
        );
        network?.dispose();
        expect(found?.stoppedAt).toBeNull();
        for (const [i, reference] of (references.get(name) ?? []).entries()) {
          if (reference === null) continue;
          const gradient = found?.gradients.get(`input${i}#0`);
          expect(gradient?.shape).toEqual(reference.shape);
          const largest = reference.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
          const values = valuesOf(inputs[i] ?? { shape: [], offset: 0 });
          const worst = reference.data.reduce((most, value, at) => {
            // PyTorch's own choice at the two corners of hard swish; Keras has the other one.
            if (name === 'activation hard swish' && Math.abs(values[at] ?? 0) === 3) return most;
            return Math.max(most, Math.abs(value - (gradient?.data[at] ?? NaN)));
          }, 0);
          expect(worst / largest).toBeLessThan(1e-4);
        }
        for (const [i, reference] of (ofWeights.get(name) ?? []).entries()) {
          const gradient = found?.weights.get('subject')?.[i] ?? null;
          expect(gradient?.shape).toEqual(reference?.shape);
          if (reference === null) continue;
          const largest = reference.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
          const worst = reference.data.reduce(
            (most, value, at) => Math.max(most, Math.abs(value - (gradient?.data[at] ?? NaN))),
            0
          );
          expect(worst / largest).toBeLessThan(1e-4);
        }
      }
    );

    // A step always runs in training mode, where a batch norm answers otherwise.
    const stepped = cases.filter(
      ({ name, kind, mode }) =>
        ofWeights.get(name)?.some((one) => one !== null) === true && (mode === 'train' || kind.kind !== 'batchNorm')
    );
    it.each(stepped)('$name, weights in a step of training', async ({ name, kind, inputs, weights }) => {
      const subject = layer(
        'subject',
        kind,
        weights.map((one) => weight(one.role, one.layout, one.shape, valuesOf(one)))
      );
      const sources = inputs.map((input, i) => ({
        layer: layer(`input${i}`, { kind: 'input', shape: input.shape, dtype: 'float32' }),
        from: []
      }));
      const graph = graphOf('case', [...sources, { layer: subject, from: sources.map((_, i) => i) }], [sources.length]);
      const network = await engine?.prepare(modelOf(graph, 'pytorch'), { seed: 1 });
      const taken = network?.step(
        inputs.map((input) => ({ shape: input.shape, data: valuesOf(input) })),
        {
          seed: 1,
          scores: [false],
          loss: ([output]) => {
            const size = elementCount(output?.shape.slice(1) ?? []);
            return {
              value: 0,
              gradients: [Float32Array.from(output?.data ?? [], (_, i) => Math.cos(0.7 * (i % size) + 0.3))]
            };
          },
          trains: () => true
        }
      );
      if (taken?.type !== 'done') throw new Error(taken?.reason);
      let compared = 0;
      for (const parameter of network?.parameters() ?? []) {
        const reference = ofWeights.get(name)?.[parameter.index] ?? null;
        const gradient = taken.gradients.get(parameter.key);
        expect(gradient === undefined).toBe(reference === null);
        if (reference === null || gradient === undefined) continue;
        const values = network?.inOriginOrder({ ...parameter, values: gradient });
        const largest = reference.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const worst = reference.data.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (values?.[at] ?? NaN))),
          0
        );
        expect(worst / largest).toBeLessThan(1e-4);
        compared++;
      }
      expect(compared).toBeGreaterThan(0);
      network?.dispose();
    });
  });
}
