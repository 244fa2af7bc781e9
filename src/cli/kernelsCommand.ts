/** `convlens kernels`: every filter of a layer on one sheet. */
import { loadKernel, kernelTiles } from '../analyses/kernels';
import { allLayers } from '../analyses/layers';
import { withFreshWeights } from '../analyses/freshModel';
import { drawSheet } from '../drawing/sheet';
import type { LayerNode, Model } from '../core/model';
import { onlyFile, readArguments, required } from './arguments';
import { BadInput } from './failure';
import { openOneModel } from './openModels';
import { writePng } from './writePng';

/** Planes drawn at most; a sheet of more could not be looked at. */
const planeLimit = 4096;

/** @throws {BadInput} */
export async function kernelsCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('kernels', words, { layer: 'text', out: 'text', model: 'text', weights: 'text' });
  const file = onlyFile('kernels', args);
  const name = required('kernels', args, 'layer');
  const out = required('kernels', args, 'out');
  const { model: opened, close } = await openOneModel(file, args.value('model'), args.value('weights'));
  try {
    const model = opened.weightsOrigin.kind === 'none' ? withFreshWeights(opened, 1) : opened;
    const layer = findLayer(model, name, file);
    const kernel = await loadKernel(layer);
    if (kernel === null)
      throw new BadInput(`${file}: layer ${layer.name} has no kernel. Choose a convolution or a dense layer.`);
    const count = Math.min(planeLimit, kernel.view.outputs);
    const rgb = kernel.view.inputs === 3 && kernel.view.spatial.length === 2;
    const planes = Array.from({ length: count }, (_, filter) => [filter, -1] as const);
    const { tiles, ranges } = kernelTiles(kernel, planes, 'shared', 'diverging');
    const [range] = ranges;
    await writePng(out, drawSheet(tiles, range === undefined || rgb ? null : { range, map: 'diverging' }));
    return `${out}: ${count} of ${kernel.view.outputs} filters of ${layer.name}`;
  } finally {
    close();
  }
}

/** By id or by name. @throws {BadInput} naming the layers there are. */
export function findLayer(model: Model, name: string, file: string): LayerNode {
  const layers = [...allLayers(model.root).values()];
  const found = layers.find((layer) => layer.id === name) ?? layers.find((layer) => layer.name === name);
  if (found !== undefined) return found;
  const some = layers.slice(0, 20).map((layer) => layer.name);
  throw new BadInput(`${file}: no layer named ${name}. It has: ${some.join(', ')}${layers.length > 20 ? '…' : ''}.`);
}
