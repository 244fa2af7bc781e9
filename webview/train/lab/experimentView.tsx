/** One experiment, going or kept: how far it is, its curves, what it found and how sure that is. */
import { useMemo, useState } from 'preact/hooks';
import type { ExperimentFindings, ExperimentSummary } from '../../../src/protocol/experiments';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { Explanation, SoWhat } from '../../shared/parts';
import { useResting, useSteady } from '../../shared/steady';
import { useRequest } from '../../shared/useRequest';
import { ErrorBox, Loaded } from '../../shared/waiting';
import { Actions } from './actions';
import { Claims } from './claims';
import { guessOf, isGuess, type Guess } from './guess';
import { begunWords } from './keptExperiments';
import { runningOf } from './labCurves';
import { groupShown, LabFigures } from './labFigures';
import { seedsFrom } from './labPlan';
import { again, isUnderWay, lab, resumeExperiment, setUpAgain, useLab, type Live } from './labState';
import { planWords } from './labWords';
import { LiveHead, Trainings } from './liveHead';
import { CoveredFindings, Revealed } from './reveal';
import { partsByStatistics } from './statistics';
import { VariantTable } from './variantTable';

export function ExperimentView({ model }: { readonly model: string }) {
  const live = useLab((state) => state.live);
  const opened = useLab((state) => state.opened);
  const shown = opened === null ? live : null;
  const experiment = opened ?? live?.experiment ?? null;
  return (
    <div class="lab-view" key={experiment ?? ''}>
      <div class="tools">
        <Button onClick={() => lab.set({ screen: 'choose' })}>{t('All experiments')}</Button>
      </div>
      {shown !== null && <h2>{shown.title}</h2>}
      {shown !== null && <LiveHead live={shown} />}
      {shown?.status === 'failed' && shown.error !== null && <Failed model={model} live={shown} />}
      {experiment !== null && <Found model={model} experiment={experiment} live={shown} />}
    </div>
  );
}

function Failed({ model, live }: { readonly model: string; readonly live: Live }) {
  const { error, summary } = live;
  if (error === null) return null;
  return (
    <ErrorBox error={error}>
      {summary !== null && summary.finishedJobs > 0 && (
        <span>{t('{0} of {1} trainings are kept.', summary.finishedJobs, summary.jobs)}</span>
      )}
      {summary !== null && <Button onClick={() => resumeExperiment(model, summary)}>{t('Go on')}</Button>}
      <Button onClick={() => setUpAgain(live.plan, {})}>{t('Set it up again')}</Button>
    </ErrorBox>
  );
}

interface FoundProps {
  readonly model: string;
  readonly experiment: string;
  readonly live: Live | null;
}

/** Asked again after every training; what was known stays until the newer answer is there. */
function Found({ model, experiment, live }: FoundProps) {
  const version = useLab((state) => state.version);
  const rested = useResting(version, 120);
  const { shown } = useSteady(useRequest('experimentFindings', { model, experiment }, rested), experiment);
  return (
    <Loaded of={shown} skeleton="lines">
      {(findings) => <Findings model={model} findings={findings} live={live} />}
    </Loaded>
  );
}

/** Nothing is covered. */
const nothing: Guess = {};

interface FindingsProps {
  readonly model: string;
  readonly findings: ExperimentFindings;
  readonly live: Live | null;
}

