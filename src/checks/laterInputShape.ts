/** An `input_shape` on a layer in the middle that says another shape than arrives there. */
import { formatShape, type Shape } from '../core/shape';
import { t } from '../core/texts';
import { camelCase } from './argumentNames';
import { argumentOfCall } from './callText';
import { removeArgument } from './edits';
import type { Remark } from './finding';
import { literalOf, type LiteralValue } from './literals';
import type { Subject, Use } from './subject';

const NAMES = ['input_shape', 'batch_input_shape', 'input_dim'] as const;

export function* laterInputShape(subject: Subject): Iterable<Remark> {
  const { text, model } = subject;
  if (text === null || model.framework === 'pytorch') return;
  for (const use of subject.uses) {
    const [before] = use.before;
    const call = subject.callOf(use.layer);
    const [arriving] = use.inputs;
    if (call === null || before === undefined || arriving === undefined || arriving === null) continue;
    // The first layer of a Sequential states the input itself.
    if (before.layer.kind.kind === 'input' && before.layer.source === undefined) continue;
    for (const name of NAMES) {
      const written = argumentOfCall(call, model.framework === 'tfjs' ? camelCase(name) : name);
      const stated = written === null ? null : statedShape(use, name, written.text);
      if (written === null || stated === null || agrees(stated, arriving)) continue;
      yield {
        message: t(
          '{0} states the input {1}, but {2} arrives from {3}.',
          use.layer.name,
          formatShape(stated),
          formatShape(arriving),
          before.layer.name
        ),
        reason: t(
          'Only the first layer’s input shape counts; behind it the shape follows from the layers, and this one is ignored.'
        ),
        range: text.rangeOf(written.whole),
        layer: use.layer.id,
        fixes: [
          {
            title: t('Remove {0}', text.slice(written.whole)),
            preferred: true,
            edits: [removeArgument(text, call, written)]
          }
        ]
      };
    }
  }
}

/** With the batch axis; `null` where the value is not known. */
function statedShape(use: Use, name: (typeof NAMES)[number], text: string): Shape | null {
  const value = (use.layer.config.get(name) as LiteralValue | undefined) ?? literalOf(text);
  if (name === 'input_dim') return typeof value === 'number' ? [null, value] : null;
  if (!Array.isArray(value)) return null;
  const sizes = (value as readonly LiteralValue[]).map((size) => (typeof size === 'number' ? size : null));
  return name === 'batch_input_shape' ? sizes : [null, ...sizes];
}

function agrees(stated: Shape, arriving: Shape): boolean {
  return (
    stated.length === arriving.length &&
    stated.every((size, axis) => axis === 0 || size === null || arriving[axis] === null || size === arriving[axis])
  );
}
