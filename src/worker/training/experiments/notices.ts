/** What must be known beside the curves of an experiment. */
import { t } from '../../../core/texts';
import type { Variant } from '../../../training/lab/changes';
import type { JobResult } from '../../../training/lab/job';
import { partingText } from '../../../training/lab/twin';
import type { ExperimentRecord } from './store';

export function noticesOf(
  record: ExperimentRecord,
  results: readonly JobResult[],
  unkept: readonly string[]
): readonly string[] {
  return [
    ...partings(record, results),
    ...refusals(results),
    ...divergences(results),
    ...drawnAnew(results),
    ...settingsNotices(record),
    ...unkept.map((reason) => t('A trained network could not be kept: {0}', reason))
  ];
}

/** For each variant the last look at which its two validation curves were apart. */
function partings({ batchNormMomentum }: ExperimentRecord, results: readonly JobResult[]): string[] {
  const found = new Map<string, string>();
  for (const { job, points } of results) {
    const momentum = momentumOf(job.variant, batchNormMomentum);
    if (momentum === null) continue;
    for (const point of points) {
      const text = partingText(point, momentum);
      if (text !== null) found.set(job.variant.id, `${job.variant.label}: ${text}`);
    }
  }
  return [...found.values()];
}

/** Of the norms that were put in; else of the network's own. */
function momentumOf({ changes }: Variant, own: number | null): number | null {
  for (const one of changes) {
    if (one.kind === 'put' && one.insertion.kind === 'batchNorm') return one.insertion.momentum;
  }
  return own;
}

function refusals(results: readonly JobResult[]): string[] {
  const found = results.flatMap(({ job, ending }) =>
    ending.kind === 'refused' ? [t('{0} could not be trained: {1}', job.variant.label, ending.reason)] : []
  );
  return [...new Set(found)];
}

function divergences(results: readonly JobResult[]): string[] {
  return results.flatMap(({ job, ending }) => {
    if (ending.kind !== 'diverged') return [];
    const { label } = job.variant;
    const at = [label, job.seed, ending.step] as const;
    return ending.layer === null
      ? [t('{0}, seed {1}: after {2} steps the loss was no number any more.', ...at)]
      : [t('{0}, seed {1}: after {2} steps the loss was no number any more, first in {3}.', ...at, ending.layer)];
  });
}

function drawnAnew(results: readonly JobResult[]): string[] {
  const found = new Map<string, string>();
  for (const { job, refreshed } of results) {
    if (refreshed.length === 0) continue;
    const layers = refreshed.join(', ');
    const text = t(
      '{0}: {1} has weights of another shape, so it starts from other numbers.',
      job.variant.label,
      layers
    );
    found.set(job.variant.id, text);
  }
  return [...found.values()];
}

function settingsNotices({ ownPenalties, trainImages, validationImages }: ExperimentRecord): string[] {
  return [
    ...(ownPenalties
      ? [t('Penalties and noise that the network’s own settings ask for stay on in every variant but the one with L2.')]
      : []),
    t('Accuracies are of {0} validation images; at most {1} images train.', validationImages, trainImages)
  ];
}
