import type { InputPort } from '../../src/protocol/requests';
import type { ThumbnailPicture } from '../../src/protocol/running';
import type { AppState } from '../state';

/** The strip's picture of an input that is no image: bars or a line in the theme's colours. */
export function inputPicture({ opened, thumbnails }: AppState, port: InputPort): ThumbnailPicture | null {
  if (port.role !== 'series' && port.role !== 'values') return null;
  const layer = opened?.summary.layers.find((row) => row.kind === 'input' && row.name === port.name);
  return thumbnails.get(layer?.id ?? '')?.picture ?? null;
}
