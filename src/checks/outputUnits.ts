/** How many answers the network gives, against the classes of the data it is trained on. */
import { formatShape } from '../core/shape';
import { t } from '../core/texts';
import { ownName, writtenArgument } from './argumentNames';
import { setArgument } from './edits';
import type { Fix, Remark } from './finding';
import { labelsOf, type Labels } from './labels';
import { lossOf } from './loss';
import { outputOf, type Output } from './output';
import { spotOf } from './spot';
import type { Subject } from './subject';

export function* outputUnits(subject: Subject): Iterable<Remark> {
  const labels = subject.isPart ? null : labelsOf(subject);
  const loss = lossOf(subject);
  const output = outputOf(subject);
  if (labels === null || loss === null || output === null || loss.family === 'binary') return;
  const place = { range: spotOf(subject, output.use.layer, 'units', 'filters'), layer: output.use.layer.id };
  if (output.shape.length > 2) {
    yield {
      ...place,
      message: t(
        'The network gives {0} numbers for each picture, but {1} has one label for each.',
        formatShape(output.shape),
        labels.data
      ),
      reason: t('Between the maps and the answer a Flatten or a global pooling is missing.'),
      severity: labels.encoding === null ? 'warning' : 'error'
    };
    return;
  }
  const fitting = output.units === labels.classes;
  if (fitting) return;
  yield {
    ...place,
    message: t(
      '{0} gives {1} answers, but the labels of {2} have {3} classes.',
      output.use.layer.name,
      output.units,
      labels.data,
      labels.classes
    ),
    reason: reasonOf(output, labels, loss.family === 'categorical'),
    severity: severityOf(output, labels, loss.family === 'categorical'),
    fixes: setUnits(subject, output, labels.classes)
  };
}

function severityOf({ units }: Output, labels: Labels, oneHot: boolean): 'error' | 'warning' | 'info' {
  const proven = labels.encoding === (oneHot ? 'oneHot' : 'number');
  if (!oneHot && units > labels.classes) return 'info';
  return proven ? 'error' : 'warning';
}

function reasonOf({ units }: Output, { classes }: Labels, oneHot: boolean): string {
  if (oneHot) return t('Each answer is compared with the label of its class, so both need the same number.');
  return units > classes
    ? t('The answers that no label ever names only learn to be small.')
    : t('Labels run from 0 to {0}; for those from {1} on there is no answer to compare with.', classes - 1, units);
}

function setUnits(subject: Subject, { use }: Output, classes: number): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(use.layer);
  const name = use.layer.kind.kind === 'conv' ? 'filters' : 'units';
  const own = ownName(model.framework, use.layer, name);
  if (text === null || call === null || own === null) return [];
  const written = writtenArgument(model.framework, use.layer, call, name);
  if (written === null) return [];
  const value = String(classes);
  return [
    { title: t('Set {0} to {1}', own, value), preferred: true, edits: [setArgument(text, call, own, written, value)] }
  ];
}
