/** How the learning rate changes over the run: which schedule, its parameters, and the rates that come of them. */
import {
  dialectOfLoss,
  ratesOverRun,
  scheduleChoices,
  type ScheduleChoice,
  type ScheduleParameter
} from '../../src/protocol/optimizerChoices';
import type { DataFacts, TrainingForm } from '../../src/protocol/training';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { formatValue } from '../shared/format';
import { Check, Field, ListBox, NumberBox, type Provenance } from './fields';
import { fieldWords, settingWords } from './formWords';
import { edit } from './trainState';

interface ScheduleProps {
  readonly form: TrainingForm;
  readonly facts: DataFacts | null;
  readonly from: Provenance;
}

export function Schedule({ form, facts, from }: ScheduleProps) {
  const now = form.schedule;
  const choices = scheduleChoices(dialectOfLoss(form.loss));
  const examples = Math.min(form.examples ?? Infinity, facts?.train ?? Infinity);
  const stepsAnEpoch = Number.isFinite(examples) ? Math.ceil(examples / form.batchSize) : null;
  const choose = (name: string) => {
    const chosen = choices.find((one) => one.name === name) ?? null;
    edit({ schedule: chosen === null || stepsAnEpoch === null ? chosen : overRun(chosen, form.epochs * stepsAnEpoch) });
  };
  return (
    <Field name="schedule" label={fieldWords('schedule')} from={from}>
      <Dropdown
        label={fieldWords('schedule')}
        value={now?.name ?? 'none'}
        choices={[
          { value: 'none', label: t('one rate throughout') },
          ...choices.map(({ name }) => ({ value: name as string, label: name }))
        ]}
        onChange={choose}
      />
      {now !== null && (
        <>
          <Parameters schedule={now} />
          {stepsAnEpoch !== null && <Course form={form} schedule={now} stepsAnEpoch={stepsAnEpoch} />}
        </>
      )}
    </Field>
  );
}

/** A schedule chosen by hand reaches over the run as it is set now. */
function overRun(choice: ScheduleChoice, steps: number): ScheduleChoice {
  const lengths: Readonly<Record<string, ScheduleParameter>> = {
    decaySteps: steps,
    firstDecaySteps: steps,
    totalSteps: steps,
    boundaries: [Math.round(steps / 2)]
  };
  const entries = Object.entries(choice.parameters).map(([name, value]) => [name, lengths[name] ?? value] as const);
  return { ...choice, parameters: Object.fromEntries(entries) };
}

function Parameters({ schedule }: { readonly schedule: ScheduleChoice }) {
  const set = (name: string, value: ScheduleParameter) =>
    edit({ schedule: { ...schedule, parameters: { ...schedule.parameters, [name]: value } } });
  return (
    <span class="sub-fields">
      {Object.entries(schedule.parameters).map(([name, value]) => {
        const label = settingWords(name);
        if (typeof value === 'boolean')
          return <Check key={name} label={label} checked={value} onChange={(on) => set(name, on)} />;
        return (
          <label key={name} class="sub-field">
            <span>{label}</span>
            {typeof value === 'number' ? (
              <NumberBox label={label} value={value} min={0} onChange={(next) => set(name, next)} />
            ) : (
              <ListBox label={label} values={value} onChange={(next) => set(name, next)} />
            )}
          </label>
        );
      })}
    </span>
  );
}

const points = 61;
const width = 132;
const height = 30;

/** The rates of the run as a small curve, and in words. */
function Course(props: {
  readonly form: TrainingForm;
  readonly schedule: ScheduleChoice;
  readonly stepsAnEpoch: number;
}) {
  const { form, schedule, stepsAnEpoch } = props;
  const start = form.optimizerParameters['learningRate'];
  const rates = ratesOverRun(schedule, typeof start === 'number' ? start : 0, dialectOfLoss(form.loss), {
    epochs: form.epochs,
    stepsAnEpoch,
    points
  });
  if (rates === null) return <span class="quiet">{t('These numbers do not make a schedule.')}</span>;
  const top = Math.max(...rates, Number.MIN_VALUE);
  const path = rates
    .map((rate, i) => `${i === 0 ? 'M' : 'L'}${(i * width) / (points - 1)} ${1 + (height - 2) * (1 - rate / top)}`)
    .join(' ');
  const rate = (at: number): string => formatValue(rates[at] ?? 0);
  return (
    <span class="rate-course">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
        <path d={path} />
      </svg>
      <span class="quiet">
        {t(
          '{0} at first, {1} half-way, {2} at the end of {3} steps',
          rate(0),
          rate((points - 1) / 2),
          rate(points - 1),
          form.epochs * stepsAnEpoch
        )}
      </span>
    </span>
  );
}
