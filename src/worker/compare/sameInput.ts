/** Gives a second network the input of the first, each prepared as that network wants it. */
import { guessPreprocessing } from '../../analyses/inputs';
import { hasLightBorder } from '../../images/border';
import { preprocess, visibleInput } from '../../images/preprocess';
import { statistics } from '../../analyses/statistics';
import type { GivenInput, Session } from '../session';
import { t } from '../../core/texts';

/** What was made of an input for another network, so that the same question finds the same tensor. */
const made = new WeakMap<GivenInput, Map<string, GivenInput>>();

/**
 * Sets the inputs of `other` from those of `session`.
 * @returns how, in words; `null` where the inputs of the two do not correspond
 */
export function shareInputs(session: Session, other: Session): string | null {
  if (session.ports.length !== other.ports.length) return null;
  let words = t('the same numbers');
  for (const [i, port] of other.ports.entries()) {
    const given = session.inputs.get(i);
    const from = session.ports[i];
    if (given === undefined || from === undefined) return null;
    const sameShape =
      port.shape.length + 1 === given.tensor.shape.length &&
      port.shape.every((size, axis) => size === null || size === given.tensor.shape[axis + 1]);
    if (given.image !== null && port.role === 'image') {
      const before = made.get(given)?.get(other.id);
      if (before !== undefined) {
        words = inWords(before);
        other.inputs.set(i, before);
        continue;
      }
      const guess = guessPreprocessing(other.model, port, hasLightBorder(given.image));
      const own = given.prepared.preprocessing;
      const sameKind = port.channels === from.channels && given.prepared.reason === t('chosen by you');
      const preprocessing = sameKind ? own : guess.preprocessing;
      const seen = visibleInput(given.image, port, preprocessing);
      const tensor = preprocess(given.image, port, preprocessing);
      const prepared: GivenInput = {
        image: given.image,
        tensor,
        prepared: {
          ...given.prepared,
          preprocessing,
          preview: { width: seen.width, height: seen.height, rgba: seen.data },
          statistics: statistics(tensor.data)
        }
      };
      made.set(given, new Map([...(made.get(given) ?? []), [other.id, prepared]]));
      words = inWords(prepared);
      other.inputs.set(i, prepared);
    } else if (sameShape) other.inputs.set(i, given);
    else return null;
  }
  return words;
}

function inWords({ prepared }: GivenInput): string {
  return t('the same picture, prepared as {0}', prepared.preprocessing.normalization);
}
