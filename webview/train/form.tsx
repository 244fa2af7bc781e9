/** Everything that can be changed before a run, with where each value comes from. */
import type { ComponentChildren } from 'preact';
import { dialectOfLoss, lossOptions, optimizerParameters, statesRates } from '../../src/protocol/optimizerChoices';
import type { DataFacts, TrainingForm, TrainingOffer } from '../../src/protocol/training';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { ClassWeights } from './classWeights';
import { Check, Field, NumberBox } from './fields';
import {
  fieldWords,
  mainParameters,
  monitorWords,
  optimizerWords,
  parameterField,
  parameterWords,
  provenance
} from './formWords';
import { Schedule } from './schedule';
import { edit, useTrain } from './trainState';

interface FormProps {
  readonly offer: TrainingOffer;
  readonly form: TrainingForm;
  readonly facts: DataFacts | null;
}

export function Form({ offer, form, facts }: FormProps) {
  const edits = useTrain((state) => state.edits);
  const answered = useTrain((state) => state.answered);
  const from = (field: string) => provenance(offer, edits, answered, field);
  const number = (
    name: 'epochs' | 'batchSize' | 'seed' | 'validationShare' | 'labelSmoothing' | 'l2' | 'weightNoise',
    min: number,
    max?: number,
    whole = false
  ) => (
    <Field name={name} label={fieldWords(name)} from={from(name)}>
      <NumberBox
        label={fieldWords(name)}
        value={form[name]}
        min={min}
        {...(max === undefined ? {} : { max })}
        whole={whole}
        onChange={(value) => edit({ [name]: value })}
      />
    </Field>
  );
  const check = (name: 'fromLogits' | 'shuffle' | 'augment', words: string) => (
    <Field name={name} label={fieldWords(name)} from={from(name)}>
      <Check label={words} checked={form[name]} onChange={(checked) => edit({ [name]: checked })} />
    </Field>
  );
  const loss = lossOptions(form.loss);
  return (
    <div class="form">
      <Group title={t('How it learns')}>
        <Field name="optimizer" label={fieldWords('optimizer')} from={from('optimizer')}>
          <Dropdown
            label={fieldWords('optimizer')}
            value={form.optimizer}
            choices={offer.optimizers.map((value) => ({ value, label: optimizerWords(value) }))}
            onChange={(optimizer) => edit(withOptimizer(form, offer, optimizer))}
          />
        </Field>
        <Parameters form={form} main from={from} />
        <Schedule form={form} facts={facts} from={from('schedule')} />
        <Field name="loss" label={fieldWords('loss')} from={from('loss')}>
          <Dropdown
            label={fieldWords('loss')}
            value={form.loss}
            choices={offer.losses.map((value) => ({ value, label: value }))}
            onChange={(value) => edit(withLoss(form, value))}
          />
        </Field>
        {loss.labelSmoothing && number('labelSmoothing', 0, 1)}
        {loss.fromLogits && check('fromLogits', t('no softmax or sigmoid at the end'))}
        <ClassWeights form={form} facts={facts} from={from('classWeights')} />
      </Group>
      <Parameters form={form} main={false} from={from} />
      <Group title={t('How long, on what')}>
        {number('epochs', 1, 10_000, true)}
        {number('batchSize', 1, 65_536, true)}
        <Field name="examples" label={fieldWords('examples')} from={from('examples')}>
          <span class="pair-of">
            <Check
              label={t('all')}
              checked={form.examples === null}
              onChange={(all) => edit({ examples: all ? null : Math.min(500, facts?.train ?? 500) })}
            />
            {form.examples !== null && (
              <NumberBox
                label={fieldWords('examples')}
                value={form.examples}
                min={1}
                whole
                {...(facts === null ? {} : { max: facts.train })}
                onChange={(examples) => edit({ examples })}
              />
            )}
          </span>
        </Field>
        {number('validationShare', 0, 0.9)}
        {number('seed', 0, undefined, true)}
        {check('shuffle', t('another order each epoch'))}
        <Field name="start" label={fieldWords('start')} from={from('start')}>
          <Dropdown<TrainingForm['start']>
            label={fieldWords('start')}
            value={form.start}
            choices={[
              { value: 'fresh', label: t('fresh, from the seed') },
              { value: 'model', label: t('those of the model') }
            ]}
            onChange={(start) => edit({ start })}
          />
        </Field>
      </Group>
      <Group title={t('Against overfitting')}>
        {check('augment', t('shifted, turned and scaled copies'))}
        {number('l2', 0)}
        {number('weightNoise', 0, 10)}
        <Field name="batchNormMomentum" label={fieldWords('batchNormMomentum')} from={from('batchNormMomentum')}>
          <span class="pair-of">
            <Check
              label={t('each layer’s own')}
              checked={form.batchNormMomentum === null}
              onChange={(own) => edit({ batchNormMomentum: own ? null : 0.9 })}
            />
            {form.batchNormMomentum !== null && (
              <NumberBox
                label={fieldWords('batchNormMomentum')}
                value={form.batchNormMomentum}
                min={0}
                max={1}
                onChange={(batchNormMomentum) => edit({ batchNormMomentum })}
              />
            )}
          </span>
        </Field>
        <Stopping form={form} from={from} />
        <Plateau form={form} from={from} />
      </Group>
      <Layers offer={offer} form={form} from={from} />
    </div>
  );
}

