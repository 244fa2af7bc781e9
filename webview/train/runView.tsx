/** One run, going or kept: how far it is, its curves, how its layers learn, what it gets wrong, how its kernels changed. */
import { useMemo, useState } from 'preact/hooks';
import type { SaveFormat } from '../../src/protocol/export';
import { Button, Dropdown } from '../controls';
import { modelFormats, saveModel } from '../export/modelFormats';
import { t } from '../l10n';
import { report, setView } from '../session';
import { channel } from '../channel';
import { announce } from '../session';
import { formatExact, formatFixed, formatShare, formatValue } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useApp } from '../state';
import { Biography } from './biography';
import { Curves } from './curves';
import { duration } from './duration';
import { EndingWords } from './ending';
import { Examination } from './examination';
import { isShare, metricWords, showMetric } from './metricWords';
import { optimizerWords } from './formWords';
import { Pulse } from './pulse';
import { nextForm, readRun, type Reading } from './reading';
import { goOn } from './goOn';
import { ofKept, ofLive, type ShownRun } from './shownRun';
import { pauseTraining, stopTraining, train, tryNext, useTrain } from './trainState';

export function RunPart({ model }: { readonly model: string }) {
  const live = useTrain((state) => state.live);
  const opened = useTrain((state) => state.opened);
  const shown = useMemo(() => (opened !== null ? ofKept(opened) : live === null ? null : ofLive(live)), [live, opened]);
  if (shown === null)
    return (
      <div class="empty">
        <p>{t('No run yet. Its curves, mistakes and kernels appear here while it goes.')}</p>
        <Button appearance="primary" onClick={() => train.set({ part: 'setup' })}>
          {t('Set up a run')}
        </Button>
      </div>
    );
  return <RunView key={shown.run ?? ''} model={model} shown={shown} />;
}

function RunView({ model, shown }: { readonly model: string; readonly shown: ShownRun }) {
  const reading = useMemo(() => readRun(shown.epochs, shown.metricNames), [shown.epochs, shown.metricNames]);
  const last = shown.epochs.at(-1);
  const going = shown.status === 'running' || shown.status === 'paused' || shown.status === 'starting';
  const again = shown.summary !== null && !going ? shown.summary : null;
  return (
    <div class="run-view">
      <Head shown={shown} />
      <EndingWords shown={shown} onGoOn={again === null ? null : () => goOn(model, again)} />
      <Curves shown={shown} reading={reading} />
      {last !== undefined && last.skipped.count > 0 && (
        <p class="note">
          {t(
            '{0} examples could not be read and were left out: {1}',
            last.skipped.count,
            last.skipped.first.join(', ')
          )}
        </p>
      )}
      {last !== undefined && <Pulse pulses={last.pulses} epoch={last.epoch} />}
      {shown.run !== null && shown.epochs.length > 0 && (
        <>
          <Weights model={model} run={shown.run} shown={shown} best={reading?.bestEpoch ?? null} />
          <Examination model={model} run={shown.run} epochs={shown.epochs} />
          <Biography model={model} run={shown.run} epochs={shown.epochs.length} />
        </>
      )}
      <Explanation
        see={t(
          'Loss and metric after each epoch. Training is measured while the weights change, with dropout and augmentation on; validation afterwards, with both off.'
        )}
        look={t(
          'Both curves low and close: it learned what carries over. Training far better than validation: it learns by heart. Both poor: it needs more epochs, a larger network or a higher rate.'
        )}
      />
      {reading !== null && <RunSoWhat shown={shown} reading={reading} />}
    </div>
  );
}

function statusWords(status: ShownRun['status']): string {
  switch (status) {
    case 'starting':
      return t('Starting: data are read, weights are drawn…');
    case 'running':
      return t('Training');
    case 'paused':
      return t('Paused');
    case 'stopping':
      return t('Stopping; everything up to the last full epoch is kept…');
    case 'stopped':
      return t('Stopped');
    case 'ended':
      return t('Ended');
    case 'failed':
      return t('Failed');
  }
}

function Head({ shown }: { readonly shown: ShownRun }) {
  const { status, step, form, epochs, engine, dataTitle } = shown;
  const going = status === 'running' || status === 'paused' || status === 'starting' || status === 'stopping';
  const at = step === null ? epochs.length : Math.max(epochs.length, step.epoch - 1 + step.step / step.steps);
  const share = Math.min(1, at / form.epochs);
  const spent = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const speed = going ? step?.imagesPerSecond : epochs.at(-1)?.imagesPerSecond;
  const facts = [
    engine === null ? null : t('on {0}', engine),
    speed === undefined ? null : t('{0} images/s', formatExact(Math.round(speed))),
    going && step !== null
      ? status === 'paused'
        ? null
        : t('{0} left', duration(step.secondsLeft))
      : spent > 0
        ? t('took {0}', duration(spent))
        : null
  ].filter((one) => one !== null);
  return (
    <section class="run-head" aria-label={t('Progress of the run')}>
      <p>
        <strong>{statusWords(status)}</strong>{' '}
        {step !== null && going
          ? t(
              'epoch {0} of {1}, step {2} of {3}',
              step.epoch,
              form.epochs,
              formatExact(step.step),
              formatExact(step.steps)
            )
          : t('{0} of {1} epochs', epochs.length, form.epochs)}
      </p>
      <progress
        max={1}
        value={share}
        aria-label={t('Progress of the run')}
        aria-valuetext={formatShare(share)}
        class="run-progress"
      />
      <p class="quiet">
        {[
          dataTitle,
          form.examples === null ? null : t('{0} examples', formatExact(form.examples)),
          optimizerWords(form.optimizer),
          ...facts
        ]
          .filter((one) => one !== null)
          .join(' · ')}
      </p>
      {going && (
        <div class="tools">
          {status === 'paused' ? (
            <Button appearance="primary" onClick={() => void pauseTraining(false)}>
              {t('Resume')}
            </Button>
          ) : (
            <Button disabled={status !== 'running'} onClick={() => void pauseTraining(true)}>
              {t('Pause')}
            </Button>
          )}
          <Button disabled={status === 'stopping'} onClick={stopTraining}>
            {t('Stop and keep')}
          </Button>
        </div>
      )}
    </section>
  );
}

