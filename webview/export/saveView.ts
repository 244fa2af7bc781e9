/** Saves what the page made itself where the person chooses. */
import type { SavedType } from '../../src/protocol/panel';
import { channel } from '../channel';
import { figureOf, unfoldScrollers } from './domFigure';
import { prepareAll } from './registry';
import type { Figure } from './shapes';

/** A part of the page, with what its sheets have not loaded yet and what lies outside the scrolled parts. */
export async function wholeFigure(part: HTMLElement): Promise<Figure> {
  const release = await prepareAll(part);
  const fold = unfoldScrollers(part);
  try {
    return figureOf(part);
  } finally {
    fold();
    release();
  }
}

export function saveText(name: string, type: SavedType, text: string): Promise<unknown> {
  return saveBytes(name, type, new TextEncoder().encode(text));
}

/** @param name a suggestion, without folders or extension */
export function saveBytes(name: string, type: SavedType, bytes: Uint8Array): Promise<unknown> {
  return channel.request('saveFile', { name, type, bytes });
}
