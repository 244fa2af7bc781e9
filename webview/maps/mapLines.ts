/** The maps of a 1-D layer as lines: time to the right, value upwards. */
import type { MapSheet } from '../../src/protocol/running';
import type { ScaleMode, Tiles } from '../../src/protocol/values';
import { channel as rpc } from '../channel';
import { drawPixels, line } from '../shared/canvas';

export const lineTile = { width: 120, height: 48 } as const;

/** One line for each channel, on the range of all maps or on its own. */
export async function mapLines(
  model: string,
  sheet: MapSheet,
  channels: readonly number[],
  scale: ScaleMode,
  signal: AbortSignal
): Promise<Tiles> {
  const { layer, occurrence, statistics } = sheet;
  const drawn = await Promise.all(
    channels.map(async (channel) => {
      const { values } = await rpc.request('mapNumbers', { model, layer, occurrence, channel, slice: 0 }, { signal });
      const own = sheet.perChannel[channel];
      const { min, max } = scale === 'shared' || own === undefined ? statistics : own;
      const tile = drawPixels(lineTile.width, lineTile.height, line(values, min, max));
      return { tile, range: { min, max } };
    })
  );
  return { tiles: drawn.map(({ tile }) => tile), ranges: drawn.map(({ range }) => range) };
}
