/** Runs that are kept: their settings and scores, their curves beside each other, going on, deleting. */
import { useMemo, useState } from 'preact/hooks';
import type { RunSummary, TrainingForm } from '../../src/protocol/training';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { announce, report } from '../session';
import { formatExact, formatFixed, formatValue } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { useApp } from '../state';
import { fieldWords, optimizerWords, parameterField, settingWords } from './formWords';
import { goOn } from './goOn';
import { isShare, metricWords, showMetric } from './metricWords';
import { CurveNames, curveColours as colours, TrainChart, type GrowingCurve } from './trainChart';
import { edit, isGoing, train, useTrain } from './trainState';

export function KeptRuns({ model }: { readonly model: string }) {
  const version = useTrain((state) => state.runsVersion);
  const runs = useRequest('trainingRuns', { model }, version);
  return (
    <Loaded of={runs} skeleton="lines">
      {(found) => (found.length === 0 ? <NoRuns /> : <Runs model={model} runs={found} />)}
    </Loaded>
  );
}

function NoRuns() {
  return (
    <div class="empty">
      <p>{t('No run is kept for this model yet. Each run is kept after every epoch, also when it is stopped.')}</p>
      <Button appearance="primary" onClick={() => train.set({ part: 'setup' })}>
        {t('Set up a run')}
      </Button>
    </div>
  );
}

function Runs({ model, runs }: { readonly model: string; readonly runs: readonly RunSummary[] }) {
  const [compared, setCompared] = useState<readonly string[]>(runs.slice(0, 2).map(({ run }) => run));
  const chosen = runs.filter(({ run }) => compared.includes(run));
  return (
    <>
      <ul class="kept-runs" aria-label={t('Kept runs')}>
        {runs.map((run) => (
          <OneRun
            key={run.run}
            model={model}
            run={run}
            compared={compared.includes(run.run)}
            onCompare={(on) =>
              setCompared(
                on ? [...compared, run.run].slice(-colours.length) : compared.filter((one) => one !== run.run)
              )
            }
          />
        ))}
      </ul>
      {chosen.length >= 2 ? (
        <Comparison runs={chosen} />
      ) : (
        <p class="empty">{t('Tick two runs or more: their curves are laid over each other here.')}</p>
      )}
      <Explanation
        see={t('Every run with what it was set to and how far it came; ticked ones with their validation curves.')}
        look={t(
          'Compare runs that differ in one setting, and more than one seed of each: a difference as small as that between two seeds is noise.'
        )}
      />
      <KeptSoWhat model={model} runs={runs} chosen={chosen} />
    </>
  );
}

