import { describe, expect, it } from 'vitest';
import { buildOverview } from '../../../src/analyses/overview';
import type { Model } from '../../../src/core/model';
import { createRandom } from '../../../src/core/random';
import { summarize } from '../../../src/core/summarize';
import { BATCH_NORM, FLATTEN, GraphBuilder, conv, dense, modelOf, tensorRef } from '../core/builder';

interface Weights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly gamma: Float32Array;
}

const filters = 6;
const fanIn = 3 * 3 * 2;

/** `[3, 3, 2, 6]`: entry `n` of filter `o` stands at `n * 6 + o`. */
const at = (filter: number, n: number): number => n * filters + filter;

/** A small trained network whose weights `change` may spoil. */
function network(change: (weights: Weights) => void, origin: Model['weightsOrigin']['kind'] = 'file'): Model {
  const random = createRandom(3);
  const draw = (length: number) => Float32Array.from({ length }, () => 2 * random.uniform() - 1);
  const weights = { kernel: draw(fanIn * filters), bias: draw(filters), gamma: new Float32Array(filters).fill(1) };
  change(weights);
  const builder = new GraphBuilder('net');
  const input = builder.input('in', [null, 5, 5, 2]);
  const first = builder.add('c', conv(filters, [3, 3]), [input], {
    weights: [
      tensorRef({ role: 'kernel', shape: [3, 3, 2, filters], layout: 'HWIO', data: weights.kernel }),
      tensorRef({ role: 'bias', shape: [filters], data: weights.bias })
    ]
  });
  const ones = new Float32Array(filters).fill(1);
  const second = builder.add('bn', BATCH_NORM, [first], {
    weights: [
      tensorRef({ role: 'gamma', shape: [filters], data: weights.gamma }),
      tensorRef({ role: 'beta', shape: [filters] }),
      tensorRef({ role: 'movingMean', shape: [filters] }),
      tensorRef({ role: 'movingVariance', shape: [filters], data: ones })
    ]
  });
  const flat = builder.add('flat', FLATTEN, [second]);
  const answer = builder.add('out', dense(4), [flat], {
    weights: [
      tensorRef({ role: 'kernel', shape: [54, 4], layout: 'IO', data: draw(216) }),
      tensorRef({ role: 'bias', shape: [4], data: draw(4) })
    ]
  });
  const weightsOrigin: Model['weightsOrigin'] =
    origin === 'random' ? { kind: 'random', seed: 1 } : { kind: 'file', file: 'net.keras', olderThanCode: false };
  return modelOf(builder.graph(answer), { weightsOrigin });
}

const look = (model: Model, report: (share: number) => void = () => undefined) =>
  buildOverview(model, summarize(model), new AbortController().signal, report);

describe('the overview', () => {
  it('calls a sound network sound and says what is heavy', async () => {
    const shares: number[] = [];
    const overview = await look(
      network(() => undefined),
      (share) => shares.push(share)
    );
    expect(overview.findings).toEqual([]);
    expect(overview.verdict).toBe('Sound: all weights are finite and no filter is dead or doubled in 3 layers.');
    // 54 x 4 + 4, 18 x 6 + 6 and 4 x 6 of 358.
    expect(overview.heaviest).toEqual([
      { layer: 'out', params: 220, share: 220 / 358 },
      { layer: 'c', params: 114, share: 114 / 358 },
      { layer: 'bn', params: 24, share: 24 / 358 }
    ]);
    expect(shares.at(0)).toBe(0);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it('counts NaN and infinite weights of every role and calls the network broken', async () => {
    const overview = await look(
      network(({ kernel, bias }) => {
        kernel[7] = Number.NaN;
        kernel[8] = Infinity;
        bias[2] = -Infinity;
      })
    );
    const messages = overview.findings.filter(({ code }) => code === 'not-finite').map(({ message }) => message);
    expect(messages).toEqual([
      'c: 2 of 108 values of kernel are NaN or infinite',
      'c: 1 of 6 values of bias are NaN or infinite'
    ]);
    expect(overview.findings.every(({ severity, code }) => (severity === 'problem') === (code === 'not-finite'))).toBe(
      true
    );
    expect(overview.verdict).toBe('Broken: 3 weights are NaN or infinite, so every answer will be too.');
  });

  it('takes a kernel of NaN throughout without calling its filters dead or doubled', async () => {
    const overview = await look(network(({ kernel }) => kernel.fill(Number.NaN)));
    expect(overview.findings.map(({ code }) => code)).toEqual(['not-finite']);
  });

  it('finds filters that do nothing, by their norm', async () => {
    const overview = await look(
      network(({ kernel }) => {
        for (let n = 0; n < fanIn; n++) {
          kernel[at(1, n)] = 0;
          kernel[at(4, n)] = (kernel[at(4, n)] ?? 0) / 1000;
        }
      })
    );
    expect(overview.findings).toEqual([
      {
        severity: 'remark',
        code: 'near-dead',
        message: 'c: 2 of 6 filters are near dead (norm at most 1 % of the median norm)',
        layer: 'c',
        channels: [1, 4]
      }
    ]);
    expect(overview.verdict).toBe(
      'Usable: all weights are finite; 1 of 3 layers have parts that do little: 2 near-dead filters.'
    );
  });

  it('finds a copy and its mirror image, by the cosine', async () => {
    const overview = await look(
      network(({ kernel }) => {
        for (let n = 0; n < fanIn; n++) {
          kernel[at(3, n)] = 2 * (kernel[at(0, n)] ?? 0);
          kernel[at(5, n)] = -(kernel[at(0, n)] ?? 0);
        }
      })
    );
    expect(overview.findings.map(({ code, channels }) => [code, channels])).toEqual([['duplicates', [0, 3, 5]]]);
    expect(overview.findings[0]?.message).toBe('c: 3 of 6 filters have a near copy (|cosine| >= 0.99)');
  });

  it('finds channels that a batch normalisation switches off', async () => {
    const overview = await look(
      network(({ gamma }) => {
        gamma[2] = 0;
        gamma[3] = -0.0005;
        gamma[4] = 0.002;
      })
    );
    expect(overview.findings).toEqual([
      {
        severity: 'remark',
        code: 'small-gamma',
        message: 'bn: 2 of 6 channels are switched off (|gamma| < 0.001)',
        layer: 'bn',
        channels: [2, 3]
      }
    ]);
    // No filter is dead, so the sentence must not say so.
    expect(overview.verdict).toBe(
      'Usable: all weights are finite; 1 of 3 layers have parts that do little: 2 channels switched off.'
    );
  });

  it('does not judge random weights', async () => {
    const { verdict } = await look(network(() => undefined, 'random'));
    expect(verdict).toBe('The weights are random: train the network or open a trained file to judge it.');
  });

  it('says that there is nothing to judge', async () => {
    const builder = new GraphBuilder('net');
    const graph = builder.graph(builder.add('flat', FLATTEN, [builder.input('in', [null, 2, 2, 1])]));
    const overview = await look(modelOf(graph));
    expect(overview).toEqual({ verdict: 'There are no weights to judge.', findings: [], heaviest: [] });
  });

  it('stops when it is cancelled', async () => {
    const stop = new AbortController();
    const model = network(() => undefined);
    const looking = buildOverview(model, summarize(model), stop.signal, () => {
      stop.abort(new Error('enough'));
    });
    await expect(looking).rejects.toThrow('enough');
  });
});
