/** A reshape that leaves the batch open (PyTorch's `view(-1, n)`) and cuts every sample into several rows. */
import { t } from '../core/texts';
import type { Remark } from './finding';
import { spotOf } from './spot';
import type { Subject } from './subject';

export function* batchChanged(subject: Subject): Iterable<Remark> {
  for (const { layer, inputs } of subject.uses) {
    const { kind } = layer;
    if (kind.kind !== 'opaque' || kind.rowsPerSample === undefined) continue;
    const given = inputs[0] ?? null;
    const features = kind.known?.outputs[0]?.at(-1) ?? null;
    if (given === null || features === null) continue;
    yield {
      message: t(
        'Every sample has {0} values here but a row takes {1}, so {2} rows come out of each and the batch grows.',
        features * kind.rowsPerSample,
        features,
        kind.rowsPerSample
      ),
      reason: t(
        'It runs, yet there are more answers than labels: a loss refuses them, or compares them with the wrong ones. Most often the picture is larger than the code expects.'
      ),
      range: spotOf(subject, layer),
      layer: layer.id
    };
  }
}
