/** Before an experiment: what is varied, on which data, how long it takes as measured, and what the learner expects. */
import { useMemo } from 'preact/hooks';
import type { ExperimentCost, ExperimentOffer, ExperimentPlan } from '../../../src/protocol/experiments';
import type { DataChoice, DataOffer } from '../../../src/protocol/training';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { BusyLine } from '../../shared/busyLine';
import { formatExact } from '../../shared/format';
import { useResting, useSteady } from '../../shared/steady';
import { useRequest } from '../../shared/useRequest';
import { ErrorBox, Skeleton } from '../../shared/waiting';
import { dataTitle, sameData } from '../dataChoice';
import { aboutDuration } from '../duration';
import { NumberBox } from '../fields';
import { isGoing, train, useTrain } from '../trainState';
import { GuessForm } from './guessForm';
import { isGuess } from './guess';
import { basePlan, edited, fewestSeeds, lengthsOf, sameLength, seedsFrom, type LengthName } from './labPlan';
import { editPlan, isUnderWay, lab, startExperiment, useLab } from './labState';
import { lookForWords, planWords, subjectTitle, triedWords } from './labWords';
import { readTwin } from './twinChoice';
import { TwinSetup } from './twinSetup';

interface LabSetupProps {
  readonly model: string;
  readonly data: DataChoice;
  readonly offers: readonly DataOffer[];
  readonly offer: ExperimentOffer;
}

export function LabSetup({ model, data, offers, offer }: LabSetupProps) {
  const subject = useLab((state) => state.subject);
  const choice = useLab((state) => state.twin);
  const edits = useLab((state) => state.edits);
  const twin = useMemo(() => readTwin(offer.layers, choice), [offer, choice]);
  const base = useMemo(() => basePlan(offer, subject, twin), [offer, subject, twin]);
  const plan = useMemo(() => (base === null ? null : edited(base, edits)), [base, edits]);
  const refused = subject.kind === 'lab' ? (offer.labs.find((one) => one.lab === subject.lab)?.refused ?? null) : null;
  return (
    <>
      <div class="tools">
        <Button onClick={() => lab.set({ screen: 'choose' })}>{t('All experiments')}</Button>
      </div>
      <h2>{subjectTitle(subject)}</h2>
      <p>
        {triedWords(subject)} {lookForWords(subject)}
      </p>
      {base === null || plan === null || refused !== null ? (
        <p class="empty">
          {refused ??
            (subject.kind === 'twin'
              ? t('No layer of this network can be taken out, and none can have something put behind it.')
              : t('It is not offered for this network.'))}
        </p>
      ) : (
        <>
          {subject.kind === 'twin' && twin !== null && <TwinSetup layers={offer.layers} twin={twin} />}
          <Data data={data} offers={offers} offer={offer} />
          <PlanForm base={base} plan={plan} offer={offer} />
          <Costs
            model={model}
            base={base}
            plan={plan}
            offer={offer}
            title={subject.kind === 'twin' ? (twin?.label ?? '') : subjectTitle(subject)}
            stopped={twin !== null && subject.kind === 'twin' ? twin.refused : null}
          />
        </>
      )}
    </>
  );
}

function Data({ data, offers, offer }: Pick<LabSetupProps, 'data' | 'offers' | 'offer'>) {
  const paths = useTrain((state) => state.paths);
  const choices = [
    ...offers.filter(({ state }) => state === 'here').map((one) => one.choice),
    ...paths.map((path): DataChoice => ({ kind: 'path', path }))
  ];
  const all = choices.some((one) => sameData(one, data)) ? choices : [data, ...choices];
  return (
    <div class="row wrap lab-data">
      <Dropdown
        label={t('Data to train on')}
        value={JSON.stringify(data)}
        choices={all.map((one) => ({ value: JSON.stringify(one), label: dataTitle(one, offers) }))}
        onChange={(next) => {
          const found = all.find((one) => JSON.stringify(one) === next);
          if (found !== undefined) train.set({ data: found });
        }}
      />
      <span class="quiet">
        {t(
          '{0} images to train on, {1} to validate with',
          formatExact(offer.trainImages),
          formatExact(offer.validationImages)
        )}
      </span>
      <Button onClick={() => train.set({ part: 'setup' })}>{t('Other data…')}</Button>
    </div>
  );
}

interface PlanFormProps {
  readonly base: ExperimentPlan;
  readonly plan: ExperimentPlan;
  readonly offer: ExperimentOffer;
}

