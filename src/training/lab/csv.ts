/** Results as a table for other programs: one row for each look, RFC 4180, decimal points whatever the language. */
import type { JobResult, Score } from './job';

const columns = [
  'job',
  'variant',
  'seed',
  'images',
  'random_labels',
  'step',
  'epoch',
  'running_loss',
  'running_accuracy',
  'train_loss',
  'train_accuracy',
  'validation_loss_moving',
  'validation_accuracy_moving',
  'validation_loss_batch',
  'validation_accuracy_batch',
  'ending'
] as const;

export function resultsToCsv(results: readonly JobResult[]): string {
  const rows = results.flatMap(({ job, points, ending }) => {
    const head = [job.id, job.variant.id, job.seed, job.size ?? 'all', job.randomLabels ? 1 : 0];
    const rest = (values: readonly (string | number)[]): string =>
      [...head, ...values, ending.kind].map(cell).join(',');
    if (points.length === 0) return [rest(['', '', ...pair(null), ...pair(null), ...pair(null), ...pair(null)])];
    return points.map(({ step, epoch, running, train, validation, validationOnBatch }) =>
      rest([step, epoch, ...pair(running), ...pair(train), ...pair(validation), ...pair(validationOnBatch)])
    );
  });
  return [columns.join(','), ...rows].map((row) => `${row}\r\n`).join('');
}

function pair(score: Score | null): (string | number)[] {
  return score === null ? ['', ''] : [score.loss, score.accuracy];
}

function cell(value: string | number): string {
  const text = String(value);
  if (typeof value === 'number') return text;
  // What a spreadsheet would take for a formula is told to be text.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
