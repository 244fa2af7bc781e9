/** Small pictures of a layer's first kernels for the hover, from the weights an open panel holds. */
import { encode } from 'fast-png';
import type * as vscode from 'vscode';
import type { Pixels } from '../protocol/requests';
import { subjectKey } from './panel/panelState';
import { sourceSubject } from './panel/sourceSubject';
import type { Services } from './services';

/** More than a row of them tells a reader of a hover nothing. */
const mostThumbnails = 8;
/** Hover pictures are enlarged by whole factors to about this many pixels, so that a 3 × 3 kernel can be seen. */
const targetSize = 36;

export async function kernelThumbnails(
  services: Services,
  uri: vscode.Uri,
  key: string,
  layer: string,
  maxBytes: number,
  token: vscode.CancellationToken
): Promise<readonly string[]> {
  const model = services.panels.find(subjectKey(sourceSubject(uri, key)))?.openModel?.model;
  if (model === undefined || token.isCancellationRequested) return [];
  const stop = new AbortController();
  const listening = token.onCancellationRequested(() => {
    stop.abort();
  });
  try {
    const sheet = await services.worker.request('kernelSheet', { model, layer }, { signal: stop.signal });
    const planes = Array.from(
      { length: Math.min(mostThumbnails, sheet.outChannels) },
      (_, filter): readonly [number, number] => [filter, -1]
    );
    const { tiles } = await services.worker.request(
      'kernelTiles',
      { model, layer, role: sheet.role, scale: 'shared', colormap: 'diverging', planes },
      { signal: stop.signal }
    );
    return withinBudget(tiles.map(pngDataUri), maxBytes);
  } catch {
    // A hover without pictures is still a hover: a layer without kernels ends here.
    return [];
  } finally {
    listening.dispose();
  }
}

/** As many as fit, in order. */
export function withinBudget(uris: readonly string[], maxBytes: number): readonly string[] {
  let used = 0;
  return uris.filter((uri) => (used += uri.length) <= maxBytes);
}

/** Enlarged by a whole factor, as a `data:image/png;base64,` address. */
export function pngDataUri(pixels: Pixels): string {
  const factor = Math.max(1, Math.floor(targetSize / Math.max(pixels.width, pixels.height, 1)));
  const { width, height, rgba } = enlarge(pixels, factor);
  const png = encode({ width, height, data: rgba, channels: 4 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Nearest neighbour: each number stays one square. */
export function enlarge({ width, height, rgba }: Pixels, factor: number): Pixels {
  const source = new Uint32Array(Uint8Array.from(rgba).buffer);
  const target = new Uint32Array(width * factor * height * factor);
  for (let y = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++) {
      target[y * width * factor + x] = source[row + Math.floor(x / factor)] ?? 0;
    }
  }
  return { width: width * factor, height: height * factor, rgba: new Uint8Array(target.buffer) };
}
