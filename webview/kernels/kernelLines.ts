/** Kernels of 1-D layers as lines: the tap to the right, the weight upwards, one line for each input channel. */
import type { KernelSheet, KernelsOf } from '../../src/protocol/requests';
import type { ScaleMode, Tiles } from '../../src/protocol/values';
import { channel as rpc } from '../channel';
import { drawPixels, line, themeColour, type Draw } from '../shared/canvas';
import { lineColours } from '../shared/lineChart';

export const kernelTile = { width: 104, height: 52 } as const;

/** Whether a filter's lines are few enough to be told apart in one tile. */
export const overlaid = (sheet: KernelSheet): boolean => sheet.inChannels <= lineColours.length;

export interface KernelSource {
  readonly model: string;
  readonly sheet: KernelSheet;
  readonly of: KernelsOf;
}

/** @param planes `[filter, input channel]`; -1: all inputs' lines, or their mean where they are many. */
export async function kernelLines(
  { model, sheet, of }: KernelSource,
  planes: readonly (readonly [number, number])[],
  scale: ScaleMode,
  signal: AbortSignal
): Promise<Tiles> {
  const { layer, role } = sheet;
  const drawn = await Promise.all(
    planes.map(async ([filter, from]) => {
      const inputs =
        from >= 0 || !overlaid(sheet) ? [from] : Array.from({ length: sheet.inChannels }, (_, index) => index);
      const answers = await Promise.all(
        inputs.map((channel) => rpc.request('kernelNumbers', { model, layer, role, of, filter, channel }, { signal }))
      );
      const lines = answers.map(({ values }) => values);
      const own = lines.reduce((most, values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), most), 0);
      const limit = scale === 'shared' ? sheet.limit : own;
      const tile = drawPixels(kernelTile.width, kernelTile.height, linesAroundZero(lines, limit));
      return { tile, range: { min: -limit, max: limit } };
    })
  );
  return { tiles: drawn.map(({ tile }) => tile), ranges: drawn.map(({ range }) => range) };
}

function linesAroundZero(lines: readonly Float32Array[], limit: number): Draw {
  return (context, width, height) => {
    context.strokeStyle = themeColour('--vscode-descriptionForeground');
    context.lineWidth = 0.5;
    context.beginPath();
    context.moveTo(0, height / 2);
    context.lineTo(width, height / 2);
    context.stroke();
    lines.forEach((values, at) => {
      line(values, -limit, limit, lineColours[at % lineColours.length])(context, width, height);
    });
  };
}
