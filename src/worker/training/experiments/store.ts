/** Experiments that are kept: a folder each with its plan, one JSON file a result, and trained networks. */
import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '../../../core/texts';
import type { JobResult, LabJob } from '../../../training/lab/job';
import { resultFolder, type ResultStore } from '../../../training/lab/resultFile';
import { writeWhole } from '../../../training/run/checkpoint';
import type { ExperimentPlan } from '../../../protocol/experiments';
import { inputFailure } from '../../problem';

/** The file: the plan, and what is needed to go on with it and to tell what it found. */
export interface ExperimentRecord {
  readonly version: 1;
  readonly experiment: string;
  readonly model: string;
  /** See `architectureOf`. */
  readonly architecture: string;
  readonly plan: ExperimentPlan;
  readonly jobs: readonly LabJob[];
  /** Of the data. */
  readonly data: string;
  readonly engine: string;
  /** ISO 8601. */
  readonly begun: string;
  readonly trainImages: number;
  readonly validationImages: number;
  readonly classes: number;
  /** Of the network's own batch norms. */
  readonly batchNormMomentum: number | null;
  /** Whether the code or the form has penalties or noise of its own, which stay on in every variant. */
  readonly ownPenalties: boolean;
}

const PLAN = 'plan.json';

export class ExperimentStore {
  /** @param place the folder of all experiments, which may not exist yet */
  constructor(private readonly place: () => string) {}

  /** An id that no experiment has: the model's name, the time, a number where two begin in one second. */
  async newId(model: string): Promise<string> {
    const name = model.replaceAll(/[^\w-]+/g, '_').slice(0, 40) || 'experiment';
    const time = new Date()
      .toISOString()
      .replaceAll(/[-:]|\.\d+Z/g, '')
      .replace('T', '-');
    const taken = new Set(await this.ids());
    for (let i = 1; ; i++) {
      const id = `${name}-${time}${i === 1 ? '' : `-${String(i)}`}`;
      if (!taken.has(id)) return id;
    }
  }

  async write(record: ExperimentRecord): Promise<void> {
    const folder = this.folder(record.experiment);
    await mkdir(folder, { recursive: true });
    await writeWhole(join(folder, PLAN), `${JSON.stringify(record, null, 1)}\n`);
  }

  /** @throws {RequestFailure} where there is none, or its plan is damaged */
  async read(experiment: string): Promise<ExperimentRecord> {
    const text = await readFile(join(this.folder(experiment), PLAN), 'utf8').catch(() => null);
    if (text === null) throw inputFailure(experiment, t('is not kept any more'), t('Start it again'));
    const record = recordOf(text, experiment);
    if (record === null) throw inputFailure(experiment, t('has a damaged plan'), t('Delete it, and start it again'));
    return record;
  }

  /** All that can be read, newest first. */
  async list(): Promise<readonly ExperimentRecord[]> {
    const found = await Promise.all((await this.ids()).map((id) => this.read(id).catch(() => null)));
    return found
      .flatMap((record) => (record === null ? [] : [record]))
      .sort((a, b) => b.begun.localeCompare(a.begun) || b.experiment.localeCompare(a.experiment));
  }

  results(experiment: string): ResultStore {
    return resultFolder(join(this.folder(experiment), 'results'));
  }

  async resultsOf({ experiment, jobs }: ExperimentRecord): Promise<readonly JobResult[]> {
    return this.results(experiment).read(jobs);
  }

  async delete(experiment: string): Promise<void> {
    await rm(this.folder(experiment), { recursive: true, force: true });
  }

  /** Where the trained network of a variant is kept, or why it is not. */
  network(
    experiment: string,
    variant: string
  ): { readonly folder: string; readonly file: string; readonly problem: string } {
    const folder = join(this.folder(experiment), 'networks');
    const name = variant.replaceAll(/[^\w-]/g, '_');
    return { folder, file: `${name}.keras`, problem: join(folder, `${name}.problem.txt`) };
  }

  /** @returns `null` where no network of the variant is kept */
  async keptNetwork(experiment: string, variant: string): Promise<string | null> {
    const { folder, file } = this.network(experiment, variant);
    const path = join(folder, file);
    return access(path).then(
      () => path,
      () => null
    );
  }

  /** Why a variant's network could not be kept, in words. */
  async networkProblem(experiment: string, variant: string): Promise<string | null> {
    return readFile(this.network(experiment, variant).problem, 'utf8').catch(() => null);
  }

  /** @throws {RequestFailure} for an id that could name another place */
  private folder(experiment: string): string {
    if (!/^\w[\w.-]*$/.test(experiment) || experiment.includes('..')) {
      throw inputFailure(experiment.slice(0, 80), t('is no experiment'), t('Choose another'));
    }
    return join(this.place(), experiment);
  }

  private async ids(): Promise<readonly string[]> {
    const entries = await readdir(this.place(), { withFileTypes: true }).catch(() => []);
    return entries.flatMap((entry) => (entry.isDirectory() && /^\w[\w.-]*$/.test(entry.name) ? [entry.name] : []));
  }
}

function recordOf(text: string, experiment: string): ExperimentRecord | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(found) || found['version'] !== 1 || typeof found['architecture'] !== 'string') return null;
  const { plan, jobs } = found;
  if (!isRecord(plan) || !isRecord(plan['what']) || !isRecord(plan['form']) || !isRecord(plan['data'])) return null;
  if (!Array.isArray(plan['seeds']) || !Array.isArray(jobs) || jobs.length === 0 || !jobs.every(isJob)) return null;
  // Copied folders go by their own name.
  return { ...(found as unknown as ExperimentRecord), experiment };
}

function isJob(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['variant'])) return false;
  const { variant } = value;
  return (
    typeof value['id'] === 'string' &&
    typeof value['seed'] === 'number' &&
    typeof value['epochs'] === 'number' &&
    typeof value['batchSize'] === 'number' &&
    typeof variant['id'] === 'string' &&
    typeof variant['label'] === 'string' &&
    Array.isArray(variant['changes'])
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
