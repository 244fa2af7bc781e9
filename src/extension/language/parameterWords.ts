/** The arithmetic that gives a layer's parameters, written out: `3 × 3 × 1 × 32 + 32 = 320`. */
import type { LayerKind } from '../../core/layerKind';
import { exactCount } from '../../core/format';
import { channelAxis, type Shape } from '../../core/shape';

/** `null` where the layer has no parameters, or where the terms do not give the count that the summary found. */
export function parameterArithmetic(kind: LayerKind, input: Shape | null, params: number | null): string | null {
  if (params === null || params === 0 || input === null) return null;
  const terms = termsOf(kind, input);
  if (terms === null) return null;
  const total = terms.reduce((sum, factors) => sum + factors.reduce((product, factor) => product * factor, 1), 0);
  if (total !== params) return null;
  const words = terms.map((factors) => factors.map(exactCount).join(' × ')).join(' + ');
  return `${words} = ${exactCount(params)}`;
}

function termsOf(kind: LayerKind, input: Shape): number[][] | null {
  if (kind.kind === 'dense') {
    const size = input.at(-1) ?? null;
    return size === null ? null : withBias([size, kind.units], kind.useBias, kind.units);
  }
  if (kind.kind === 'batchNorm') {
    const axis = kind.axis < 0 ? input.length + kind.axis : kind.axis;
    const channels = input[axis] ?? null;
    const vectors = Number(kind.center) + Number(kind.scale) + (kind.tracksStatistics ? 2 : 0);
    return channels === null ? null : [[vectors, channels]];
  }
  if (
    kind.kind !== 'conv' &&
    kind.kind !== 'convTranspose' &&
    kind.kind !== 'depthwiseConv' &&
    kind.kind !== 'separableConv'
  ) {
    return null;
  }
  const channels = input[channelAxis(input.length, kind.dataFormat)] ?? null;
  if (channels === null) return null;
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
      return withBias([...kind.kernelSize, channels / kind.groups, kind.filters], kind.useBias, kind.filters);
    case 'depthwiseConv':
      return withBias(
        [...kind.kernelSize, channels, kind.depthMultiplier],
        kind.useBias,
        channels * kind.depthMultiplier
      );
    case 'separableConv':
      return [
        [...kind.kernelSize, channels, kind.depthMultiplier],
        ...withBias([channels * kind.depthMultiplier, kind.filters], kind.useBias, kind.filters)
      ];
  }
}

function withBias(factors: number[], useBias: boolean, bias: number): number[][] {
  return useBias ? [factors, [bias]] : [factors];
}
