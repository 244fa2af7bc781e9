/** What stands at the end of a network: dropout and batch norm have no place there. */
import { t } from '../core/texts';
import { removeLayerLine } from './edits';
import type { Fix, Remark } from './finding';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

export function* dropoutOnOutput(subject: Subject): Iterable<Remark> {
  for (const use of lastLayers(subject)) {
    if (use.layer.kind.kind !== 'dropout' && use.layer.kind.kind !== 'alphaDropout') continue;
    if (use.layer.kind.rate === 0) continue;
    yield {
      message: t('{0} stands behind the last layer: it deletes answers while training.', use.layer.name),
      reason: t(
        'Dropout makes layers behind it rely on no single value. Behind the output there are none, so the loss is only measured on answers with holes.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id,
      fixes: without(subject, use)
    };
  }
}

export function* normOnOutput(subject: Subject): Iterable<Remark> {
  for (const use of lastLayers(subject)) {
    if (use.layer.kind.kind !== 'batchNorm') continue;
    yield {
      message: t('{0} stands behind the last layer: it moves the answers themselves.', use.layer.name),
      reason: t(
        'While training each answer then depends on the other pictures of its batch, and after a softmax or sigmoid the values are no probabilities any more.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id,
      fixes: without(subject, use)
    };
  }
}

/** Outputs of a network that answers something: trained as it stands, or ending behind a dense layer; parts of models have none. */
function lastLayers(subject: Subject): readonly Use[] {
  if (subject.isPart) return [];
  const loss = subject.model.training?.loss;
  const isTrained = loss !== null && loss !== undefined;
  return subject.uses.filter(
    ({ isOutput, before, output }) =>
      isOutput && output?.length === 2 && (isTrained || (before[0]?.layer.kind.kind === 'dense' && answers(before[0])))
  );
}

/** A dense layer that names classes or a value, not one that makes features. */
function answers({ layer: { kind } }: Use): boolean {
  return kind.kind === 'dense' && /^(softmax|logSoftmax|sigmoid)$/.test(kind.activation.name);
}

function without(subject: Subject, { layer }: Use): readonly Fix[] {
  const call = subject.callOf(layer);
  const edit = subject.text === null || call === null ? null : removeLayerLine(subject.text, call);
  return edit === null ? [] : [{ title: t('Remove {0}', layer.name), preferred: true, edits: [edit] }];
}
