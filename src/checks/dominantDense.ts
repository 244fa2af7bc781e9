/** One dense layer behind a flatten that holds nearly all parameters. */
import { percent, shortCount } from '../core/format';
import { t } from '../core/texts';
import type { Remark } from './finding';
import { poolInstead } from './flattenUnknownSize';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

const SHARE = 0.8;
/** Small networks may well spend most of their few parameters there. */
const LEAST = 100_000;

export function* dominantDense(subject: Subject): Iterable<Remark> {
  const total = subject.summary.totals.params;
  if (total === null) return;
  for (const use of subject.uses) {
    const { kind } = use.layer;
    const flatten = use.before[0] === undefined ? null : flattenOfMaps(use.before[0]);
    const features = use.inputs[0]?.at(-1) ?? null;
    if (kind.kind !== 'dense' || flatten === null || features === null) continue;
    const params = (features + (kind.useBias ? 1 : 0)) * kind.units;
    if (params < LEAST || params < SHARE * total) continue;
    yield {
      message: t(
        '{0} holds {1} of the {2} parameters ({3}): one weight for each of {4} inputs and each of {5} units.',
        use.layer.name,
        shortCount(params),
        shortCount(total),
        percent(params / total),
        features,
        kind.units
      ),
      reason: t(
        'So many weights learn pictures by heart and depend on where things stand. Global average pooling in place of the flatten needs one weight for each channel.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id,
      fixes: poolInstead(subject, flatten)
    };
  }
}

function flattenOfMaps(use: Use): Use | null {
  if (/^(dropout|activation|batchNorm|identity)$/.test(use.layer.kind.kind)) {
    return use.before[0] === undefined ? null : flattenOfMaps(use.before[0]);
  }
  const shape = use.inputs[0];
  const spatial = shape === undefined || shape === null ? [] : shape.slice(1);
  return use.layer.kind.kind === 'flatten' && spatial.filter((size) => size !== 1).length > 1 ? use : null;
}
