/** Which of the loops around `optimizer.step()` counts epochs, and which runs over the batches. */
import type { Loop } from '../interpreter/machine';
import { LoaderUnknown } from './trainingValues';

export interface Places {
  readonly batch: Loop | null;
  readonly epoch: Loop | null;
  /** Steps stand in loops of their own that count differently. */
  readonly differ: boolean;
}

/** @param all the loops around each step, outermost first */
export function placesOf(all: readonly (readonly Loop[])[]): Places {
  const found = all.map(placeOf);
  const [first = { batch: null, epoch: null }] = found;
  const differ = found.some(({ epoch }) => epoch?.rounds !== first.epoch?.rounds || epoch?.at !== first.epoch?.at);
  return { ...first, epoch: first.epoch ?? found.find(({ epoch }) => epoch !== null)?.epoch ?? null, differ };
}

const isNamedEpoch = ({ variable }: Loop): boolean => variable !== null && /epoch/i.test(variable);

function placeOf(loops: readonly Loop[]): { readonly batch: Loop | null; readonly epoch: Loop | null } {
  const loader = loops.findLastIndex(({ over }) => over instanceof LoaderUnknown);
  const last = loops.at(-1);
  const alone = loops.length === 0 || (last !== undefined && isNamedEpoch(last)) ? -1 : loops.length - 1;
  const at = loader >= 0 ? loader : alone;
  const outside = loops
    .slice(0, at < 0 ? loops.length : at)
    // `for phase in ["train", "val"]` counts nothing.
    .filter((loop) => loop.rounds !== null || loop.unknown !== null)
    .reverse();
  return { batch: loops[at] ?? null, epoch: outside.find(isNamedEpoch) ?? outside[0] ?? null };
}
