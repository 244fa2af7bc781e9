/** Answers to the requests about poolings and steps: made-up maps, pooled and convolved by the real arithmetic. */
import { energyKept, keptShare, poolMap } from '../../src/analyses/pooling/pooled';
import { poolingAxes } from '../../src/analyses/pooling/windows';
import { builtinPicture, convolveByHand } from '../../src/analyses/steps/ownKernel';
import type { AnswerChange } from '../../src/protocol/answer';
import type { PoolingRequests, PoolOperation, ShiftedPool, Trace } from '../../src/protocol/effects/pooling';
import type { StepsRequests } from '../../src/protocol/effects/steps';
import { RequestFailure, type HandlerContext } from '../../src/protocol/rpc';
import { pool } from '../unit/core/builder';

type Asked = PoolingRequests & StepsRequests;
type Named = { readonly [K in keyof Asked as string extends K ? never : K]: Asked[K] };
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const edge = 26;
const axes = poolingAxes(pool('max', [2, 2]), [edge, edge], [13, 13]);

function mapOf(channel: number): Float32Array {
  return Float32Array.from({ length: edge * edge }, (_, i) =>
    Math.max(0, Math.sin((i % edge) / (2 + channel)) * Math.cos(Math.floor(i / edge) / 3))
  );
}

function pooled(channel: number, operation: PoolOperation) {
  const values = mapOf(channel);
  const found = poolMap(values, axes, operation, false);
  return {
    ...found,
    input: { size: [1, edge, edge] as const, values },
    output: { size: [1, 13, 13] as const, values: found.outputs },
    kept: keptShare([energyKept(values, axes, found, operation)])
  };
}

function answer(flipped: boolean): AnswerChange {
  const entry = (index: number, before: number, after: number) => ({ index, label: String(index), before, after });
  return {
    entries: flipped ? [entry(3, 0.01, 0.7), entry(7, 0.98, 0.2)] : [entry(7, 0.98, 0.95), entry(1, 0.01, 0.03)],
    probabilities: true,
    kind: 'classes',
    flipped,
    largestDifference: flipped ? 0.78 : 0.03
  };
}

function otherPoolings(share: number): ShiftedPool['others'] {
  const movement = (plain: number) => ({ plain, aligned: plain, shift: [0, 0] as const });
  return [
    { operation: 'average', movement: movement(share / 4) },
    { operation: 'first', movement: movement(share * 0.9) }
  ];
}

function trace(channel: number, cell: number): Trace {
  const winner = pooled(channel, 'max').winners[cell] ?? 0;
  const position = [Math.floor(winner / edge), winner % edge];
  const hop = { channel, position, value: mapOf(channel)[winner] ?? 0, share: null };
  return {
    cell,
    hops: [
      { ...hop, layer: 'max_pooling2d', name: 'max_pooling2d', kind: 'pool', reason: 'start' },
      { ...hop, layer: 'batch_normalization', name: 'batch_normalization', kind: 'batchNorm', reason: 'winner' },
      { ...hop, layer: 'input', name: 'input', kind: 'input', reason: 'largestTerm', share: 0.4 }
    ],
    exact: false,
    end: { kind: 'input', input: 0, channel: 0, position }
  };
}

export const fakePooling: Answers = {
  poolingMap: async ({ channel }) => {
    const { input, output, winners, divisors, kept } = pooled(channel ?? 2, 'max');
    return {
      kind: 'pool',
      operation: 'max',
      channel: channel ?? 2,
      channels: 32,
      rank: 2,
      axes,
      input,
      output,
      winners,
      divisors,
      kept,
      keptInAll: kept,
      range: { min: 0, max: 1 },
      sourceName: 'batch_normalization'
    };
  },
  poolingTraces: async ({ channel, cells }) => cells.map((cell) => trace(channel, cell)),
  poolingSwap: async ({ channel, choice }) => ({
    output: pooled(channel, choice.operation === 'average' ? 'average' : 'max').output,
    kept: 0.61,
    answer: answer(choice.operation === 'average'),
    change: 0.42,
    pads: choice.size === null ? [] : [[0, 1] as const, [0, 1] as const]
  }),
  poolingShift: async ({ channel, down, right }) => {
    const { input, output } = pooled(channel, 'max');
    const share = 0.3 * Math.hypot(down, right);
    const before = { plain: share, aligned: 0, shift: [down, right] as const };
    const after = { plain: share / 2, aligned: share / 3, shift: [0, 0] as const };
    return {
      before,
      after,
      mapBefore: before,
      mapAfter: after,
      input,
      output,
      others: otherPoolings(share),
      answer: answer(false)
    };
  },
  stepsMap: async ({ filter, channel }) => {
    const chosen = channel ?? 1;
    const kernel = Float32Array.from({ length: 9 }, (_, i) => (i - 4) / 20);
    const geometry = { size: 3, kernel: [...kernel], stride: 1, padding: 'valid', dilation: 1 } as const;
    const slid = convolveByHand(mapOf(chosen), [edge, edge], geometry);
    if (slid === null) throw new Error('the kernel does not fit');
    return {
      ...slid,
      filter: filter ?? 0,
      filters: 32,
      reads: [
        { channel: 1, weight: 3 },
        { channel: 0, weight: 1 }
      ],
      readsInAll: 2,
      weightInAll: 4,
      channel: chosen,
      rank: 2,
      kernel,
      groups: 1,
      padMode: 'zeros',
      kind: 'conv',
      inputRange: { min: 0, max: 1 },
      outputRange: { min: -0.5, max: 0.5 },
      sourceName: 'input'
    };
  },
  tryKernel: async ({ picture, ...kernel }) => {
    const { size, values } = picture.kind === 'given' ? picture : builtinPicture();
    const slid = convolveByHand(values, size, kernel);
    if (slid !== null) return slid;
    const problem = { file: 'kernel', problem: 'does not fit the picture', remedy: 'Choose a smaller one' };
    throw new RequestFailure({ kind: 'input', problem });
  }
};
