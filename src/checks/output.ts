/** The end of a network: the layer that gives its answer, how many numbers it gives, and the function over them. */
import type { Activation } from '../core/activation';
import type { Subject, Use } from './subject';

export interface Output {
  /** The layer with the units. */
  readonly use: Use;
  readonly units: number;
  /** What it applies to its numbers, itself or through a layer behind it. */
  readonly activation: Activation['name'];
  /** The layer that applies it. */
  readonly activationUse: Use;
  readonly shape: readonly (number | null)[];
}

/** Layers behind the answer that change neither its numbers nor their meaning at inference. */
const TRANSPARENT = /^(dropout|alphaDropout|gaussianDropout|gaussianNoise|identity)$/;

/** The only output, where it is a dense layer or a convolution behind pooling; `null` for everything else. */
export function outputOf(subject: Subject): Output | null {
  const known = outputs.get(subject);
  if (known !== undefined) return known;
  const found = findOutput(subject);
  outputs.set(subject, found);
  return found;
}

/** Several checks ask. */
const outputs = new WeakMap<Subject, Output | null>();

function findOutput(subject: Subject): Output | null {
  const ends = subject.uses.filter(({ isOutput }) => isOutput);
  const [end] = ends;
  if (end === undefined || ends.length !== 1 || end.output === null) return null;
  let applied: { readonly use: Use; readonly name: Activation['name'] } | null = null;
  for (let use: Use | undefined = end; use !== undefined; [use] = use.before) {
    const { kind } = use.layer;
    if (kind.kind === 'activation') applied ??= { use, name: kind.activation.name };
    else if (kind.kind === 'dense' || kind.kind === 'conv') {
      const units = end.output.at(kind.kind === 'conv' && kind.dataFormat === 'channelsFirst' ? 1 : -1);
      if (units === null || units === undefined) return null;
      const own = { use, name: kind.activation.name };
      const { use: activationUse, name } = applied ?? own;
      return { use, units, activation: name, activationUse, shape: end.output };
    } else if (!TRANSPARENT.test(kind.kind) && !isPooling(kind.kind)) return null;
  }
  return null;
}

const isPooling = (kind: string): boolean => /^(globalPool|adaptivePool|flatten)$/.test(kind);
