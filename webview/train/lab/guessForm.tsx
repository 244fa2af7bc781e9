/** "Say first": which variant will overfit most, which is first at the target, how many percent; each may be left open. */
import type { ExperimentCost, ExperimentPlan } from '../../../src/protocol/experiments';
import { Dropdown } from '../../controls';
import { t } from '../../l10n';
import { isGuess, type Guess } from './guess';
import { lab, useLab } from './labState';
import { questionsOf } from './questions';

interface GuessFormProps {
  readonly plan: ExperimentPlan;
  readonly cost: ExperimentCost;
}

export function GuessForm({ plan, cost }: GuessFormProps) {
  const guess = useLab((state) => state.guess);
  const variants = cost.variants.filter(({ refused }) => refused === null);
  const { overfit, first, percent } = questionsOf(plan, variants);
  const open = { value: '', label: t('no guess') };
  const choices = [open, ...variants.map(({ id, label }) => ({ value: id, label }))];
  if (variants.length < 2) return null;
  return (
    <fieldset class="form-group lab-guess">
      <legend>{t('Predict, then reveal')}</legend>
      <p class="quiet">
        {isGuess(guess)
          ? t(
              'While it goes, the curves you were asked about are covered. At the end your answer stands beside theirs.'
            )
          : t('What do you expect? An answer is optional, and only you see it.')}
      </p>
      <div class="fields">
        {overfit !== null && (
          <div class="field">
            <span class="field-label">{overfit}</span>
            <Dropdown
              label={overfit}
              value={guess.overfit ?? ''}
              choices={choices}
              onChange={(id) => say({ overfit: id })}
            />
          </div>
        )}
        {first !== null && (
          <div class="field">
            <span class="field-label">{first}</span>
            <Dropdown
              label={first}
              value={guess.first ?? ''}
              choices={[...choices, { value: 'never', label: t('none of them') }]}
              onChange={(id) => say({ first: id })}
            />
          </div>
        )}
        <div class="field">
          <span class="field-label">{percent.text}</span>
          <span class="unit-box">
            <input
              type="number"
              class="number-box"
              aria-label={percent.text}
              min={0}
              max={100}
              step="any"
              value={guess.percent ?? ''}
              onChange={(event) => {
                const value = event.currentTarget.valueAsNumber;
                if (Number.isFinite(value) && value >= 0 && value <= 100) say({ percent: value });
                else {
                  event.currentTarget.value = '';
                  say({ percent: null });
                }
              }}
            />
            %
          </span>
          <span class="quiet field-origin">{t('mean over the seeds')}</span>
        </div>
      </div>
    </fieldset>
  );
}

/** An empty answer takes the guess back. */
function say(patch: { readonly overfit?: string; readonly first?: string; readonly percent?: number | null }): void {
  const entries = Object.entries({ ...lab.get().guess, ...patch });
  lab.set({ guess: Object.fromEntries(entries.filter(([, value]) => value !== '' && value !== null)) as Guess });
}
