/** How far an experiment is: all trainings, the one under way, what is left; Stop and Go on; the list of trainings. */
import type { ExperimentFindings, JobResult, LabJob } from '../../../src/protocol/experiments';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatShare } from '../../shared/format';
import { duration } from '../duration';
import { isUnderWay, resumeExperiment, stopExperiment, type Live } from './labState';
import { planWords } from './labWords';

function statusOf({ status, summary }: Live): string {
  switch (status) {
    case 'waiting':
      return t('Waiting in line: something else trains, or data are read…');
    case 'running':
      return t('Training');
    case 'stopping':
      return t('Stopping; finished trainings are kept…');
    case 'ended':
      return summary?.status === 'finished' ? t('✔ Done') : t('■ Stopped');
    case 'failed':
      return t('✖ Failed');
  }
}

export function LiveHead({ live }: { readonly live: Live }) {
  const { status, jobs, job, overall, secondsLeft, summary, engine, plan } = live;
  const going = isUnderWay(live);
  const at = jobs.findIndex(({ id }) => id === job);
  const now = jobs[at];
  const share = status === 'ended' && summary !== null ? summary.finishedJobs / Math.max(1, summary.jobs) : overall;
  return (
    <section class="run-head" aria-label={t('Progress of the experiment')}>
      <p>
        <strong>{statusOf(live)}</strong>{' '}
        {going && now !== undefined
          ? t('{0}, seed {1}: training {2} of {3}', now.variant.label, String(now.seed), at + 1, jobs.length)
          : summary !== null
            ? t('{0} of {1} trainings', summary.finishedJobs, summary.jobs)
            : ''}
      </p>
      <progress
        max={1}
        value={share}
        class="run-progress"
        aria-label={t('Progress of the experiment')}
        aria-valuetext={formatShare(share)}
      />
      <p class="quiet">
        {[
          planWords(plan),
          engine === null ? null : t('on {0}', engine),
          going && secondsLeft !== null ? t('{0} left', duration(secondsLeft)) : null
        ]
          .filter((one) => one !== null)
          .join(' · ')}
      </p>
      {going && (
        <div class="tools">
          <Button disabled={status === 'stopping'} onClick={stopExperiment}>
            {status === 'waiting' ? t('Leave the line') : t('Stop and keep')}
          </Button>
        </div>
      )}
      {status === 'ended' && summary?.status === 'stopped' && (
        <div class="tools">
          <Button appearance="primary" onClick={() => resumeExperiment(live.model, summary)}>
            {t('Go on')}
          </Button>
        </div>
      )}
    </section>
  );
}

interface TrainingsProps {
  readonly findings: ExperimentFindings;
  readonly live: Live | null;
  /** Scores are covered while a guess waits for them. */
  readonly covered: boolean;
}

/** Every training with its state, in the order in which they go. */
export function Trainings({ findings, live, covered }: TrainingsProps) {
  const jobs = live !== null && live.jobs.length > 0 ? live.jobs : findings.jobs;
  const results = new Map(findings.results.map((result) => [result.job.id, result]));
  const failed = findings.results.filter(({ ending }) => ending.kind !== 'finished').length;
  return (
    <details class="lab-trainings" open={failed > 0}>
      <summary>
        {t('Trainings: {0} of {1} done', results.size, jobs.length)}
        {failed > 0 ? ` · ${t('{0} not to their end', failed)}` : ''}
      </summary>
      <ul aria-label={t('Trainings')}>
        {jobs.map((job) => (
          <li key={job.id}>
            <span>{jobWords(job)}</span>
            <span>
              <JobState
                result={results.get(job.id) ?? null}
                share={live?.job === job.id ? live.share : null}
                covered={covered}
              />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function jobWords({ variant, seed, size, randomLabels }: LabJob): string {
  return [
    variant.label,
    size === null ? null : t('{0} images', formatExact(size)),
    randomLabels ? t('random labels') : null,
    t('seed {0}', String(seed))
  ]
    .filter((one) => one !== null)
    .join(', ');
}

function JobState(props: {
  readonly result: JobResult | null;
  readonly share: number | null;
  readonly covered: boolean;
}) {
  const { result, share, covered } = props;
  if (result === null)
    return share === null ? (
      <span class="quiet">{t('waits')}</span>
    ) : (
      <progress max={1} value={share} aria-label={t('Progress of this training')} />
    );
  const { ending, points, seconds } = result;
  const last = points.findLast(({ train }) => train !== null);
  switch (ending.kind) {
    case 'finished':
      return (
        <>
          ✔{' '}
          {covered || last === undefined || last.train === null
            ? t('done')
            : t(
                'training {0}, validation {1}',
                formatShare(last.train.accuracy),
                formatShare(last.validation.accuracy)
              )}{' '}
          <span class="quiet">{duration(seconds)}</span>
        </>
      );
    case 'diverged':
      return (
        <>
          {ending.layer === null
            ? t('✖ diverged in step {0}', formatExact(ending.step))
            : t('✖ diverged in step {0}, at {1}', formatExact(ending.step), ending.layer)}
        </>
      );
    case 'refused':
      return <>{t('✖ could not be trained: {0}', ending.reason)}</>;
  }
}
