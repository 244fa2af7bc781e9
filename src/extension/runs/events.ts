/** What a training process tells while it works, checked: it crosses a border. */
import type { ExperimentEvent } from '../../protocol/experiments';
import type { TrainingEvent } from '../../protocol/training';

/** `null` where it is none of the known events, or lacks what the host reads of it. */
export function readEvent(value: unknown): TrainingEvent | null {
  if (!isRecord(value)) return null;
  const { kind, run, epochs, report } = value;
  const isEvent =
    kind === 'started'
      ? typeof run === 'string' && typeof epochs === 'number'
      : (kind === 'step' || kind === 'epoch') && isRecord(report) && typeof report['epoch'] === 'number';
  return isEvent ? (value as unknown as TrainingEvent) : null;
}

/** As `readEvent`, of an experiment. */
export function readExperimentEvent(value: unknown): ExperimentEvent | null {
  return isRecord(value) && isExperimentEvent(value) ? (value as unknown as ExperimentEvent) : null;
}

function isExperimentEvent(value: Readonly<Record<string, unknown>>): boolean {
  const { experiment, jobs, job, index, overall, secondsLeft } = value;
  switch (value['kind']) {
    case 'waiting':
      return typeof experiment === 'string';
    case 'started':
      return typeof experiment === 'string' && Array.isArray(jobs);
    case 'job':
      return typeof job === 'string' && typeof index === 'number';
    case 'progress':
      return typeof overall === 'number' && (secondsLeft === null || typeof secondsLeft === 'number');
    case 'point':
    case 'result':
      return typeof job === 'string';
    default:
      return false;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
