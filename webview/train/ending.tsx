/** How a run ended, in words, and what to do about it. */
import type { TrainingForm } from '../../src/protocol/training';
import { Button } from '../controls';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { formatValue } from '../shared/format';
import { ErrorBox } from '../shared/waiting';
import type { ShownRun } from './shownRun';
import { tryNext } from './trainState';

export function EndingWords({ shown, onGoOn }: { readonly shown: ShownRun; readonly onGoOn: (() => void) | null }) {
  const { ending, status, error, epochs, form } = shown;
  const done = epochs.length;
  const goOn = onGoOn !== null && <Button onClick={onGoOn}>{t('Go on from epoch {0}', done)}</Button>;
  if (status === 'failed' && error !== null)
    return (
      <ErrorBox error={error}>
        {done > 0 && <span>{done === 1 ? t('One epoch is kept.') : t('{0} epochs are kept.', done)}</span>}
        {goOn}
      </ErrorBox>
    );
  if (ending === null) {
    if (status !== 'stopped' && status !== 'failed') return null;
    return (
      <p class="ending">
        {t('Stopped. {0} of {1} epochs are kept, with their weights.', done, form.epochs)} {goOn}
      </p>
    );
  }
  switch (ending.kind) {
    case 'finished':
      return <p class="ending ending-good">{t('✔ Finished: all {0} epochs are done.', done)}</p>;
    case 'early':
      return (
        <p class="ending ending-good">
          {ending.bestEpoch === null
            ? t('✔ Stopped early after epoch {0}: validation no longer got better.', ending.epoch)
            : t(
                '✔ Stopped early after epoch {0}: validation was best after epoch {1} and no longer got better.',
                ending.epoch,
                ending.bestEpoch
              )}
        </p>
      );
    case 'diverged':
      return <Diverged ending={ending} form={form} kept={done} />;
    case 'stopped':
      return (
        <div class="error-box" role="alert">
          <strong>{t('The layer {0} could not be trained', ending.layer)}</strong>
          <p>{ending.reason}</p>
          <div class="row">
            <Button onClick={() => selectLayer(ending.layer, 'numbers')}>{t('Look at {0}', ending.layer)}</Button>
            {goOn}
          </div>
        </div>
      );
  }
}

interface DivergedProps {
  readonly ending: Extract<NonNullable<ShownRun['ending']>, { kind: 'diverged' }>;
  readonly form: TrainingForm;
  readonly kept: number;
}

function Diverged({ ending, form, kept }: DivergedProps) {
  const { layer, step, what } = ending;
  const rate = form.optimizerParameters['learningRate'];
  const lower = typeof rate === 'number' ? Number((rate / 10).toPrecision(3)) : null;
  const where =
    layer === null
      ? t('In step {0} the loss was no number any more.', step)
      : what === 'activation'
        ? t('In step {0} the values of {1} were no numbers any more, before those of any other layer.', step, layer)
        : what === 'gradient'
          ? t('In step {0} the gradient of {1} was no number any more, before that of any other layer.', step, layer)
          : t('In step {0} the loss was no number any more; it arose at {1}.', step, layer);
  return (
    <div class="error-box" role="alert">
      <strong>{t('✖ Training diverged')}</strong>
      <p>
        {where}{' '}
        {t(
          'Steps that are too large are the usual cause: try a tenth of the learning rate, or limit the gradient; also look for inputs that are not scaled.'
        )}{' '}
        {kept > 0 && t('The {0} epochs before are kept.', kept)}
      </p>
      <div class="row">
        {lower !== null && (
          <Button
            appearance="primary"
            onClick={() => tryNext({ optimizerParameters: { ...form.optimizerParameters, learningRate: lower } })}
          >
            {t('Try a learning rate of {0}', formatValue(lower))}
          </Button>
        )}
        {layer !== null && <Button onClick={() => selectLayer(layer, 'numbers')}>{t('Look at {0}', layer)}</Button>}
      </div>
    </div>
  );
}
