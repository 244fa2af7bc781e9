/** Canvases that can say what they show in shapes, so that an exported picture keeps its text as text. */
import type { Shape } from './shapes';

const known = new WeakMap<Element, () => readonly Shape[]>();

/** @param shapes relative to the element's top left corner, asked for at the moment of the export */
export function describeInShapes(element: Element, shapes: () => readonly Shape[]): void {
  known.set(element, shapes);
}

export function shapesOf(element: Element): readonly Shape[] | null {
  return known.get(element)?.() ?? null;
}
