/** Labels as numbers under a loss that wants one number for each class, and the other way round. */
import type { SourceRange } from '../core/model';
import { t } from '../core/texts';
import type { Fix, Remark } from './finding';
import { labelsOf } from './labels';
import { lossOf, placeOfLoss, type Loss } from './loss';
import { outputOf } from './output';
import { spotOf } from './spot';
import type { Subject } from './subject';

export function* lossAgainstLabels(subject: Subject): Iterable<Remark> {
  const loss = lossOf(subject);
  const labels = loss === null ? null : labelsOf(subject);
  const output = outputOf(subject);
  if (loss === null || labels === null || output === null || output.units < 2 || output.shape.length !== 2) return;
  const wrong =
    (loss.family === 'categorical' && labels.encoding === 'number') ||
    (loss.family === 'sparse' && labels.encoding === 'oneHot');
  if (!wrong) return;
  const place = placeOfLoss(subject, new RegExp(`\\b${loss.name}\\b`, 'g'));
  const other = counterpart(loss);
  yield {
    message:
      loss.family === 'sparse'
        ? t('{0} wants the number of the class, but the labels hold one number for each class.', loss.name)
        : t('{0} wants one number for each class, but the labels of {1} are numbers.', loss.name, labels.data),
    reason: t(
      'The sparse loss takes labels such as 3; the other takes 0 0 0 1 0 … as to_categorical makes them. Each refuses the other’s shape.'
    ),
    range: place ?? spotOf(subject, output.use.layer),
    layer: output.use.layer.id,
    fixes: place === null ? [] : renamed(place, other)
  };
}

function renamed(place: SourceRange, name: string): readonly Fix[] {
  return [{ title: t('Change to {0}', name), preferred: true, edits: [{ range: place, text: name }] }];
}

/** The same spelling of the other loss. */
function counterpart({ family, name }: Loss): string {
  if (family === 'sparse') {
    const rest = name.replace(/^sparse_?/i, '');
    return /^S/.test(name) ? rest : rest.charAt(0).toLowerCase() + rest.slice(1);
  }
  if (/^C/.test(name)) return `Sparse${name}`;
  return name.includes('_') ? `sparse_${name}` : `sparse${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
