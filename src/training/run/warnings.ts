/** What will not go well with these settings, in words for a person. */
import { t } from '../../core/texts';
import { expectedActivation, logitForm } from '../losses/settings';
import type { TrainingForm } from './form';
import { lossOfForm } from './runSettings';

type Ends = 'softmax' | 'logSoftmax' | 'sigmoid' | null;

/**
 * @param ends the activation that the network ends in
 * @param outputs numbers of the output for one example
 */
export function lossWarnings(form: TrainingForm, ends: Ends, outputs: number, classes: boolean): string[] {
  const loss = lossOfForm(form);
  if (loss === null) return [];
  const expected = expectedActivation(loss);
  const warnings: string[] = [];
  if (expected !== null && expected !== ends) {
    warnings.push(
      ends === null
        ? t(
            '{0} reads what a {1} gives, and the network ends without one: take “from logits”, or end the network in {1}.',
            form.loss,
            expected
          )
        : t(
            '{0} reads what a {1} gives, and the network ends in {2}: another loss or ending fits better.',
            form.loss,
            expected,
            ends
          )
    );
  }
  const takesScores = loss.name === 'CrossEntropyLoss' || loss.name === 'BCEWithLogitsLoss' || form.fromLogits;
  if (takesScores && logitForm(loss) === null && ends !== null && ends !== 'logSoftmax') {
    warnings.push(
      t(
        '{0} takes scores here, and the network already ends in {1}: the gradient is squashed twice and learning is slow.',
        form.loss,
        ends
      )
    );
  }
  if (classes && outputs > 1 && /^Binary|^BCE/.test(loss.name)) {
    warnings.push(
      t(
        '{0} judges each of the {1} outputs by itself; for one class out of several a cross-entropy over classes is usual.',
        form.loss,
        outputs
      )
    );
  }
  if (classes && outputs === 1 && /Categorical|^CrossEntropyLoss$|^NLLLoss$/.test(loss.name)) {
    warnings.push(
      t(
        '{0} needs one output for each class, and the network has one output: its answer would always be right.',
        form.loss
      )
    );
  }
  return warnings;
}
