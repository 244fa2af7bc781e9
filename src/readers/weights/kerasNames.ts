/** Keras's names of weights where only the name tells which of a layer's weights a tensor is. */

/**
 * Within a layer a list of names keeps no fixed order, so the last word of the name tells the position that Keras gives
 * the weight; where it does not, the order of the list holds.
 */
const POSITIONS = [
  'depthwise_kernel',
  'pointwise_kernel',
  'kernel',
  'embeddings',
  'gamma',
  'recurrent_kernel',
  'alpha',
  'bias',
  'beta',
  'moving_mean',
  'moving_variance',
  'mean',
  'variance',
  'count'
];

/** The name without the output's number that TensorFlow puts behind it. */
export const bareName = (name: string): string => name.replace(/:\d+$/, '');

const lastWord = (name: string) => bareName(name).split('/').at(-1) ?? '';

/** Sorts as Keras lists a layer's weights, the forward direction first; -1 for words that are not Keras's. */
export function kerasPosition(name: string): number {
  const direction = /(^|\/)backward_/.test(name) ? POSITIONS.length : 0;
  return direction + POSITIONS.indexOf(lastWord(name));
}

/** Whether the name is one that Keras gives: `block/conv/kernel`. */
export const isKerasName = (name: string): boolean => name.includes('/') && POSITIONS.includes(lastWord(name));
