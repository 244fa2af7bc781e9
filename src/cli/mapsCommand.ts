/** `convlens maps`: what every layer makes of a picture, as sheets and as raw activations. */
import path from 'node:path';
import { allLayers, formatOf } from '../analyses/layers';
import { mapTiles, mapView, toChannelsLastTensor } from '../analyses/maps';
import { finiteRange, rangeFor } from '../drawing/plane';
import { drawSheet } from '../drawing/sheet';
import { writeNpy } from '../images/npy';
import { onlyFile, readArguments, required } from './arguments';
import { findLayer } from './kernelsCommand';
import { openOneModel } from './openModels';
import { runModel } from './runModel';
import { writeOut, writePng } from './writePng';

const channelLimit = 1024;

/** @throws {BadInput} */
export async function mapsCommand(words: readonly string[]): Promise<string> {
  const args = readArguments('maps', words, {
    image: 'text',
    layer: 'list',
    out: 'text',
    npy: 'flag',
    model: 'text',
    weights: 'text'
  });
  const file = onlyFile('maps', args);
  const image = required('maps', args, 'image');
  const folder = required('maps', args, 'out');
  const { model, close } = await openOneModel(file, args.value('model'), args.value('weights'));
  try {
    const wanted = new Set(args.values('layer').map((name) => findLayer(model, name, file).id));
    const layers = allLayers(model.root);
    const written: { layer: string; file: string; shape: readonly number[] }[] = [];
    const { result, engine } = await runModel(model, file, image, async (value) => {
      if (wanted.size > 0 && !wanted.has(value.layer)) return;
      const view = mapView(await value.read(), formatOf(layers.get(value.layer), model));
      const nth = value.occurrence > 0 ? `.${value.occurrence + 1}` : '';
      const base = path.join(folder, `${value.layer.replaceAll(/[^\w.-]+/g, '_')}${nth}`);
      if (args.has('npy')) await writeOut(`${base}.npy`, writeNpy(toChannelsLastTensor(view)));
      const map = finiteRange(view.values).min < 0 ? 'diverging' : 'viridis';
      const channels = Array.from({ length: Math.min(channelLimit, view.channels) }, (_, channel) => channel);
      const { tiles } = mapTiles(view, channels, 0, 'shared', map);
      await writePng(`${base}.png`, drawSheet(tiles, { range: rangeFor(view.values, map), map }));
      written.push({ layer: value.layer, file: `${base}.png`, shape: [1, ...view.shape] });
    });
    if (args.json) return JSON.stringify({ written, stoppedAt: result.stoppedAt, engine, ms: result.milliseconds });
    const stop = result.stoppedAt;
    return [
      ...written.map((entry) => `${entry.file}: ${entry.layer} [${entry.shape.join(', ')}]`),
      ...(stop === null ? [] : [`stopped at ${stop.layer}: ${stop.reason}`])
    ].join('\n');
  } finally {
    close();
  }
}
