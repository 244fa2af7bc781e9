import { describe, expect, it } from 'vitest';
import type { Activation } from '../../../src/core/activation';
import type { KindOf } from '../../../src/core/layerKind';
import { createRandom } from '../../../src/core/random';
import { elementCount, type KernelLayout, type WeightRole } from '../../../src/core/tensor';
import { GraphBuilder, tensorRef } from '../core/builder';
import { kindsOf, proveAll, single } from './proving';

type Recurrent = KindOf<'recurrent'>;

const tanh: Activation = { name: 'tanh' };
const recurrent = (cell: Recurrent['cell'], options: Partial<Recurrent> = {}): Recurrent => ({
  kind: 'recurrent',
  cell,
  units: 5,
  useBias: true,
  returnSequences: true,
  bidirectional: null,
  goBackwards: false,
  activation: tanh,
  recurrentActivation: { name: 'sigmoid' },
  resetAfter: true,
  ...options
});
const series = [null, 6, 3];

const cases: readonly (readonly [string, Recurrent])[] = [
  ['simple', recurrent('simple')],
  ['simple, without bias, last step', recurrent('simple', { useBias: false, returnSequences: false })],
  ['LSTM', recurrent('lstm')],
  ['LSTM, last step', recurrent('lstm', { returnSequences: false })],
  ['LSTM, backwards', recurrent('lstm', { goBackwards: true })],
  ['LSTM with hard gates', recurrent('lstm', { recurrentActivation: { name: 'hardSigmoid', variant: 'fifth' } })],
  ['GRU', recurrent('gru')],
  ['GRU, last step, backwards', recurrent('gru', { returnSequences: false, goBackwards: true })],
  ['GRU that resets before the product', recurrent('gru', { resetAfter: false })],
  ['GRU that resets before the product, without bias', recurrent('gru', { resetAfter: false, useBias: false })],
  ['LSTM, both directions side by side', recurrent('lstm', { bidirectional: 'concat' })],
  ['LSTM, both directions, last steps', recurrent('lstm', { bidirectional: 'concat', returnSequences: false })],
  ['GRU, sum of both directions', recurrent('gru', { bidirectional: 'sum' })],
  ['GRU, product of both directions', recurrent('gru', { bidirectional: 'mul', returnSequences: false })],
  ['simple, mean of both directions', recurrent('simple', { bidirectional: 'ave' })]
];

describe('the arithmetic of a recurrent layer equals the engine: it is', () => {
  it.each(cases)('%s', async (_name, kind) => {
    const checked = await proveAll(single(series, kind));
    expect(kindsOf(checked)).toEqual(['formula']);
    expect(checked.numbers).toBeGreaterThanOrEqual(5);
  });

  it.each(['lstm', 'gru', 'simple'] as const)('a %s with the weights of PyTorch', async (cell) => {
    const random = createRandom(3);
    const width = { lstm: 4, gru: 3, simple: 1 }[cell] * 5;
    const weight = (role: WeightRole, shape: readonly number[], layout: KernelLayout = 'none') =>
      tensorRef({
        role,
        shape,
        layout,
        data: Float32Array.from({ length: elementCount(shape) }, () => 2 * random.uniform() - 1)
      });
    const direction = () => [
      weight('kernel', [width, 3], 'OI'),
      weight('recurrentKernel', [width, 5], 'OI'),
      weight('bias', [width]),
      weight('bias', [width])
    ];
    const builder = new GraphBuilder('net');
    const input = builder.input('in', series);
    const kind = recurrent(cell, { bidirectional: 'concat' });
    const graph = builder.graph(builder.add('x', kind, [input], { weights: [...direction(), ...direction()] }));
    expect(kindsOf(await proveAll(graph, 'x', 'pytorch'))).toEqual(['formula']);
  });

  it('told with the gates of the step asked for', async () => {
    const { steps } = await proveAll(single(series, recurrent('lstm', { returnSequences: false })));
    const [first] = steps;
    if (first?.kind !== 'formula') throw new Error('not written out');
    expect(first.text).toContain('(step 6 of 6)');
    const term = (name: string) => first.terms.find((each) => each.name === name)?.value ?? Number.NaN;
    const cell = term('forget gate') * term('cell before') + term('input gate') * term('candidate');
    expect(term('cell')).toBeCloseTo(cell, 12);
    expect(first.value).toBeCloseTo(term('output gate') * Math.tanh(cell), 12);
  });

  it('given up, with a reason, where a gate needs more than one number', async () => {
    const softmax: Activation = { name: 'softmax', axis: -1 };
    const { steps } = await proveAll(single(series, recurrent('gru', { activation: softmax })));
    expect(steps[0]).toEqual({
      kind: 'none',
      reason: 'a gate of this layer uses an activation that needs more than one number'
    });
  });
});
