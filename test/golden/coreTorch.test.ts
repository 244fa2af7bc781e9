/** Shapes, counts and receptive fields against what real PyTorch gives (scripts/fixtures/core_torch.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LayerKind } from '../../src/core/layerKind';
import type { Model, ValueRef } from '../../src/core/model';
import { inputWindow } from '../../src/core/receptiveField';
import type { Shape } from '../../src/core/shape';
import { summarize } from '../../src/core/summarize';
import { GraphBuilder, modelOf } from '../unit/core/builder';
import type { RecordedField } from '../unit/core/kerasCase';

interface Step {
  readonly kind: LayerKind;
  readonly declared: readonly number[] | null;
  /** Steps by index; -1 is the input. */
  readonly inputs: readonly number[];
  readonly shape: Shape;
  readonly params: number;
  readonly buffers: number;
}

interface Case {
  readonly name: string;
  readonly input: Shape;
  readonly steps: readonly Step[];
  readonly macs?: number;
  readonly fields?: readonly Omit<RecordedField, 'stride'>[];
}

const file = path.join(__dirname, '../fixtures/core/torch.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as { torch: string; cases: readonly Case[] };

function build(each: Case, input: Shape): Model {
  const graph = new GraphBuilder(each.name);
  const image = graph.input('input', input);
  const values: ValueRef[] = [];
  for (const [i, step] of each.steps.entries()) {
    const inputs = step.inputs.map((j) => values[j] ?? image);
    const options = step.declared === null ? {} : { declaredFeatures: step.declared };
    values.push(graph.add(`s${i}`, step.kind, inputs, options));
  }
  return modelOf(graph.graph(...values.slice(-1)), { framework: 'pytorch', format: 'pytorch-source' });
}

describe(`shapes and counts of PyTorch ${recorded.torch}`, () => {
  for (const each of recorded.cases) {
    it(each.name, () => {
      const summary = summarize(build(each, each.input));
      expect(summary.diagnostics).toEqual([]);
      const rows = summary.layers.filter((row) => row.kind !== 'input');
      expect(rows.map((row) => row.outputShape)).toEqual(each.steps.map((step) => step.shape));
      expect(rows.map((row) => row.params)).toEqual(each.steps.map((step) => step.params));
      expect(summary.totals.buffers).toBe(each.steps.reduce((sum, step) => sum + step.buffers, 0));
      if (each.macs !== undefined) expect(summary.totals.macs).toBe(each.macs);
    });

    it(`${each.name}, parameters without any input size`, () => {
      const summary = summarize(
        build(
          each,
          each.input.map(() => null)
        )
      );
      expect(summary.totals.params).toBe(each.steps.reduce((sum, step) => sum + step.params, 0));
    });
  }
});

describe('receptive fields measured by impulses', () => {
  for (const each of recorded.cases) {
    for (const [i, field] of (each.fields ?? []).entries()) {
      it(`${each.name}: ${i} ${each.steps[i]?.kind.kind}`, () => {
        const model = build(each, each.input);
        const row = summarize(model).layers.find((candidate) => candidate.name === `s${i}`);
        for (const { position, window } of field.windows) {
          expect({ position, window: inputWindow(model, `s${i}`, 0, position) }).toEqual({
            position,
            window: window.flat()
          });
        }
        if (row?.receptiveField) expect(row.receptiveField).toEqual(field.extent);
        else expect(row?.receptiveFieldNote).toContain('the whole input');
      });
    }
  }
});
