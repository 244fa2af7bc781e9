/** Before a run: data, form, how long it will take, and Start. */
import { useMemo } from 'preact/hooks';
import type { DataChoice, DataFacts as Facts, DataOffer, TrainingForm } from '../../src/protocol/training';
import { Button } from '../controls';
import { t } from '../l10n';
import { BusyLine } from '../shared/busyLine';
import { formatExact } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useResting, useSteady } from '../shared/steady';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded, Skeleton } from '../shared/waiting';
import { DataCards, dataTitle, firstData, PickData } from './dataChoice';
import { DataFacts } from './dataFacts';
import { aboutDuration } from './duration';
import { Form } from './form';
import { fieldWords, openFields } from './formWords';
import { edit, isGoing, startTraining, train, useTrain } from './trainState';

export function Setup({ model }: { readonly model: string }) {
  const version = useTrain((state) => state.dataVersion);
  const offers = useRequest('trainingData', { model }, version);
  return (
    <Loaded of={offers} skeleton="lines">
      {(found) => <WithOffers model={model} offers={found} />}
    </Loaded>
  );
}

function WithOffers({ model, offers }: { readonly model: string; readonly offers: readonly DataOffer[] }) {
  const picked = useTrain((state) => state.data);
  const chosen = picked ?? firstData(offers);
  const paths = useTrain((state) => state.paths);
  return (
    <>
      <h2>{t('1. Data')}</h2>
      {chosen === null && paths.length === 0 && offers.every((offer) => offer.state !== 'here') ? (
        <div class="empty">
          <p>
            {t(
              'No data at hand fits this network. Choose a folder with one sub-folder of pictures a class, or a file of arrays: pictures are brought to the size the network reads.'
            )}
          </p>
          {offers.length > 0 && <DataCards offers={offers} chosen={null} />}
          {offers.length === 0 && (
            <div class="tools">
              <PickData />
            </div>
          )}
        </div>
      ) : (
        <DataCards offers={offers} chosen={chosen} />
      )}
      {chosen !== null && (
        <WithData key={JSON.stringify(chosen)} model={model} data={chosen} title={dataTitle(chosen, offers)} />
      )}
    </>
  );
}

interface WithDataProps {
  readonly model: string;
  readonly data: DataChoice;
  readonly title: string;
}

function WithData({ model, data, title }: WithDataProps) {
  const offer = useRequest('trainingOffer', { model, data });
  const edits = useTrain((state) => state.edits);
  const share = edits.validationShare ?? (offer.status === 'done' ? offer.value.form.validationShare : null);
  const restedShare = useResting(share ?? 0.2, 400);
  const { shown: facts } = useSteady(
    useRequest('trainingDataFacts', { model, data, validationShare: restedShare }),
    JSON.stringify(data)
  );
  const known = facts.status === 'done' ? facts.value : null;
  if (facts.status === 'failed')
    return (
      <ErrorBox error={facts.error} onRetry={facts.retry}>
        <PickData />
      </ErrorBox>
    );
  return (
    <>
      <Loaded of={facts} skeleton="lines">
        {(value) => <DataFacts facts={value} />}
      </Loaded>
      <h2>{t('2. Settings')}</h2>
      <Loaded of={offer} skeleton="lines">
        {(value) =>
          value.trainedLayers.length === 0 ? (
            <p class="empty">
              {t('No layer of this network learns: all are frozen or have no weights. There is nothing to train.')}
            </p>
          ) : (
            <WithForm {...{ model, data, facts: known }} title={known?.title ?? title} offer={value} />
          )
        }
      </Loaded>
    </>
  );
}

/** What decides how long a step takes; the rest scales or does not matter. */
function pace(form: TrainingForm): TrainingForm {
  return { ...form, epochs: 1, seed: 1, schedule: null, earlyStopping: null, reduceOnPlateau: null, start: 'fresh' };
}

