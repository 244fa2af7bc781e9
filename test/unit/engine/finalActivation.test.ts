import { describe, expect, it } from 'vitest';
import type { LayerKind } from '../../../src/core/layerKind';
import { finalActivationOf } from '../../../src/engine/finalActivation';
import { FLATTEN, GraphBuilder, conv, dense, modelOf } from '../core/builder';

const softmax = (axis: number): LayerKind => ({ kind: 'activation', activation: { name: 'softmax', axis } });

/** What a network of these layers on pictures of 4 x 4 x 2 ends in. */
function endOf(...kinds: readonly LayerKind[]) {
  const builder = new GraphBuilder('net');
  const end = builder.chain(
    builder.input('in', [null, 4, 4, 2]),
    ...kinds.map((kind, index): [string, LayerKind] => [`l${index}`, kind])
  );
  return finalActivationOf(modelOf(builder.graph(end)), 0);
}

describe('the activation before which a loss is taken', () => {
  it('is a softmax over the last axis, said in either way', () => {
    expect(endOf(FLATTEN, dense(3), softmax(-1))).toBe('softmax');
    expect(endOf(FLATTEN, dense(3), softmax(1))).toBe('softmax');
    expect(endOf(FLATTEN, dense(3, { activation: { name: 'logSoftmax', axis: -1 } }))).toBe('logSoftmax');
    expect(endOf(conv(3, [1, 1]), softmax(3))).toBe('softmax');
  });

  it('is none where the softmax runs over rows or columns', () => {
    expect(endOf(conv(3, [1, 1]), softmax(1))).toBeNull();
    expect(endOf(conv(3, [1, 1]), softmax(-2))).toBeNull();
  });

  it('is none where its classes are spread by what follows', () => {
    // One picture: 1 x 1 x 3 stays three classes, 4 x 4 x 3 becomes 48 numbers.
    expect(endOf(conv(3, [4, 4]), softmax(-1), FLATTEN)).toBe('softmax');
    expect(endOf(conv(3, [1, 1]), softmax(-1), FLATTEN)).toBeNull();
  });

  it('is a sigmoid wherever it stands at the end', () => {
    expect(endOf(FLATTEN, dense(1, { activation: { name: 'sigmoid' } }))).toBe('sigmoid');
    expect(endOf(FLATTEN, dense(1))).toBeNull();
  });
});
