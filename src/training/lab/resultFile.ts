/** Results of jobs as JSON, one file each, so that a lab that was stopped goes on where it was. */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CurvePoint, JobResult, LabJob, Score } from './job';

export function resultToJson(result: JobResult): string {
  return `${JSON.stringify(result)}\n`;
}

/**
 * @param jobs what may be read: a result counts only for a job with equal settings
 * @returns `null` for anything else, damaged files included
 */
export function resultFromJson(text: string, jobs: readonly LabJob[]): JobResult | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || value['version'] !== 1 || !isRecord(value['job'])) return null;
  const id = value['job']['id'];
  const job = jobs.find((one) => one.id === id);
  // Labels are for people and follow their language.
  if (job === undefined || settingsOf(value['job']) !== settingsOf({ ...job })) return null;
  const { points, ending, refreshed, seconds } = value;
  if (!Array.isArray(points) || !points.every(isPoint) || typeof seconds !== 'number') return null;
  if (!isRecord(ending) || !['finished', 'diverged', 'refused'].includes(String(ending['kind']))) return null;
  if (!Array.isArray(refreshed) || !refreshed.every((one) => typeof one === 'string')) return null;
  const read = endingFrom(ending);
  return read === null ? null : { version: 1, job, points, ending: read, refreshed, seconds };
}

function settingsOf(job: Readonly<Record<string, unknown>>): string {
  const variant = isRecord(job['variant']) ? { id: job['variant']['id'], changes: job['variant']['changes'] } : null;
  const keys = [
    'id',
    'seed',
    'size',
    'randomLabels',
    'epochs',
    'batchSize',
    'checkEvery',
    'everyEpochs',
    'learningRate'
  ];
  return JSON.stringify([variant, keys.map((key) => job[key] ?? null)]);
}

function endingFrom(ending: Readonly<Record<string, unknown>>): JobResult['ending'] | null {
  const { kind, step, layer, reason } = ending;
  if (kind === 'finished') return { kind };
  if (kind === 'diverged' && typeof step === 'number' && (layer === null || typeof layer === 'string')) {
    return { kind, step, layer };
  }
  return kind === 'refused' && typeof reason === 'string' ? { kind, reason } : null;
}

function isPoint(value: unknown): value is CurvePoint {
  if (!isRecord(value)) return false;
  const { step, epoch, running, train, validation, validationOnBatch } = value;
  const perhaps = [running, train, validationOnBatch];
  return (
    typeof step === 'number' &&
    typeof epoch === 'number' &&
    isScore(validation) &&
    perhaps.every((score) => score === null || isScore(score))
  );
}

/** JSON has no infinities: a loss beyond all numbers comes back as `null` and makes the file unreadable. */
function isScore(value: unknown): value is Score {
  return isRecord(value) && typeof value['loss'] === 'number' && typeof value['accuracy'] === 'number';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where results are kept. */
export interface ResultStore {
  /** Those that belong to the jobs; everything else is left alone. */
  read(jobs: readonly LabJob[]): Promise<JobResult[]>;
  write(result: JobResult): Promise<void>;
}

/** One JSON file a job in a folder, which is made when the first is written. */
export function resultFolder(folder: string): ResultStore {
  return {
    async read(jobs) {
      const names = new Set(await readdir(folder).catch(() => []));
      const found: JobResult[] = [];
      for (const job of jobs) {
        const name = fileOf(job);
        if (!names.has(name)) continue;
        const result = resultFromJson(await readFile(join(folder, name), 'utf8').catch(() => ''), jobs);
        if (result !== null) found.push(result);
      }
      return found;
    },
    async write(result) {
      await mkdir(folder, { recursive: true });
      const file = join(folder, fileOf(result.job));
      // Whole or not at all, also where the process ends in between.
      await writeFile(`${file}.part`, resultToJson(result));
      await rename(`${file}.part`, file);
    }
  };
}

function fileOf({ id }: LabJob): string {
  return `${id.replace(/[^\w-]/g, '_')}.json`;
}
