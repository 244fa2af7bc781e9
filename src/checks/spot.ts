/** Where a finding is marked: the argument it is about, else the call that makes the layer. */
import type { LayerNode, SourceRange } from '../core/model';
import { writtenArgument, type ArgumentName } from './argumentNames';
import type { Subject } from './subject';

/**
 * The first of the arguments that is written, else the constructor; of a constructor over several lines only what is
 * called, so that the mark stays short. `null` for models that stand in no text.
 */
export function spotOf(subject: Subject, layer: LayerNode, ...names: readonly ArgumentName[]): SourceRange | null {
  const { text, model } = subject;
  const call = subject.callOf(layer);
  if (text === null || call === null) return layer.source ?? null;
  for (const name of names) {
    const written = writtenArgument(model.framework, layer, call, name);
    if (written !== null) return text.rangeOf(written.whole);
  }
  const whole = text.rangeOf(call.whole);
  return whole.startLine === whole.endLine ? whole : text.rangeOf(call.calleeSpan);
}
