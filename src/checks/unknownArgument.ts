/** Arguments that the layer does not have: `actvation='relu'`. */
import { t } from '../core/texts';
import { argumentsOf, offeredArguments } from './argumentTables';
import { replaceSpan } from './edits';
import type { Fix, Remark } from './finding';
import { nearestWord } from './nearest';
import { allLayers, type Subject } from './subject';

export function* unknownArguments(subject: Subject): Iterable<Remark> {
  const { text, model } = subject;
  if (text === null || model.framework === 'unknown') return;
  for (const layer of allLayers(model.root)) {
    const call = subject.callOf(layer);
    const known = call === null ? null : argumentsOf(model.framework, layer.sourceType);
    if (call === null || known === null) continue;
    for (const { name, nameSpan, unpacks } of call.args) {
      if (name === null || nameSpan === null || unpacks || known.includes(name)) continue;
      const meant = nearestWord(name, offeredArguments(model.framework, layer.sourceType));
      const fixes: readonly Fix[] =
        meant === null || call.args.some((other) => other.name === meant)
          ? []
          : [{ title: t('Change to {0}', meant), preferred: true, edits: [replaceSpan(text, nameSpan, meant)] }];
      yield {
        message:
          meant === null
            ? t('{0} has no argument named {1}.', call.name, name)
            : t('{0} has no argument named {1}. Is {2} meant?', call.name, name, meant),
        reason:
          model.framework === 'tfjs'
            ? t('TensorFlow.js passes over settings that it does not know, so this one has no effect.')
            : t('The constructor refuses names that it does not know.'),
        range: text.rangeOf(nameSpan),
        layer: layer.id,
        fixes,
        severity: model.framework === 'tfjs' ? 'warning' : 'error'
      };
    }
  }
}