function WithForm(
  props: WithDataProps & {
    readonly facts: Facts | null;
    readonly offer: Parameters<typeof Form>[0]['offer'];
  }
) {
  const { model, data, title, facts, offer } = props;
  const edits = useTrain((state) => state.edits);
  const answered = useTrain((state) => state.answered);
  const live = useTrain((state) => state.live);
  const form = useMemo((): TrainingForm => ({ ...offer.form, ...edits }), [offer, edits]);
  const open = openFields(offer, answered);
  const going = isGoing(live);
  const start = () => void startTraining({ model, data, dataTitle: title, form, resume: null });
  return (
    <>
      {offer.warnings.map((warning) => (
        <p key={warning} class="note">
          <span aria-hidden="true">▲</span> {warning}
        </p>
      ))}
      <Form offer={offer} form={form} facts={facts} />
      <h2>{t('3. How long')}</h2>
      <Time model={model} data={data} form={form} full={offer.form} facts={facts} />
      {open.length > 0 && (
        <p class="finding-line" id="train-open">
          <span aria-hidden="true">▲</span>{' '}
          {t('The code holds what could not be read. Choose first: {0}.', open.map(fieldWords).join(', '))}
        </p>
      )}
      <div class="tools">
        <Button appearance="primary" disabled={going || open.length > 0} onClick={start}>
          {t('Start training')}
        </Button>
        {going && (
          <Button onClick={() => train.set({ part: 'run', opened: null })}>{t('A run is under way: look')}</Button>
        )}
      </div>
      <Explanation
        see={t(
          'What the network will learn from, and how: each value with where it was read, in the code or as the framework’s default.'
        )}
        look={t(
          'Change one thing at a time: two runs that differ in one field show what it does. The seed makes a run repeatable.'
        )}
      />
      <SoWhat text={setupSentence(form, facts)}>
        <Button onClick={() => edit({ examples: form.examples === 500 ? null : Math.min(500, facts?.train ?? 500) })}>
          {form.examples === 500 ? t('Use all examples') : t('Try with 500 examples')}
        </Button>
      </SoWhat>
    </>
  );
}

function setupSentence(form: TrainingForm, facts: Facts | null): string {
  if (facts === null) return t('{0} epochs in batches of {1}.', form.epochs, form.batchSize);
  const examples = form.examples ?? facts.train;
  const steps = Math.ceil(examples / form.batchSize);
  return t(
    'The weights will be changed {0} times: {1} steps an epoch, {2} epochs, {3} pictures a step.',
    formatExact(steps * form.epochs),
    formatExact(steps),
    form.epochs,
    form.batchSize
  );
}

/** Times a few real steps, then offers three lengths. */
function Time(props: {
  readonly model: string;
  readonly data: DataChoice;
  readonly form: TrainingForm;
  readonly full: TrainingForm;
  readonly facts: Facts | null;
}) {
  const { model, data, form, full } = props;
  const asked = useResting(JSON.stringify(pace(form)), 700);
  const question = useMemo(() => JSON.parse(asked) as TrainingForm, [asked]);
  const { shown, busy } = useSteady(
    useRequest('trainingEstimate', { model, data, form: question }),
    JSON.stringify(data)
  );
  if (shown.status === 'failed') return <ErrorBox error={shown.error} onRetry={shown.retry} />;
  if (shown.status === 'loading')
    return (
      <div class="estimate">
        <p class="quiet">{t('Timing a few steps…')}</p>
        <Skeleton kind="lines" />
      </div>
    );
  const { value } = shown;
  const all = props.facts?.train ?? null;
  const perExample = value.secondsPerEpoch / Math.max(1, question.examples ?? all ?? 1);
  const lasts = (epochs: number, examples: number | null) =>
    epochs * perExample * (examples ?? all ?? question.examples ?? 1);
  const presets = [
    { id: 'quick', name: t('Quick'), ...value.quick },
    { id: 'lab', name: t('Lab'), ...value.lab },
    { id: 'full', name: t('Full'), epochs: full.epochs, examples: full.examples }
  ];
  return (
    <div class="estimate">
      <div class="length-cards" role="group" aria-label={t('Length of the run')}>
        {presets.map((preset) => (
          <button
            key={preset.id}
            type="button"
            class="length-card"
            aria-pressed={form.epochs === preset.epochs && form.examples === preset.examples}
            onClick={() => edit({ epochs: preset.epochs, examples: preset.examples })}
          >
            <strong>{preset.name}</strong>
            <span>{aboutDuration(lasts(preset.epochs, preset.examples))}</span>
            <span class="quiet">{lengthWords(preset.epochs, preset.examples, all)}</span>
          </button>
        ))}
      </div>
      <p role="status">
        {t(
          '{0}: {1} on {2}.',
          lengthWords(form.epochs, form.examples, all),
          aboutDuration(lasts(form.epochs, form.examples)),
          value.engine
        )}
      </p>
      <BusyLine busy={busy} />
    </div>
  );
}

function lengthWords(epochs: number, examples: number | null, all: number | null): string {
  const some = examples ?? all;
  return some === null ? t('{0} epochs', epochs) : t('{0} epochs of {1} examples', epochs, formatExact(some));
}
