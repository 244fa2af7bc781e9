/** A network that averages over positions of which none sees more than a small part of the picture. */
import { spatialAxes } from '../core/shape';
import type { LayerRow } from '../core/summary';
import { t } from '../core/texts';
import type { Remark } from './finding';
import { lossOf } from './loss';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

/** Below this share of the picture's side no position sees an object that fills the picture. */
const SMALL = 0.5;

export function* smallField(subject: Subject): Iterable<Remark> {
  const inputs = subject.uses.filter(({ layer, before }) => layer.kind.kind === 'input' && before.length === 0);
  const [input] = inputs;
  if (input === undefined || subject.model.root.inputs.length !== 1 || lossOf(subject) === null) return;
  for (const use of subject.uses) {
    const { kind } = use.layer;
    const [before] = use.before;
    if (kind.kind !== 'globalPool' || before === undefined || !decides(use)) continue;
    const field = rowOf(subject.summary.layers, before.layer.id)?.receptiveField ?? null;
    const shape = input.output;
    if (field === null || shape === null) continue;
    const sizes = spatialAxes(shape.length, kind.dataFormat).map((axis) => shape[axis] ?? null);
    if (field.length !== sizes.length || field.length === 0) continue;
    if (!field.every((size, i) => size < SMALL * (sizes[i] ?? 0))) continue;
    yield {
      message: t(
        'No position before {0} sees more than {1} of {2} pixels.',
        use.layer.name,
        field.join(' × '),
        sizes.join(' × ')
      ),
      reason: t(
        'The pooling averages what the positions say, each from its small window: textures are found, but no shape that is larger. More layers, strides, pooling or dilation widen the view.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id
    };
  }
}

/** Whether only dense layers and their company follow: then nothing looks at positions any more. */
function decides(use: Use): boolean {
  return use.after.every(
    (next) => /^(dense|dropout|batchNorm|activation|flatten|identity)$/.test(next.layer.kind.kind) && decides(next)
  );
}

function rowOf(rows: readonly LayerRow[], id: string): LayerRow | null {
  for (const row of rows) {
    if (row.id === id) return row;
    const inner = row.layers === null ? null : rowOf(row.layers, id);
    if (inner !== null) return inner;
  }
  return null;
}
