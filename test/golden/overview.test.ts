/** The first look at a file against what NumPy finds in the same file (scripts/fixtures/overview_numpy.py). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { filterFacts, filterValues, loadKernel, type KernelRole } from '../../src/analyses/kernels';
import { allLayers } from '../../src/analyses/layers';
import { buildOverview } from '../../src/analyses/overview';
import { summarize } from '../../src/core/summarize';
import { openModelFile } from '../../src/readers/open';

interface Judged {
  readonly layer: string;
  readonly weight: string;
  readonly notFinite: number;
  readonly off?: readonly number[];
  readonly median?: number;
  readonly norms?: readonly [number, number];
  readonly dead?: readonly number[];
  readonly copies?: readonly number[];
}

interface Reference {
  readonly weights: readonly Judged[];
  readonly heaviest: readonly (readonly [string, number])[];
}

const fixtures = path.resolve(__dirname, '../fixtures/overview');
type Group = 'corpus' | 'samples' | 'planted';
const listing = JSON.parse(readFileSync(path.join(fixtures, 'overview.json'), 'utf8')) as Record<
  Group,
  Record<string, Reference>
>;
const folders: Record<Group, string> = {
  corpus: path.resolve(__dirname, '../../../shared/corpus'),
  samples: path.resolve(__dirname, '../../samples'),
  planted: fixtures
};
const roles: Record<string, KernelRole> = {
  kernel: 'kernel',
  depthwise_kernel: 'depthwiseKernel',
  pointwise_kernel: 'pointwiseKernel'
};
const words: Record<string, string> = {
  kernel: 'filters',
  depthwise_kernel: 'depthwise filters',
  pointwise_kernel: 'pointwise filters'
};
const noLimit = 1e9;

/** Every finding that the definitions ask for, as `layer code channels` and the count that its sentence tells. */
function expectedFindings({ weights }: Reference): string[] {
  return weights.flatMap(({ layer, weight, notFinite, off = [], dead = [], copies = [] }) => [
    ...(notFinite > 0 ? [`${layer} not-finite  ${String(notFinite)} of`] : []),
    ...(off.length > 0 ? [`${layer} small-gamma ${off.join()} ${String(off.length)} of`] : []),
    ...(dead.length > 0 ? [`${layer} near-dead ${dead.join()} ${String(dead.length)} of ${words[weight] ?? ''}`] : []),
    ...(copies.length > 0
      ? [`${layer} duplicates ${copies.join()} ${String(copies.length)} of ${words[weight] ?? ''}`]
      : [])
  ]);
}

async function foundFindings(file: string) {
  const opened = await openModelFile(file);
  if (!opened.ok) throw new Error(opened.error.problem);
  const { model } = opened.value;
  const overview = await buildOverview(model, summarize(model), new AbortController().signal, () => undefined, noLimit);
  const names = new Map([...allLayers(model.root).values()].map(({ id, name }) => [id, name]));
  const findings = overview.findings.map(({ layer, code, channels, message }) => {
    const count = /: (\d+) of \d+ ?((?:\w+ )?filters)?/.exec(message);
    return `${names.get(layer ?? '') ?? ''} ${code} ${channels.join()} ${count?.[1] ?? ''} of ${count?.[2] ?? ''}`.trimEnd();
  });
  const heaviest = overview.heaviest.map(({ layer, params }) => [names.get(layer), params]);
  return { model, findings, heaviest, verdict: overview.verdict };
}

for (const group of ['planted', 'samples', 'corpus'] as const) {
  describe(`the first look at ${group === 'corpus' ? 'real models' : group} equals NumPy`, () => {
    for (const [name, reference] of Object.entries(listing[group])) {
      const file = path.join(folders[group], name);
      if (!existsSync(file)) {
        console.log(
          `skipped: the first look at ${name} (its file is not here: the models are not part of the project)`
        );
        it.skip(name, () => undefined);
        continue;
      }
      it(name, async () => {
        const { model, findings, heaviest } = await foundFindings(file);
        expect([...findings].sort()).toEqual(expectedFindings(reference).sort());
        // Layers of one size may come in either order.
        expect(heaviest.map(([, params]) => params)).toEqual(reference.heaviest.map(([, size]) => size));
        for (const { layer, weight, median, norms } of reference.weights) {
          if (median === undefined || norms === undefined) continue;
          const node = [...allLayers(model.root).values()].find((one) => one.name === layer);
          const kernel = node === undefined ? null : await loadKernel(node, roles[weight]);
          if (kernel === null) throw new Error(`${layer} has no ${weight}`);
          const { view } = kernel;
          const filters = Array.from({ length: view.outputs }, (_, o) => filterValues(view, o));
          const own = filterFacts(filters, undefined, noLimit)
            .facts.map(({ norm }) => norm)
            .filter((norm) => Number.isFinite(norm))
            .sort((a, b) => a - b);
          const got = [own[Math.floor(own.length / 2)] ?? 0, own[0] ?? 0, own.at(-1) ?? 0];
          for (const [i, wanted] of [median, ...norms].entries()) {
            expect(Math.abs((got[i] ?? 0) - wanted), `${layer} ${weight}`).toBeLessThanOrEqual(1e-5 * median);
          }
        }
      });
    }
  });
}

describe('the verdict', () => {
  it('calls the planted model broken and the samples sound', async () => {
    expect((await foundFindings(path.join(fixtures, 'planted.h5'))).verdict).toBe(
      'Broken: 2 weights are NaN or infinite, so every answer will be too.'
    );
    for (const name of Object.keys(listing.samples)) {
      expect((await foundFindings(path.join(folders.samples, name))).verdict, name).toMatch(/^Sound/);
    }
  });
});