function PlanForm({ base, plan, offer }: PlanFormProps) {
  const { seeds, size, epochs, batchSize, learningRate, target, what } = plan;
  const first = seeds[0] ?? 1;
  const sizes = what.kind === 'lab' && what.lab === 'smallData';
  return (
    <details class="form-group lab-plan">
      <summary>{t('Settings: {0}', planWords(plan))}</summary>
      <div class="fields">
        <Numbered label={t('Seeds')} note={seeds.length < fewestSeeds ? t('three give a verdict') : seeds.join(', ')}>
          <NumberBox
            label={t('Seeds')}
            value={seeds.length}
            min={1}
            max={20}
            whole
            onChange={(count) => editPlan({ seeds: seedsFrom(first, count) })}
          />
        </Numbered>
        <Numbered label={t('First seed')} note={t('repeats what it draws')}>
          <NumberBox
            label={t('First seed')}
            value={first}
            min={0}
            whole
            onChange={(seed) => editPlan({ seeds: seedsFrom(seed, seeds.length) })}
          />
        </Numbered>
        {!sizes && (
          <Numbered label={t('Images')} note={t('{0} are there', formatExact(offer.trainImages))}>
            <NumberBox
              label={t('Images')}
              value={size ?? offer.trainImages}
              min={1}
              max={offer.trainImages}
              whole
              onChange={(count) => editPlan({ size: count === offer.trainImages ? null : count })}
            />
          </Numbered>
        )}
        <Numbered
          label={t('Epochs')}
          note={sizes ? t('with all images; few images get as many steps') : t('of each training')}
        >
          <NumberBox
            label={t('Epochs')}
            value={epochs}
            min={1}
            whole
            onChange={(count) => editPlan({ epochs: count })}
          />
        </Numbered>
        <Numbered label={t('Batch size')} note={t('images a step')}>
          <NumberBox
            label={t('Batch size')}
            value={batchSize}
            min={1}
            whole
            onChange={(count) => editPlan({ batchSize: count })}
          />
        </Numbered>
        <Numbered
          label={t('Learning rate')}
          note={learningRate === null ? t('the optimizer’s own') : t('in place of the optimizer’s own')}
        >
          <NumberBox
            label={t('Learning rate')}
            value={learningRate ?? ownRate(plan)}
            min={0}
            onChange={(rate) => editPlan({ learningRate: rate })}
          />
        </Numbered>
        <Numbered label={t('Target, %')} note={t('whose steps are counted')}>
          <NumberBox
            label={t('Target, %')}
            value={Math.round(1000 * target) / 10}
            min={1}
            max={100}
            onChange={(percent) => editPlan({ target: percent / 100 })}
          />
        </Numbered>
        {offer.batchNormMomentum !== null && (
          <Numbered label={t('Batch-norm momentum')} note={t('the network’s own: {0}', offer.batchNormMomentum)}>
            <NumberBox
              label={t('Batch-norm momentum')}
              value={plan.form.batchNormMomentum ?? offer.batchNormMomentum}
              min={0}
              max={0.9999}
              onChange={(momentum) => editPlan({ batchNormMomentum: momentum })}
            />
          </Numbered>
        )}
      </div>
      {JSON.stringify(base) !== JSON.stringify(plan) && (
        <div class="tools">
          <Button onClick={() => lab.set({ edits: {} })}>{t('Take all changes back')}</Button>
        </div>
      )}
    </details>
  );
}

function ownRate({ form }: ExperimentPlan): number {
  const rate = form.optimizerParameters['learningRate'];
  return typeof rate === 'number' ? rate : 0.001;
}

function Numbered(props: {
  readonly label: string;
  readonly note: string;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <div class="field">
      <span class="field-label">{props.label}</span>
      {props.children}
      <span class="quiet field-origin">{props.note}</span>
    </div>
  );
}

interface CostsProps extends PlanFormProps {
  readonly model: string;
  readonly title: string;
  /** Why the change itself cannot be. */
  readonly stopped: string | null;
}

