/** A layer's kernels for the hover, from the weights an open panel holds: small pictures, and how many are near dead. */
import type * as vscode from 'vscode';
import { subjectKey } from './panel/panelState';
import { sourceSubject } from './panel/sourceSubject';
import type { KernelGlance } from './languageServices';
import type { Services } from './services';
import { pngDataUri, withinBudget } from './pictures';

/** More than a row of them tells a reader of a hover nothing. */
const mostThumbnails = 8;

const nothing: KernelGlance = { pictures: [], filters: 0, nearDead: 0 };

export async function kernelGlance(
  services: Services,
  uri: vscode.Uri,
  key: string,
  layer: string,
  maxBytes: number,
  token: vscode.CancellationToken
): Promise<KernelGlance> {
  const panel = services.panels.find(subjectKey(sourceSubject(uri, key)));
  const model = panel?.openModel?.model;
  if (panel === null || model === undefined || token.isCancellationRequested) return nothing;
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
    return {
      pictures: withinBudget(tiles.map(pngDataUri), maxBytes),
      filters: sheet.filters.length,
      nearDead: sheet.filters.filter((filter) => filter.nearDead).length
    };
  } catch {
    // A hover without pictures is still a hover: a layer without kernels ends here.
    return nothing;
  } finally {
    listening.dispose();
  }
}