type From = (field: string) => ReturnType<typeof provenance>;

function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <fieldset class="form-group">
      <legend>{title}</legend>
      <div class="fields">{children}</div>
    </fieldset>
  );
}

/** Parameters that the new optimizer shares with the old keep their values only where the code gave them for it. */
function withOptimizer(form: TrainingForm, offer: TrainingOffer, optimizer: string): Partial<TrainingForm> {
  const own = offer.form.optimizer === optimizer;
  return {
    optimizer,
    optimizerParameters: own ? offer.form.optimizerParameters : optimizerParameters(optimizer, dialectOfLoss(form.loss))
  };
}

/** A schedule of the other framework does not count there. */
function withLoss(form: TrainingForm, loss: string): Partial<TrainingForm> {
  const same = dialectOfLoss(loss) === dialectOfLoss(form.loss);
  return same || form.schedule === null ? { loss } : { loss, schedule: null };
}

function Parameters({
  form,
  main,
  from
}: {
  readonly form: TrainingForm;
  readonly main: boolean;
  readonly from: From;
}) {
  const entries = Object.entries(form.optimizerParameters)
    .filter(([name]) => mainParameters.includes(name) === main)
    .filter(
      ([name]) =>
        name !== 'learningRate' ||
        form.schedule === null ||
        from(parameterField(name)).open ||
        !statesRates(form.schedule.name)
    )
    .sort(([a], [b]) => mainParameters.indexOf(a) - mainParameters.indexOf(b));
  const set = (name: string, value: number | boolean) =>
    edit({ optimizerParameters: { ...form.optimizerParameters, [name]: value } }, [parameterField(name)]);
  const fields = entries.map(([name, value]) => (
    <Field
      key={name}
      name="optimizerParameters"
      parameter={parameterField(name)}
      label={parameterWords(name)}
      from={from(parameterField(name))}
    >
      {typeof value === 'boolean' ? (
        <Check label={t('on')} checked={value} onChange={(checked) => set(name, checked)} />
      ) : (
        <NumberBox
          label={parameterWords(name)}
          value={value}
          min={name === 'learningRatePower' ? -10 : 0}
          onChange={(next) => set(name, next)}
        />
      )}
    </Field>
  ));
  if (main) return <>{fields}</>;
  if (fields.length === 0) return null;
  return (
    <details>
      <summary>{t('{0} more parameters of {1}', fields.length, optimizerWords(form.optimizer))}</summary>
      <div class="fields">{fields}</div>
    </details>
  );
}

