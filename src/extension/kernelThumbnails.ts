/** Small pictures of a layer's first kernels for the hover, from the weights an open panel holds. */
import type * as vscode from 'vscode';
import { subjectKey } from './panel/panelState';
import { sourceSubject } from './panel/sourceSubject';
import type { Services } from './services';
import { pngDataUri, withinBudget } from './pictures';

/** More than a row of them tells a reader of a hover nothing. */
const mostThumbnails = 8;

export async function kernelThumbnails(
  services: Services,
  uri: vscode.Uri,
  key: string,
  layer: string,
  maxBytes: number,
  token: vscode.CancellationToken
): Promise<readonly string[]> {
  const panel = services.panels.find(subjectKey(sourceSubject(uri, key)));
  const model = panel?.openModel?.model;
  if (panel === null || model === undefined || token.isCancellationRequested) return [];
  const stop = new AbortController();
  const listening = token.onCancellationRequested(() => {
    stop.abort();
  });
  try {
    const sheet = await panel.worker.request('kernelSheet', { model, layer }, { signal: stop.signal });
    const planes = Array.from(
      { length: Math.min(mostThumbnails, sheet.outChannels) },
      (_, filter): readonly [number, number] => [filter, -1]
    );
    const { tiles } = await panel.worker.request(
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
