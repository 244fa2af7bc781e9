/** The figures of the normalisation view on the digits sample, through the requests themselves, against Keras and numpy. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readDigits } from '../../src/data/digits';
import { writeNpy } from '../../src/images/npy';
import type { AnswerChange } from '../../src/protocol/answer';
import type { AnswerScore, GammaBeta, ShiftName } from '../../src/protocol/effects/normalization';
import { inProcess, type Request } from '../worker/inProcess';

const root = path.resolve(__dirname, '../..');
interface XrayTruth {
  readonly mean: number[];
  readonly variance: number[];
  readonly gamma: number[];
  readonly beta: number[];
  readonly moving: { readonly mean: number[]; readonly variance: number[] };
  readonly edges: number[];
  readonly channels: number[];
  readonly counts: number[][][];
  readonly deviations: number[];
  readonly outliers: readonly { readonly channel: number; readonly shift: number; readonly ratio: number }[];
  readonly pixel: Readonly<
    Record<'sample' | 'row' | 'column' | 'channel' | 'x' | 'mean' | 'variance' | 'normalized' | 'value', number>
  >;
}
interface Truth {
  readonly leading: number;
  readonly xray: { readonly layer: string; readonly moving: XrayTruth; readonly batch: XrayTruth };
  readonly modes: {
    readonly moving: AnswerScore;
    readonly answer: number[];
    readonly logits: number[];
    readonly sizes: readonly (AnswerScore & {
      readonly size: number;
      readonly answer: number[];
      readonly logits: number[];
    })[];
  };
  readonly shifts: readonly {
    readonly shift: ShiftName;
    readonly points: readonly {
      readonly strength: number;
      readonly moving: AnswerScore;
      readonly batch: AnswerScore;
    }[];
  }[];
  readonly tweak: {
    readonly layer: string;
    readonly changes: readonly GammaBeta[];
    readonly answerBefore: number[];
    readonly answerAfter: number[];
    readonly logitsBefore: number[];
    readonly logitsAfter: number[];
  };
  readonly depth: readonly {
    readonly scale: number;
    readonly normalized: boolean;
    readonly deviations: Readonly<Record<string, number>>;
  }[];
}
const truth = JSON.parse(readFileSync(path.join(root, 'test/fixtures/normalization/views.json'), 'utf8')) as Truth;

/** 1e-4 of the reference's largest value, at least 1e-4 of one. */
function expectNear(actual: ArrayLike<number>, reference: ArrayLike<number>, what: string, scale = 1): void {
  expect(actual.length, what).toBe(reference.length);
  const largest = Math.max(scale, ...Array.from(reference, Math.abs));
  Array.from(reference).forEach((value, i) => {
    expect(Math.abs((actual[i] ?? Number.NaN) - value) / largest, `${what} ${String(i)}`).toBeLessThan(1e-4);
  });
}

function expectScore(actual: AnswerScore, reference: AnswerScore, what: string): void {
  expect(actual.accuracy, what).toBeCloseTo(reference.accuracy ?? Number.NaN, 9);
  expect(actual.same, what).toBeCloseTo(reference.same, 9);
  expect(Math.abs(actual.change - reference.change), what).toBeLessThan(1e-4);
}

function expectChange(change: AnswerChange | null, before: number[], after: number[], what: string): void {
  if (change === null) throw new Error(`${what} is missing`);
  expect(change.entries.length, what).toBeGreaterThanOrEqual(5);
  const scale = Math.max(1, ...before.map(Math.abs), ...after.map(Math.abs));
  for (const { index, before: from, after: to } of change.entries) {
    expectNear([from, to], [before[index] ?? NaN, after[index] ?? NaN], what, scale);
  }
  const largest = Math.max(...before.map((value, i) => Math.abs(value - (after[i] ?? NaN))));
  expectNear([change.largestDifference], [largest], what, scale);
}