export function nameOfRun({ startedAt, form }: RunSummary): string {
  const at = new Date(startedAt);
  const clock = Number.isNaN(at.getTime())
    ? startedAt
    : `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  const day = Number.isNaN(at.getTime()) ? '' : `${startedAt.slice(5, 10)} `;
  return t('{0}, seed {1}', `${day}${clock}`, String(form.seed));
}

function statusOf({ status, ending }: RunSummary): string {
  if (ending?.kind === 'diverged') return t('✖ diverged');
  switch (status) {
    case 'running':
      return t('▶ going');
    case 'paused':
      return t('paused');
    case 'stopped':
      return t('■ stopped');
    case 'failed':
      return t('✖ failed');
    case 'done':
      return ending?.kind === 'early' ? t('✔ stopped early') : t('✔ done');
  }
}

function scoresOf({ epochs, metricNames }: RunSummary): string {
  const last = epochs.at(-1);
  if (last === undefined) return t('no full epoch');
  const metric = last.validation?.metrics[0] ?? last.train.metrics[0];
  const loss = last.validation?.loss ?? last.train.loss;
  return [
    metric === undefined ? null : `${metricWords(metricNames[0], 0)} ${showMetric(metricNames[0], metric)}`,
    t('loss {0}', formatValue(loss))
  ]
    .filter((one) => one !== null)
    .join(' · ');
}

/** The settings that tell runs apart at a glance. */
function settingsOf({ form, data }: RunSummary): string {
  const rate = form.optimizerParameters['learningRate'];
  return [
    data,
    form.examples === null ? null : t('{0} examples', formatExact(form.examples)),
    `${optimizerWords(form.optimizer)}${typeof rate === 'number' ? ` ${formatValue(rate)}` : ''}`,
    t('batch {0}', form.batchSize),
    form.schedule === null ? null : form.schedule.name,
    form.classWeights === null ? null : t('class weights'),
    form.augment ? t('augmentation') : null,
    form.l2 > 0 ? t('L2 {0}', formatValue(form.l2)) : null,
    form.weightNoise > 0 ? t('weight noise {0}', formatValue(form.weightNoise)) : null,
    form.batchNormMomentum === null ? null : t('batch-norm momentum {0}', formatValue(form.batchNormMomentum))
  ]
    .filter((one) => one !== null)
    .join(' · ');
}

function OneRun(props: {
  readonly model: string;
  readonly run: RunSummary;
  readonly compared: boolean;
  readonly onCompare: (on: boolean) => void;
}) {
  const { model, run, compared, onCompare } = props;
  const [asking, setAsking] = useState(false);
  const live = useTrain((state) => state.live);
  const going = isGoing(live);
  const isLive = going && live?.run === run.run;
  const origin = useApp((state) => state.opened?.summary.weightsOrigin);
  const name = nameOfRun(run);
  const remove = async () => {
    try {
      await channel.request('deleteRun', { run: run.run });
      const { opened, live: now, runsVersion } = train.get();
      train.set({
        runsVersion: runsVersion + 1,
        opened: opened?.run === run.run ? null : opened,
        live: now?.run === run.run ? null : now
      });
      announce(t('The run of {0} is deleted', name));
    } catch (error) {
      setAsking(false);
      report(error);
    }
  };
  return (
    <li class="kept-run">
      <div class="kept-head">
        <label class="check">
          <input
            type="checkbox"
            checked={compared}
            aria-label={t('Compare the run of {0}', name)}
            onChange={(event) => onCompare(event.currentTarget.checked)}
          />
          <strong>{name}</strong>
        </label>
        <span>{isLive ? t('▶ going') : statusOf(run)}</span>
        <span>{t('{0} of {1} epochs', run.epochs.length, run.form.epochs)}</span>
        <span>{scoresOf(run)}</span>
      </div>
      <p class="quiet">{settingsOf(run)}</p>
      {asking ? (
        <div class="tools" role="group" aria-label={t('Delete the run of {0}?', name)}>
          <span>
            {origin?.kind === 'trained'
              ? t('Delete this run with the weights of all its epochs? The panel may be showing them.')
              : t('Delete this run with the weights of all its epochs?')}
          </span>
          <Button appearance="primary" onClick={() => void remove()}>
            {t('Delete')}
          </Button>
          <Button onClick={() => setAsking(false)}>{t('Keep it')}</Button>
        </div>
      ) : (
        <div class="tools">
          <Button
            label={t('Open the run of {0}', name)}
            onClick={() => train.set({ part: 'run', opened: isLive ? null : run })}
          >
            {t('Open')}
          </Button>
          <Button label={t('Go on with the run of {0}', name)} disabled={going} onClick={() => goOn(model, run)}>
            {t('Go on')}
          </Button>
          <Button label={t('Use its settings: {0}', name)} onClick={() => reuse(run.form)}>
            {t('Use its settings')}
          </Button>
          <Button label={t('Delete the run of {0}', name)} disabled={isLive} onClick={() => setAsking(true)}>
            {t('Delete…')}
          </Button>
        </div>
      )}
    </li>
  );
}

function reuse(form: TrainingForm): void {
  edit(form);
  train.set({ part: 'setup' });
}

function Comparison({ runs }: { readonly runs: readonly RunSummary[] }) {
  const names = runs.map(nameOfRun);
  const curves = useMemo(() => {
    const of = (pick: (run: RunSummary) => readonly (readonly [number, number])[]): GrowingCurve[] =>
      runs.map((run, index) => ({
        name: names[index] ?? '',
        colour: colours[index % colours.length] ?? 'blue',
        dashed: index % 2 === 1,
        points: pick(run)
      }));
    return {
      loss: of(({ epochs }) => epochs.map((epoch) => [epoch.epoch, (epoch.validation ?? epoch.train).loss])),
      metric: of(({ epochs }) =>
        epochs.flatMap((epoch) => {
          const value = (epoch.validation ?? epoch.train).metrics[0];
          return value === undefined ? [] : [[epoch.epoch, value] as const];
        })
      )
    };
  }, [runs.map(({ run, epochs }) => `${run} ${String(epochs.length)}`).join()]);
  const most = Math.max(...runs.map(({ epochs }) => epochs.length));
  const metric = runs[0]?.metricNames[0];
  const different = differences(runs);
  return (
    <section class="card" aria-label={t('Runs beside each other')}>
      <h2>{t('Runs beside each other')}</h2>
      <div class="chart-pair">
        <TrainChart
          curves={curves.loss}
          across={t('epoch')}
          up={t('validation loss')}
          epochs={most}
          format={(value) => formatValue(value)}
          bracket={null}
          label={t('Validation loss of {0} runs', runs.length)}
        />
        <TrainChart
          curves={curves.metric}
          across={t('epoch')}
          up={t('validation {0}', metricWords(metric, 0))}
          epochs={most}
          format={(value) => (isShare(metric) ? `${formatFixed(100 * value, 0)} %` : formatValue(value))}
          bracket={null}
          label={t('Validation {0} of {1} runs', metricWords(metric, 0), runs.length)}
        />
      </div>
      <CurveNames curves={curves.loss} />
      {different.length === 0 ? (
        <p class="quiet">{t('Their settings are equal.')}</p>
      ) : (
        <div class="numbers-scroll" tabIndex={0} role="group" aria-label={t('Where their settings differ')}>
          <table class="facts differences">
            <thead>
              <tr>
                <th scope="col">{t('They differ in')}</th>
                {names.map((name, index) => (
                  <th key={index} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {different.map(({ field, values }) => (
                <tr key={field}>
                  <th scope="row">{fieldWords(field)}</th>
                  {values.map((value, index) => (
                    <td key={index}>{value}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Fields in which not all runs are equal; parameters of the optimizer one by one. */
function differences(runs: readonly RunSummary[]): readonly { field: string; values: readonly string[] }[] {
  const flat = runs.map(({ form: { optimizerParameters: parameters, ...form } }): Record<string, unknown> => {
    const own = Object.entries(parameters).map(([name, value]) => [parameterField(name), value] as const);
    return { ...form, ...Object.fromEntries(own) };
  });
  const fields = [...new Set(flat.flatMap((one) => Object.keys(one)))];
  return fields
    .map((field) => ({ field, values: flat.map((one) => valueWords(one[field])) }))
    .filter(({ values }) => new Set(values).size > 1);
}

function valueWords(value: unknown): string {
  if (value === undefined) return '—';
  if (value === null) return t('none');
  if (typeof value === 'boolean') return value ? t('on') : t('off');
  if (typeof value === 'number') return formatValue(value, 6);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? t('none') : value.join(', ');
  if (typeof value !== 'object') return '';
  if ('name' in value && 'parameters' in value) return `${String(value.name)}: ${valueWords(value.parameters)}`;
  return Object.entries(value)
    .map(([name, one]) => `${settingWords(name)} ${valueWords(one)}`)
    .join(', ');
}

function KeptSoWhat(props: {
  readonly model: string;
  readonly runs: readonly RunSummary[];
  readonly chosen: readonly RunSummary[];
}) {
  const scored = (props.chosen.length >= 2 ? props.chosen : props.runs).flatMap((run) => {
    const last = run.epochs.at(-1);
    const loss = last?.validation?.loss ?? last?.train.loss;
    return loss === undefined ? [] : [{ run, loss }];
  });
  const best = scored.reduce<(typeof scored)[number] | null>(
    (low, one) => (low === null || one.loss < low.loss ? one : low),
    null
  );
  if (best === null) return null;
  const { form } = best.run;
  return (
    <SoWhat
      text={t(
        'Lowest loss at its end: the run of {0}, {1}. One more seed says whether that is more than chance.',
        nameOfRun(best.run),
        formatValue(best.loss)
      )}
    >
      <Button onClick={() => reuse({ ...form, seed: form.seed + 1 })}>
        {t('Set it up with seed {0}', form.seed + 1)}
      </Button>
    </SoWhat>
  );
}
