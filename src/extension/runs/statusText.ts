/** The run in a line, without VS Code. */
import { inLanguage } from '../../core/numbers';
import { t } from '../../core/texts';
import type { ExperimentState } from './experimentRuns';
import type { RunState } from './session';

/** `epoch 3/5 · loss 0.123 · accuracy 96.1 %`: of the epoch that goes, or of the last one where none has begun. */
export function runText(state: RunState): string {
  const { step, reports, epochs, metricNames } = state;
  const last = reports.at(-1) ?? null;
  const goesOn = step !== null && step.epoch > (last?.epoch ?? 0);
  const now = goesOn ? step : last === null ? null : { epoch: last.epoch, ...last.train };
  if (now === null) return t('preparing');
  const parts = [t('epoch {0}/{1}', now.epoch, epochs), t('loss {0}', decimals(now.loss, 3))];
  const value = now.metrics[0];
  const name = metricNames[0];
  if (value !== undefined && name !== undefined) parts.push(`${name} ${metricText(name, value)}`);
  return parts.join(' · ');
}

/** The last finished epoch on the validation part, and the time left. */
export function runDetail(state: RunState): readonly string[] {
  const last = state.reports.at(-1);
  const validation = last?.validation ?? null;
  const lines: string[] = [];
  if (last !== undefined && validation !== null) {
    const name = state.metricNames[0];
    const value = validation.metrics[0];
    const metric = name === undefined || value === undefined ? '' : `, ${name} ${metricText(name, value)}`;
    lines.push(t('validation after epoch {0}: loss {1}', last.epoch, decimals(validation.loss, 3)) + metric);
  }
  if (state.paused) lines.push(t('paused'));
  else if (state.step !== null) lines.push(t('about {0} left', duration(state.step.secondsLeft)));
  return lines;
}

/** Share of epochs that are done, the one that goes counted by its steps. */
export function runShare(state: RunState): number {
  const done = state.reports.at(-1)?.epoch ?? 0;
  const { step } = state;
  const part = step !== null && step.epoch > done && step.steps > 0 ? step.step / step.steps : 0;
  return Math.min(1, (done + part) / Math.max(1, state.epochs));
}

/** `experiment 3 of 14, 4 min left` */
export function experimentText({ waiting, jobs, index, secondsLeft }: ExperimentState): string {
  if (waiting) return t('experiment waits');
  if (jobs === 0) return t('experiment: preparing');
  const now = Math.min(jobs, index + 1);
  return secondsLeft === null
    ? t('experiment {0} of {1}', now, jobs)
    : t('experiment {0} of {1}, {2} left', now, jobs, duration(secondsLeft));
}

function metricText(name: string, value: number): string {
  return /accuracy/i.test(name) ? `${decimals(100 * value, 1)} %` : decimals(value, 3);
}

function decimals(value: number, digits: number): string {
  return Number.isFinite(value) ? inLanguage(value.toFixed(digits)) : String(value);
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 90 ? t('{0} s', whole) : t('{0} min', Math.round(whole / 60));
}
