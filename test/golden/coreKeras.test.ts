/** Shapes, counts and receptive fields against what real Keras gives (scripts/fixtures/core_keras.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inputWindow } from '../../src/core/receptiveField';
import { summarize } from '../../src/core/summarize';
import { modelOf } from '../unit/core/builder';
import { graphOfRecorded, type RecordedField, type RecordedModel } from '../unit/core/kerasCase';

interface Case {
  readonly name: string;
  readonly model: RecordedModel;
  readonly expect: Readonly<
    Record<string, { readonly shape: readonly (number | null)[]; readonly params: number; readonly trainable: number }>
  >;
  readonly totals: { readonly params: number; readonly trainable: number };
  readonly macs?: number;
  readonly fields?: Readonly<Record<string, RecordedField>>;
}

const file = path.join(__dirname, '../fixtures/core/keras.json');
const { cases, keras } = JSON.parse(readFileSync(file, 'utf8')) as { keras: string; cases: readonly Case[] };

/** Multi-head and einsum layers are shown, not understood: nothing about them is claimed. */
const isOpaque = (each: Case): boolean =>
  [...graphOfRecorded(each.model).layers.values()].some((layer) => layer.kind.kind === 'opaque');

describe(`shapes and counts of Keras ${keras}`, () => {
  it('has recorded cases of every windowed, merging and reshaping layer', () => {
    expect(cases.length).toBeGreaterThan(230);
    expect(cases.filter((each) => each.macs !== undefined).length).toBeGreaterThan(30);
    expect(cases.filter(isOpaque)).toHaveLength(1);
  });

  for (const each of cases.filter((candidate) => !isOpaque(candidate))) {
    it(each.name, () => {
      const model = modelOf(graphOfRecorded(each.model));
      const summary = summarize(model);
      expect(summary.diagnostics).toEqual([]);
      const rows = Object.fromEntries(
        summary.layers.map((row) => [
          row.name,
          { shape: row.outputShape, params: row.params, trainable: row.trainableParams }
        ])
      );
      expect(rows).toEqual(each.expect);
      expect({ params: summary.totals.params, trainable: summary.totals.trainableParams }).toEqual(each.totals);
      if (each.macs !== undefined) expect(summary.totals.macs).toBe(each.macs);
    });
  }

  it('claims nothing about a layer it does not know', () => {
    const [opaque] = cases.filter(isOpaque);
    if (opaque === undefined) throw new Error('no opaque case');
    expect(summarize(modelOf(graphOfRecorded(opaque.model))).totals).toMatchObject({ params: null, macs: null });
  });
});

describe('receptive fields measured by impulses', () => {
  for (const each of cases) {
    for (const [name, field] of Object.entries(each.fields ?? {})) {
      it(`${each.name}: ${name}`, () => {
        const model = modelOf(graphOfRecorded(each.model));
        const row = summarize(model).layers.find((candidate) => candidate.name === name);
        for (const { position, window } of field.windows) {
          const [low, high] = window;
          const pad = low.length === 1 ? [0] : [];
          const end = low.length === 1 ? [1] : [];
          expect({ position, window: inputWindow(model, name, 0, position) }).toEqual({
            position,
            window: [...pad, ...low, ...end, ...high]
          });
        }
        if (row?.receptiveField) {
          // Where strides of several paths differ the row tells the middle position's field, not the largest.
          if (row.effectiveStride !== null) expect(row.receptiveField).toEqual(field.extent);
          if (field.stride !== null && row.effectiveStride !== null) expect(row.effectiveStride).toEqual(field.stride);
        } else {
          expect(row?.receptiveFieldNote).toContain('the whole input');
        }
      });
    }
  }
});