/** Three lengths with measured times, what the plan comes to, and Start. */
function Costs({ model, base, plan, offer, title, stopped }: CostsProps) {
  const lengths = lengthsOf(base, offer);
  const rested = useResting(JSON.stringify(plan), 400);
  const question = useMemo(() => JSON.parse(rested) as ExperimentPlan, [rested]);
  const { shown, busy } = useSteady(
    useRequest('experimentCost', { model, plan: question }),
    JSON.stringify(question.what)
  );
  const names: Readonly<Record<LengthName, string>> = { quick: t('Quick'), default: t('Default'), full: t('Full') };
  return (
    <>
      <div class="length-cards" role="group" aria-label={t('Length of the experiment')}>
        {(['quick', 'default', 'full'] as const).map((name) => (
          <button
            key={name}
            type="button"
            class="length-card"
            aria-pressed={sameLength(plan, lengths[name])}
            onClick={() => editPlan(lengths[name])}
          >
            <strong>{names[name]}</strong>
            {shown.status === 'done' ? (
              <LengthTime model={model} plan={{ ...plan, ...lengths[name] }} />
            ) : (
              <span>…</span>
            )}
            <span class="quiet">{planWords({ ...plan, ...lengths[name] })}</span>
          </button>
        ))}
      </div>
      {shown.status === 'failed' ? (
        <ErrorBox error={shown.error} onRetry={shown.retry} />
      ) : shown.status === 'loading' ? (
        <div class="estimate">
          <p class="quiet">{t('Timing a few steps…')}</p>
          <Skeleton kind="lines" />
        </div>
      ) : (
        <>
          <Comes cost={shown.value} />
          <GuessForm plan={plan} cost={shown.value} />
        </>
      )}
      <BusyLine busy={busy} />
      <StartRow
        model={model}
        title={title}
        plan={plan}
        cost={shown.status === 'done' ? shown.value : null}
        stopped={stopped}
      />
    </>
  );
}

/** Asked once the plan itself is measured: each length then costs no new measurement. */
function LengthTime({ model, plan }: { readonly model: string; readonly plan: ExperimentPlan }) {
  const rested = useResting(JSON.stringify(plan), 400);
  const question = useMemo(() => JSON.parse(rested) as ExperimentPlan, [rested]);
  const { shown } = useSteady(useRequest('experimentCost', { model, plan: question }), JSON.stringify(question.what));
  return <span>{shown.status === 'done' ? aboutDuration(shown.value.seconds) : '…'}</span>;
}

function Comes({ cost }: { readonly cost: ExperimentCost }) {
  return (
    <section aria-label={t('What it comes to')}>
      <p role="status">
        {cost.jobs === 1
          ? t('One training: {0} on {1}.', aboutDuration(cost.seconds), cost.engine)
          : t('{0} trainings: {1} on {2}.', cost.jobs, aboutDuration(cost.seconds), cost.engine)}
      </p>
      <ul class="lab-variants">
        {cost.variants.map((variant) => (
          <li key={variant.id}>
            <strong>{variant.label}</strong>
            {variant.parameters !== null && (
              <span class="quiet"> · {t('{0} parameters', formatExact(variant.parameters))}</span>
            )}
            {variant.refreshed.length > 0 && (
              <span class="quiet"> · {t('fresh weights of another shape in {0}', variant.refreshed.join(', '))}</span>
            )}
            {variant.refused !== null && (
              <span>
                {' '}
                · <span aria-hidden="true">✖</span> {t('cannot be built: {0}', variant.refused)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface StartRowProps {
  readonly model: string;
  readonly title: string;
  readonly plan: ExperimentPlan;
  readonly cost: ExperimentCost | null;
  readonly stopped: string | null;
}

function StartRow({ model, title, plan, cost, stopped }: StartRowProps) {
  const going = useLab((state) => isUnderWay(state.live));
  const training = useTrain((state) => isGoing(state.live));
  const guess = useLab((state) => state.guess);
  const able = cost === null ? 0 : cost.variants.filter(({ refused }) => refused === null).length;
  const ready = !going && stopped === null && able > 1;
  return (
    <>
      {training && !going && (
        <p class="quiet">{t('A run is under way: the experiment waits in line until it has ended.')}</p>
      )}
      <div class="tools">
        <Button
          appearance="primary"
          disabled={!ready}
          onClick={() => void startExperiment({ model, title, plan, guess, resume: null })}
        >
          {isGuess(guess) ? t('Start, and see whether I am right') : t('Start the experiment')}
        </Button>
        {going && (
          <Button onClick={() => lab.set({ screen: 'experiment', opened: null })}>
            {t('An experiment is under way: look')}
          </Button>
        )}
      </div>
    </>
  );
}
