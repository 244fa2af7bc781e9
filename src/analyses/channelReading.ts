/** How strongly each filter of a layer reads one channel of its input: the mean |weight| on that channel. */
import type { KernelView } from '../core/kernelView';
import type { LayerKind } from '../core/layerKind';

/** A channel on its way through the network. */
export interface Followed {
  readonly index: number;
  /** How many channels stand beside it, itself included; `null` where not known. */
  readonly channels: number | null;
  /** In which order flattening spread it over features, `null` before that. */
  readonly spread: 'channelsLast' | 'channelsFirst' | null;
}

export interface Strength {
  readonly filter: number;
  /** Mean |weight| over the taps (and, after flattening, over the features) of the channel. */
  readonly strength: number;
}

/** One entry for each filter that reads the channel: with groups, those of its group. Empty where the sizes do not fit. */
export function readingStrengths(kind: LayerKind, view: KernelView, followed: Followed): Strength[] {
  const { index } = followed;
  switch (kind.kind) {
    case 'dense':
      return inputsOf(view, followed).length === 0
        ? []
        : range(0, view.outputs).map((filter) => ({ filter, strength: mean(view, filter, inputsOf(view, followed)) }));
    case 'conv': {
      const group = Math.floor(index / view.inputs);
      const each = view.outputs / kind.groups;
      return group >= kind.groups
        ? []
        : range(group * each, each).map((filter) => ({ filter, strength: mean(view, filter, [index % view.inputs]) }));
    }
    case 'convTranspose': {
      // The view holds the outputs of one group and the inputs of all.
      const group = Math.floor(index / (view.inputs / kind.groups));
      return group >= kind.groups
        ? []
        : range(0, view.outputs).map((output) => ({
            filter: group * view.outputs + output,
            strength: mean(view, output, [index])
          }));
    }
    case 'depthwiseConv':
      return range(index * kind.depthMultiplier, kind.depthMultiplier)
        .filter((filter) => filter < view.outputs)
        .map((filter) => ({ filter, strength: mean(view, filter, [0]) }));
    case 'separableConv': {
      // The pointwise kernel reads the planes that the depthwise one makes of the channel.
      const planes = range(index * kind.depthMultiplier, kind.depthMultiplier).filter((plane) => plane < view.inputs);
      return planes.length === 0
        ? []
        : range(0, view.outputs).map((filter) => ({ filter, strength: mean(view, filter, planes) }));
    }
    default:
      return [];
  }
}

/** The features of a dense layer that hold the channel. */
function inputsOf(view: KernelView, { index, channels, spread }: Followed): number[] {
  if (spread === null) return index < view.inputs ? [index] : [];
  const positions = channels === null ? 0 : view.inputs / channels;
  if (!Number.isInteger(positions) || channels === null || index >= channels) return [];
  return range(0, positions).map((at) => (spread === 'channelsLast' ? at * channels + index : index * positions + at));
}

function mean(view: KernelView, filter: number, inputs: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const input of inputs) {
    for (const weight of view.plane(filter, input)) {
      sum += Math.abs(weight);
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
