/** Canvases that can say what they show in shapes, so that an exported picture keeps its text as text and is whole. */
import type { Shape } from './shapes';

interface Described {
  readonly shapes: () => readonly Shape[];
  readonly prepare: (() => Promise<() => void>) | null;
}

const known = new WeakMap<Element, Described>();
/** What draws a canvas, for those that do not describe themselves. */
const drawings = new WeakMap<Element, () => readonly Shape[]>();

/**
 * @param shapes relative to the element's top left corner, asked for at the moment of the export
 * @param prepare loads what is not there yet and makes room for it; what it gives is called when all is written
 */
export function describeInShapes(
  element: Element,
  shapes: () => readonly Shape[],
  prepare: Described['prepare'] = null
): void {
  known.set(element, { shapes, prepare });
}

export function describeDrawing(element: Element, shapes: () => readonly Shape[]): void {
  drawings.set(element, shapes);
}

export function shapesOf(element: Element): readonly Shape[] | null {
  return (known.get(element)?.shapes ?? drawings.get(element))?.() ?? null;
}

/** @returns how to undo what was done for it */
export async function prepareAll(root: Element): Promise<() => void> {
  const undo: (() => void)[] = [];
  for (const element of root.querySelectorAll('*')) {
    const prepare = known.get(element)?.prepare ?? null;
    if (prepare !== null) undo.push(await prepare());
  }
  return () => {
    for (const one of undo) one();
  };
}
