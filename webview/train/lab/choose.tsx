/** The experiments as cards: what is tried, what to look for, how long it takes; under them those that are kept. */
import type { ExperimentOffer } from '../../../src/protocol/experiments';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { Explanation } from '../../shared/parts';
import { aboutDuration } from '../duration';
import { setUp, type Subject } from './labState';
import { labNames, lookForWords, subjectTitle, triedWords } from './labWords';
import { KeptExperiments } from './keptExperiments';

interface ChooseProps {
  readonly model: string;
  readonly offer: ExperimentOffer;
}

export function Choose({ model, offer }: ChooseProps) {
  const removable = offer.layers.filter(({ without }) => without?.possible === true);
  const subjects: readonly Subject[] = [{ kind: 'twin' }, ...labNames.map((lab): Subject => ({ kind: 'lab', lab }))];
  return (
    <>
      <ul class="lab-cards" aria-label={t('Experiments')}>
        {subjects.map((subject) => (
          <Card key={subjectTitle(subject)} subject={subject} offer={offer} removable={removable.length} />
        ))}
      </ul>
      <KeptExperiments model={model} />
      <Explanation
        see={t(
          'Experiments on your own network: each trains several variants on several seeds, so that noise is not taken for an effect.'
        )}
        look={t(
          'Say first what you expect: a guess that fails teaches more than a curve that was only looked at. Every finding ends in holds, does not hold, or too noisy to say.'
        )}
      />
    </>
  );
}

interface CardProps {
  readonly subject: Subject;
  readonly offer: ExperimentOffer;
  readonly removable: number;
}

function Card({ subject, offer, removable }: CardProps) {
  const title = subjectTitle(subject);
  const entry = subject.kind === 'lab' ? offer.labs.find(({ lab }) => lab === subject.lab) : null;
  const refused =
    subject.kind === 'twin'
      ? offer.layers.length === 0
        ? t('No layer of this network can be taken out, and none can have something put behind it.')
        : null
      : entry === undefined
        ? t('It is not offered for this network.')
        : (entry?.refused ?? null);
  return (
    <li class={`lab-card ${refused === null ? '' : 'data-off'}`}>
      <h2>{title}</h2>
      <p>
        {triedWords(subject)} {lookForWords(subject)}
      </p>
      {refused !== null ? (
        <p class="lab-refused">
          <span aria-hidden="true">✖</span> {refused}
        </p>
      ) : (
        <div class="tools">
          <Button label={t('Set up: {0}', title)} onClick={() => setUp(subject)}>
            {t('Set up…')}
          </Button>
          <span class="quiet">
            {entry !== null && entry !== undefined
              ? t('{0} as it stands', aboutDuration(entry.seconds))
              : removableWords(removable)}
          </span>
        </div>
      )}
    </li>
  );
}

function removableWords(count: number): string {
  if (count === 0)
    return t('This network has no dropout, batch norm or pooling to take out: dropout or batch norm can be put in.');
  return count === 1
    ? t('One layer of this network can be taken out.')
    : t('{0} layers of this network can be taken out.', count);
}