function Stopping({ form, from }: { readonly form: TrainingForm; readonly from: From }) {
  const now = form.earlyStopping;
  return (
    <Field name="earlyStopping" label={fieldWords('earlyStopping')} from={from('earlyStopping')}>
      <span class="pair-of">
        <Check
          label={t('stop when validation no longer gets better')}
          checked={now !== null}
          onChange={(on) =>
            edit({ earlyStopping: on ? { patience: 3, restoreBest: true, monitor: null, minDelta: 0 } : null })
          }
        />
        {now !== null && (
          <>
            <span class="unit-box">
              <NumberBox
                label={t('Patience of early stopping in epochs')}
                value={now.patience}
                min={0}
                whole
                onChange={(patience) => edit({ earlyStopping: { ...now, patience } })}
              />
              {t('epochs without')}
            </span>
            <Monitor value={now.monitor} onChange={(monitor) => edit({ earlyStopping: { ...now, monitor } })} />
            <span class="unit-box">
              <NumberBox
                label={t('Smallest change that counts as better')}
                value={now.minDelta}
                min={0}
                onChange={(minDelta) => edit({ earlyStopping: { ...now, minDelta } })}
              />
              {t('smallest gain')}
            </span>
            <Check
              label={t('then back to the best')}
              checked={now.restoreBest}
              onChange={(restoreBest) => edit({ earlyStopping: { ...now, restoreBest } })}
            />
          </>
        )}
      </span>
    </Field>
  );
}

/** What a callback watches; what the code names stands there too. */
function Monitor(props: { readonly value: string | null; readonly onChange: (value: string | null) => void }) {
  const { value } = props;
  const usual = ['val_loss', 'val_accuracy', 'loss', 'accuracy'];
  const named = value === null || usual.includes(value) ? usual : [...usual, value];
  return (
    <Dropdown
      label={t('Watched')}
      value={value ?? 'usual'}
      choices={[
        { value: 'usual', label: t('watch the loss') },
        ...named.map((one) => ({ value: one, label: monitorWords(one) }))
      ]}
      onChange={(next) => props.onChange(next === 'usual' ? null : next)}
    />
  );
}

function Plateau({ form, from }: { readonly form: TrainingForm; readonly from: From }) {
  const now = form.reduceOnPlateau;
  return (
    <Field name="reduceOnPlateau" label={fieldWords('reduceOnPlateau')} from={from('reduceOnPlateau')}>
      <span class="pair-of">
        <Check
          label={t('when the loss stands still')}
          checked={now !== null}
          onChange={(on) =>
            edit({ reduceOnPlateau: on ? { patience: 3, factor: 0.5, monitor: null, minLearningRate: 0 } : null })
          }
        />
        {now !== null && (
          <>
            <span class="unit-box">
              <NumberBox
                label={t('Patience on a plateau in epochs')}
                value={now.patience}
                min={0}
                whole
                onChange={(patience) => edit({ reduceOnPlateau: { ...now, patience } })}
              />
              {t('epochs without')}
            </span>
            <span class="unit-box">
              <NumberBox
                label={t('Factor on the learning rate')}
                value={now.factor}
                min={0.001}
                max={0.999}
                onChange={(factor) => edit({ reduceOnPlateau: { ...now, factor } })}
              />
              {t('times the rate')}
            </span>
            <span class="unit-box">
              <NumberBox
                label={t('Lowest learning rate')}
                value={now.minLearningRate}
                min={0}
                onChange={(minLearningRate) => edit({ reduceOnPlateau: { ...now, minLearningRate } })}
              />
              {t('lowest rate')}
            </span>
            <Monitor value={now.monitor} onChange={(monitor) => edit({ reduceOnPlateau: { ...now, monitor } })} />
          </>
        )}
      </span>
    </Field>
  );
}

/** Layers that learn, each with a switch to hold its weights. */
function Layers({
  offer,
  form,
  from
}: {
  readonly offer: TrainingOffer;
  readonly form: TrainingForm;
  readonly from: From;
}) {
  const learning = offer.trainedLayers.filter((layer) => !form.frozen.includes(layer));
  return (
    <details>
      <summary>
        {form.frozen.length === 0
          ? t('{0} layers learn, none is frozen', learning.length)
          : t('{0} layers learn, {1} are frozen', learning.length, form.frozen.length)}
      </summary>
      <Field name="frozen" label={t('Layers that learn')} from={from('frozen')}>
        <span class="frozen-layers">
          {offer.trainedLayers.map((layer) => (
            <Check
              key={layer}
              label={layer}
              checked={!form.frozen.includes(layer)}
              onChange={(learns) =>
                edit({
                  frozen: learns ? form.frozen.filter((one) => one !== layer) : [...form.frozen, layer]
                })
              }
            />
          ))}
        </span>
      </Field>
    </details>
  );
}