/** The panel's own model goes on with the weights after an epoch. */
function Weights(props: {
  readonly model: string;
  readonly run: string;
  readonly shown: ShownRun;
  readonly best: number | null;
}) {
  const { model, run, shown, best } = props;
  const last = shown.epochs.at(-1)?.epoch ?? 1;
  const [chosen, setChosen] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [format, setFormat] = useState<SaveFormat>('keras');
  const name = useApp((state) => state.opened?.summary.name ?? 'model');
  const origin = useApp((state) => state.opened?.summary.weightsOrigin);
  const epoch = chosen ?? last;
  const during = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };
  const use = async () => {
    await channel.request('useTrainedWeights', { model, run, epoch });
    announce(t('The panel now shows the weights of epoch {0}', epoch));
  };
  const save = () => saveModel(model, { run, epoch }, format, `${name}-epoch-${String(epoch)}`);
  return (
    <section class="tools" aria-label={t('Weights of this run')}>
      <label class="slider">
        <span>
          {t('Epoch {0}', epoch)}
          {epoch === best ? ` · ${t('best validation loss')}` : ''}
        </span>
        <input
          type="range"
          min={1}
          max={last}
          value={epoch}
          onInput={(event) => setChosen(Number(event.currentTarget.value))}
        />
      </label>
      <Button disabled={busy} onClick={() => void during(use)}>
        {t('Use the weights of epoch {0} in the panel', epoch)}
      </Button>
      <Dropdown label={t('Format')} value={format} choices={modelFormats()} onChange={setFormat} />
      <Button disabled={busy} onClick={() => void during(save)}>
        {t('Save epoch {0} as…', epoch)}
      </Button>
      {origin?.kind === 'trained' && (
        <span class="quiet">{t('now in the panel: trained here, epoch {0}', origin.epoch)}</span>
      )}
    </section>
  );
}

function RunSoWhat({ shown, reading }: { readonly shown: ShownRun; readonly reading: Reading }) {
  const going = shown.status === 'running' || shown.status === 'paused' || shown.status === 'starting';
  const next = () => tryNext(nextForm(reading, shown.form));
  const { kind } = reading;
  return (
    <SoWhat text={runSentence(shown, reading)}>
      {kind === 'lagging' ? (
        <Button onClick={next}>{t('Try momentum 0.9')}</Button>
      ) : kind === 'overfit' ? (
        <Button onClick={next}>{shown.form.augment ? t('Try L2') : t('Try augmentation')}</Button>
      ) : kind === 'underfit' && !going ? (
        <Button onClick={next}>{t('Train twice as long')}</Button>
      ) : (
        <Button onClick={() => setView('kernels')}>{t('Look at the kernels')}</Button>
      )}
    </SoWhat>
  );
}

function runSentence(shown: ShownRun, reading: Reading): string {
  const name = shown.metricNames[0];
  const words = metricWords(name, 0);
  const score =
    reading.validation !== null
      ? `${words} ${showMetric(name, reading.validation)}`
      : reading.validationLoss !== null
        ? t('validation loss {0}', formatValue(reading.validationLoss))
        : t('training loss {0}', formatValue(reading.trainLoss));
  const gap =
    reading.gap === null
      ? null
      : isShare(name)
        ? t('{0} points', formatFixed(100 * reading.gap, 1).replace('-', '−'))
        : formatValue(reading.gap);
  switch (reading.kind) {
    case 'lagging':
      return t(
        'After epoch {0}: {1} on moving statistics, {2} points more on those of each batch: the moving ones lag behind.',
        reading.epoch,
        score,
        formatFixed(100 * (reading.lag ?? 0), 1)
      );
    case 'overfit':
      return gap === null || (reading.gap ?? 0) <= 0.05
        ? t(
            'After epoch {0}: {1}; the validation loss was lowest after epoch {2} and rises since: it begins to learn by heart.',
            reading.epoch,
            score,
            reading.bestEpoch ?? 1
          )
        : t('After epoch {0}: {1}, {2} below training: it learns by heart.', reading.epoch, score, gap);
    case 'underfit':
      return t('After epoch {0}: {1}, and training is hardly better: it underfits so far.', reading.epoch, score);
    case 'fits':
      return gap === null
        ? t('After epoch {0}: {1}.', reading.epoch, score)
        : t('After epoch {0}: {1}; training is {2} above it: what it learned carries over.', reading.epoch, score, gap);
  }
}
