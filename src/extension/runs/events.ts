/** What a training process tells while it works, checked: it crosses a border. */
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
