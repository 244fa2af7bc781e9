/** Dropout straight before a batch norm: what the norm remembers is not what it meets later. */
import { t } from '../core/texts';
import type { Remark } from './finding';
import { percent } from '../core/format';
import { spotOf } from './spot';
import type { Subject } from './subject';

export function* dropoutBeforeNorm(subject: Subject): Iterable<Remark> {
  for (const use of subject.uses) {
    const { kind } = use.layer;
    const norm = use.after.find(({ layer }) => layer.kind.kind === 'batchNorm');
    if (kind.kind !== 'dropout' || kind.rate <= 0 || kind.rate >= 1 || norm === undefined) continue;
    yield {
      message: t(
        '{0} stands straight before {1}: it raises the spread that the norm remembers, of values with mean 0 by {2}.',
        use.layer.name,
        norm.layer.name,
        percent(1 / (1 - kind.rate) - 1)
      ),
      reason: t(
        'Dropout changes values only while training. The batch norm remembers their spread from then and uses it afterwards, when dropout is off. Put dropout behind the norm.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id
    };
  }
}