function Findings({ model, findings, live }: FindingsProps) {
  const { summary, claims, notices } = findings;
  const { experiment, plan } = summary;
  const guess = useMemo(() => guessOf(experiment), [experiment]);
  const uncovered = useLab((state) => state.uncovered.includes(experiment));
  const going = live !== null && isUnderWay(live);
  const covered = isGuess(guess) && summary.status !== 'finished' && !uncovered;
  const parted = partsByStatistics(findings);
  const [chosen, choose] = useState<number | null>(null);
  const running = useMemo(
    () => (live === null ? null : runningOf(live.jobs, live.job, live.points)),
    [live?.jobs, live?.job, live?.points]
  );
  const index = groupShown(findings, running, chosen);
  const group = findings.groups[index];
  const hidden = covered ? guess : nothing;
  const waits = live?.status === 'waiting';
  // Steps are told many times a second: what they do not change is handed back as it was drawn.
  const figures = useMemo(
    () => <LabFigures {...{ findings, running, waits, hidden, index }} onIndex={choose} />,
    [findings, running, waits, hidden, index]
  );
  const table = useMemo(
    () => (group === undefined ? null : <VariantTable findings={findings} group={group} />),
    [findings, group]
  );
  return (
    <>
      {live === null && <KeptHead model={model} summary={summary} />}
      {!covered && findings.results.length > 0 && <p class="verdict">{findings.sentence}</p>}
      {isGuess(guess) && <Guessed findings={findings} guess={guess} covered={covered} />}
      {figures}
      {!covered &&
        notices.map((notice) => (
          <p key={notice} class="note">
            <span aria-hidden="true">▲</span> {notice}
          </p>
        ))}
      {!covered && parted && plan.form.batchNormMomentum !== 0.9 && (
        <div class="tools">
          <Button disabled={going} onClick={() => setUpAgain(plan, { batchNormMomentum: 0.9 })}>
            {t('Try momentum 0.9')}
          </Button>
        </div>
      )}
      {!covered && findings.results.length > 0 && (
        <>
          {table}
          <Claims claims={claims} going={going} seeds={plan.seeds.length} />
        </>
      )}
      <Trainings findings={findings} live={live} covered={covered} />
      {!covered && <Actions model={model} findings={findings} />}
      <Explanation
        see={t(
          'Every variant on every seed: lines are means over the seeds, bands one standard deviation up and down. Training and validation are both measured with dropout off.'
        )}
        look={t(
          'A difference counts where it is larger than the bands, on nearly every seed. The gap is training minus validation: a narrower gap is not yet a better network.'
        )}
      />
      {!covered && summary.status === 'finished' && claims.length > 0 && <Repeat findings={findings} />}
    </>
  );
}

/** What was found on some seeds is asked again on others. */
function Repeat({ findings }: { readonly findings: ExperimentFindings }) {
  const { claims, summary } = findings;
  const { plan } = summary;
  const hold = claims.filter(({ judgement }) => judgement === 'holds').length;
  const noisy = claims.filter(({ judgement }) => judgement === 'tooNoisy').length;
  const next = seedsFrom(Math.max(0, ...plan.seeds) + 1, Math.max(plan.seeds.length, noisy > hold ? 8 : 5));
  return (
    <SoWhat
      text={
        claims.length === 1
          ? t('One claim: {0} on these seeds.', claims[0]?.word ?? '')
          : t(
              'Of {0} claims {1} hold on these seeds and {2} are too noisy to say; other seeds show whether that lasts.',
              claims.length,
              hold,
              noisy
            )
      }
    >
      <Button onClick={() => setUpAgain(plan, { seeds: next })}>
        {t('Repeat with seeds {0} to {1}', String(next[0] ?? 1), String(next.at(-1) ?? 1))}
      </Button>
    </SoWhat>
  );
}

function Guessed(props: { readonly findings: ExperimentFindings; readonly guess: Guess; readonly covered: boolean }) {
  const { findings, guess, covered } = props;
  return covered ? (
    <CoveredFindings findings={findings} guess={guess} />
  ) : findings.summary.status === 'finished' ? (
    <Revealed findings={findings} guess={guess} />
  ) : null;
}

/** Of an experiment that is looked at later. */
function KeptHead({ model, summary }: { readonly model: string; readonly summary: ExperimentSummary }) {
  const going = useLab((state) => isUnderWay(state.live));
  const { status, finishedJobs, jobs } = summary;
  return (
    <>
      <h2>{summary.title}</h2>
      <p class="quiet">
        {[summary.data, planWords(summary.plan), t('on {0}', summary.engine), begunWords(summary)].join(' · ')}
      </p>
      {status === 'running' && (
        <p class="ending">
          {t('It goes in another panel: {0} of {1} trainings are done so far.', finishedJobs, jobs)}{' '}
          <Button onClick={again}>{t('Look again')}</Button>
        </p>
      )}
      {status === 'stopped' && (
        <p class="ending">
          {t('Stopped: {0} of {1} trainings are kept.', finishedJobs, jobs)}{' '}
          <Button disabled={going} onClick={() => resumeExperiment(model, summary)}>
            {t('Go on')}
          </Button>
        </p>
      )}
    </>
  );
}
