/** Experiments that are kept: open them, go on with those that were stopped, delete them after a question. */
import { useState } from 'preact/hooks';
import type { ExperimentSummary } from '../../../src/protocol/experiments';
import { channel } from '../../channel';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { announce, report } from '../../session';
import { useSteady } from '../../shared/steady';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { forgetExperiment, isUnderWay, openExperiment, resumeExperiment, useLab } from './labState';
import { planWords, statusWords } from './labWords';

export function KeptExperiments({ model }: { readonly model: string }) {
  const version = useLab((state) => state.version);
  const { shown } = useSteady(useRequest('experiments', { model }, version), model);
  return (
    <>
      <h2>{t('Kept experiments')}</h2>
      <Loaded of={shown} skeleton="lines">
        {(found) =>
          found.length === 0 ? (
            <p class="empty">
              {t('None is kept for this network yet. Each training is kept as soon as it is done, also when you stop.')}
            </p>
          ) : (
            <ul class="kept-runs" aria-label={t('Kept experiments')}>
              {found.map((summary) => (
                <One key={summary.experiment} model={model} summary={summary} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}

/** `2026-03-01 10:12` of the reader's clock. */
export function begunWords({ begun }: ExperimentSummary): string {
  const at = new Date(begun);
  if (Number.isNaN(at.getTime())) return begun;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

function One({ model, summary }: { readonly model: string; readonly summary: ExperimentSummary }) {
  const going = useLab((state) => isUnderWay(state.live));
  const name = `${summary.title}, ${begunWords(summary)}`;
  return (
    <li class="kept-run">
      <div class="kept-head">
        <strong>{summary.title}</strong>
        <span>{statusWords(summary.status)}</span>
        <span>{t('{0} of {1} trainings', summary.finishedJobs, summary.jobs)}</span>
        <span>{begunWords(summary)}</span>
      </div>
      <p class="quiet">{[summary.data, planWords(summary.plan), t('on {0}', summary.engine)].join(' · ')}</p>
      <div class="tools">
        <Button label={t('Open: {0}', name)} onClick={() => openExperiment(summary.experiment)}>
          {t('Open')}
        </Button>
        {summary.status === 'stopped' && (
          <Button label={t('Go on: {0}', name)} disabled={going} onClick={() => resumeExperiment(model, summary)}>
            {t('Go on')}
          </Button>
        )}
        <DeleteExperiment summary={summary} name={name} />
      </div>
    </li>
  );
}

export function DeleteExperiment({ summary, name }: { readonly summary: ExperimentSummary; readonly name: string }) {
  const [asking, setAsking] = useState(false);
  const live = useLab((state) => state.live);
  const going = isUnderWay(live) && live?.experiment === summary.experiment;
  const remove = async () => {
    try {
      await channel.request('deleteExperiment', { experiment: summary.experiment });
      forgetExperiment(summary.experiment);
      announce(t('The experiment {0} is deleted', name));
    } catch (error) {
      setAsking(false);
      report(error);
    }
  };
  if (!asking)
    return (
      <Button label={t('Delete: {0}', name)} disabled={going} onClick={() => setAsking(true)}>
        {t('Delete…')}
      </Button>
    );
  return (
    <span class="row" role="group" aria-label={t('Delete {0}?', name)}>
      <span>{t('Delete this experiment with all its trainings?')}</span>
      <Button appearance="primary" onClick={() => void remove()}>
        {t('Delete')}
      </Button>
      <Button onClick={() => setAsking(false)}>{t('Keep it')}</Button>
    </span>
  );
}