describe('the normalisation view on the digits, against Keras', () => {
  let request: Request;
  let model: string;
  beforeAll(async () => {
    request = inProcess();
    ({ model } = await request('openModel', { file: path.join(root, 'samples/digits_cnn.keras') }));
    const digits = await readDigits(path.join(root, 'media/digits'), 'validation');
    if (!digits.ok) throw new Error(digits.error.problem);
    const picture = await digits.value.image(truth.leading);
    if (!picture.ok) throw new Error(picture.error.problem);
    const { data } = picture.value;
    const grey = Float32Array.from({ length: 28 * 28 }, (_, i) => (data[4 * i] ?? 0) / 255);
    const bytes = writeNpy({ shape: [28, 28, 1], data: grey });
    const source = { kind: 'bytes', name: 'digit.npy', bytes } as const;
    await request('setInput', { model, input: 0, source, preprocessing: null });
    await request('run', { model });
  });

  it.each(['moving', 'batch'] as const)('finds the X-ray with %s statistics', async (mode) => {
    const { layer } = truth.xray;
    const wanted = truth.xray[mode];
    const ask = { model, layer, occurrence: 0, set: null, size: 8, mode };
    const xray = await request('normalizationXray', ask);
    expect(xray.batch).toMatchObject({ size: 8, distinct: 8 });
    expectNear(xray.mean, wanted.mean, 'mean');
    expectNear(xray.variance, wanted.variance, 'variance');
    expectNear(xray.gamma ?? [], wanted.gamma, 'gamma');
    expectNear(xray.beta ?? [], wanted.beta, 'beta');
    expectNear(xray.moving?.mean ?? [], wanted.moving.mean, 'moving mean');
    expectNear(xray.moving?.variance ?? [], wanted.moving.variance, 'moving variance');
    expectNear([xray.edges[0] ?? NaN, xray.edges.at(-1) ?? NaN], wanted.edges, 'edges');
    expectNear(
      xray.stages.map(({ std }) => std),
      wanted.deviations,
      'deviations'
    );
    const bins = xray.edges.length - 1;
    expect(bins).toBe(24);
    wanted.counts.forEach((channels, stage) => {
      channels.forEach((counts, i) => {
        const start = (stage * xray.shownChannels + (wanted.channels[i] ?? 0)) * bins;
        const own = Array.from(xray.counts.subarray(start, start + bins));
        const moved = own.reduce((sum, count, bin) => sum + Math.abs(count - (counts[bin] ?? 0)), 0);
        // A value on an edge may fall to either side in single precision.
        expect(moved, `histogram ${String(stage)} ${String(i)}`).toBeLessThanOrEqual(4);
      });
    });
    expect(xray.outliers.map(({ channel }) => channel)).toEqual(wanted.outliers.map(({ channel }) => channel));
    xray.outliers.forEach(({ shift, ratio }, i) => {
      const { shift: s = NaN, ratio: r = NaN } = wanted.outliers[i] ?? {};
      expectNear([shift, ratio], [s, r], 'outlier');
    });
    expect(xray.runtimeDifference).toBeLessThan(1e-4);
    const { sample, row, column, channel, ...numbers } = wanted.pixel;
    const { pixel } = await request('normalizationChannel', {
      ...ask,
      channel,
      sample,
      pixel: [row, column],
      depth: 0
    });
    for (const name of ['x', 'mean', 'variance', 'normalized', 'value'] as const)
      expectNear([pixel[name]], [numbers[name]], name);
    expectNear([pixel.runtime], [numbers.value], 'runtime');
  });

  it('compares training and inference by batch size', async () => {
    const modes = await request('normalizationModes', { model, set: null });
    const { sizes, moving, answer, logits } = truth.modes;
    expect(modes.leftOut).toEqual([]);
    expectScore(modes.moving, moving, 'moving');
    expect(modes.sizes.map(({ size }) => size)).toEqual([1, 2, 8, 32, 128]);
    modes.sizes.forEach((one, i) => {
      const wanted = sizes[i];
      if (wanted === undefined) throw new Error('no such size');
      const what = `batch of ${String(one.size)}`;
      expectScore(one.score, wanted, what);
      expectChange(one.answer, answer, wanted.answer, what);
      expectChange(one.logits, logits, wanted.logits, `logits in a ${what}`);
    });
  });

  it.each(truth.shifts)('answers pictures that are shifted: $shift', async ({ shift, points }) => {
    const found = await request('normalizationShift', { model, set: null, shift, twin: null });
    expect(found.folded).toBeNull();
    expect(found.points.map(({ strength }) => strength)).toEqual(points.map(({ strength }) => strength));
    found.points.forEach((point, i) => {
      const wanted = points[i];
      if (wanted === undefined) throw new Error('no such strength');
      expectScore(point.moving, wanted.moving, `moving at ${String(point.strength)}`);
      expectScore(point.batch, wanted.batch, `batch at ${String(point.strength)}`);
    });
  });

  it('drags gamma and beta', async () => {
    const { layer, changes, ...wanted } = truth.tweak;
    const found = await request('normalizationTweak', { model, layer, occurrence: 0, channel: 4, depth: 0, changes });
    expectChange(found.answer, wanted.answerBefore, wanted.answerAfter, 'answer');
    expectChange(found.logits, wanted.logitsBefore, wanted.logitsAfter, 'logits');
  });

  it('follows the signal of fresh weights through the depth', async () => {
    const signal = await request('signalDepth', { model, seed: 1 });
    expect(signal.batch).toMatchObject({ size: 8, distinct: 8 });
    expect(signal.twin).toBe('removed');
    for (const { scale, normalized, deviations } of truth.depth) {
      const line = signal.lines.find((one) => one.scale === scale && one.normalized === normalized);
      if (line === undefined) throw new Error('no such line');
      signal.layers.forEach(({ name, kind }, i) => {
        if (!normalized && kind === 'batchNorm') return;
        const wanted = deviations[name] ?? Number.NaN;
        const what = `${name} at ${String(scale)}${normalized ? ' normalised' : ''}`;
        expect(Math.abs((line.deviations[i] ?? NaN) - wanted) / Math.max(1e-6, wanted), what).toBeLessThan(1e-3);
      });
    }
  });
});
