/** A dense layer after a flatten whose size cannot be known, because the code leaves the picture's size open (`None`). */
import { t } from '../core/texts';
import { renameCallee } from './edits';
import type { Fix, Remark } from './finding';
import { spotOf } from './spot';
import type { Subject, Use } from './subject';

export function* flattenOfUnknownSize(subject: Subject): Iterable<Remark> {
  if (subject.model.framework === 'pytorch') return;
  for (const use of subject.uses) {
    if (use.layer.kind.kind !== 'dense' || use.inputs[0]?.length !== 2 || use.inputs[0][1] !== null) continue;
    if (!leavesSizeOpen(subject)) return;
    const flatten = flattenBefore(use);
    if (flatten === null) continue;
    yield {
      message: t(
        '{0} cannot be made: how many numbers {1} gives depends on the size of the picture.',
        use.layer.name,
        flatten.layer.name
      ),
      reason: t(
        'A dense layer has one weight for every input, so their number must be known. Global pooling gives one number for each channel, whatever the size.'
      ),
      range: spotOf(subject, use.layer),
      layer: use.layer.id,
      fixes: poolInstead(subject, flatten)
    };
  }
}

/** Whether an input is declared with `None` for an axis beside the batch: a size that is merely not known here is no proof. */
function leavesSizeOpen({ model, text, callOf }: Subject): boolean {
  if (text === null) return model.root.inputs.length > 0;
  for (const layer of model.root.layers.values()) {
    if (layer.source === undefined) continue;
    for (const { name, text: value } of callOf(layer)?.args ?? []) {
      const says = name === null ? layer.kind.kind === 'input' : /^(shape|input_?shape)$/i.test(name);
      if (says && /^[([].*\b(None|null)\b.*[)\]]$/s.test(value)) return true;
    }
  }
  return false;
}

/** Through layers that keep a vector as it is. */
function flattenBefore(use: Use): Use | null {
  let [found] = use.before;
  while (found !== undefined && /^(dropout|alphaDropout|activation|batchNorm|identity)$/.test(found.layer.kind.kind)) {
    [found] = found.before;
  }
  return found?.layer.kind.kind === 'flatten' ? found : null;
}

/** Replaces a flatten of pictures by global average pooling, where that class can be named there. */
export function poolInstead(subject: Subject, flatten: Use): readonly Fix[] {
  const { text, model } = subject;
  const call = subject.callOf(flatten.layer);
  const rank = (flatten.inputs[0]?.length ?? 0) - 2;
  if (text === null || call === null || model.framework === 'pytorch' || rank < 1 || rank > 3) return [];
  const name = model.framework === 'tfjs' ? `globalAveragePooling${rank}d` : `GlobalAveragePooling${rank}D`;
  const edit = renameCallee(text, call, name);
  if (edit === null) return [];
  return [{ title: t('Replace {0} by {1}', call.name, name), preferred: false, edits: [edit] }];
}
