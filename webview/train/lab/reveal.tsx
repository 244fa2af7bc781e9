/** What was said beforehand: covered results while it goes, and at the end the answer beside the result, with the reason. */
import type { ExperimentFindings } from '../../../src/protocol/experiments';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { app, findLayer, selectHome } from '../../state';
import type { Guess } from './guess';
import { lab } from './labState';
import { answersTo, questionsOf } from './questions';

interface GuessedProps {
  readonly findings: ExperimentFindings;
  readonly guess: Guess;
}

export function CoveredFindings({ findings, guess }: GuessedProps) {
  const { experiment, plan, finishedJobs, jobs } = findings.summary;
  const variants = findings.groups[0]?.twins.variants.map(({ variant }) => variant) ?? [];
  const { overfit, first, percent } = questionsOf(plan, variants);
  const label = (id: string) => variants.find((one) => one.id === id)?.label ?? id;
  return (
    <section class="card lab-covered" aria-label={t('Your guess')}>
      <h3>{t('Your guess')}</h3>
      <dl class="lab-guesses">
        {guess.overfit !== undefined && overfit !== null && <Said question={overfit} said={label(guess.overfit)} />}
        {guess.first !== undefined && first !== null && (
          <Said question={first} said={guess.first === 'never' ? t('none of them') : label(guess.first)} />
        )}
        {guess.percent !== undefined && <Said question={percent.text} said={`${String(guess.percent)} %`} />}
      </dl>
      <p>
        {t(
          'Results stay covered until all trainings are done ({0} of {1} are); then your answer stands beside theirs.',
          finishedJobs,
          jobs
        )}
      </p>
      <div class="tools">
        <Button onClick={() => lab.set({ uncovered: [...lab.get().uncovered, experiment] })}>{t('Uncover now')}</Button>
      </div>
    </section>
  );
}

function Said({ question, said }: { readonly question: string; readonly said: string }) {
  return (
    <div>
      <dt>{question}</dt>
      <dd>{said}</dd>
    </div>
  );
}

const kindOf = (layer: string) => findLayer(selectHome(app.get()), layer)?.kind ?? null;

export function Revealed({ findings, guess }: GuessedProps) {
  const answers = answersTo(findings, guess, kindOf);
  if (answers.length === 0) return null;
  const words = {
    yes: t('✔ as you said'),
    level: t('~ too close to call'),
    nearly: t('~ nearly'),
    no: t('✖ other than you said')
  };
  return (
    <section class="card" aria-label={t('Your guess and the result')}>
      <h3>{t('Your guess and the result')}</h3>
      {answers.map(({ question, said, found, right, why }) => (
        <div key={question} class="lab-answer">
          <p>
            <strong>{question}</strong> <span class={`lab-chip lab-guess-${right}`}>{words[right]}</span>
          </p>
          <dl class="lab-guesses">
            <Said question={t('You said')} said={said} />
            <Said question={t('Measured')} said={found} />
          </dl>
          {why !== '' && <p>{why}</p>}
        </div>
      ))}
    </section>
  );
}
