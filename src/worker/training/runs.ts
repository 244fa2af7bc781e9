/** The runs that are kept: a folder each, below one folder that the host names. */
import { mkdtempSync, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { t } from '../../core/texts';
import { RunFolder } from '../../training/run/folder';
import type { RunRecord } from '../../training/run/record';
import { inputFailure, valueOf } from '../problem';

/** The folder of experiments beside the runs. */
export const EXPERIMENTS = 'experiments';

export class Runs {
  private place: string | null;

  /** @param folder `null`: a temporary one, made when the first run begins */
  constructor(folder: string | null) {
    this.place = folder;
  }

  /** An id that no run has: the model's name, the time, a number where two begin in one second. */
  async newId(model: string): Promise<string> {
    const name = model.replaceAll(/[^\w-]+/g, '_').slice(0, 40) || 'run';
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

  /** @throws {RequestFailure} for an id that could name another place */
  folder(run: string): RunFolder {
    if (!/^\w[\w.-]*$/.test(run) || run.includes('..') || run === EXPERIMENTS) {
      throw inputFailure(run.slice(0, 80), t('is no run'), t('Choose another'));
    }
    return new RunFolder(join(this.path, run));
  }

  /** Where they all are. */
  get path(): string {
    this.place ??= mkdtempSync(join(tmpdir(), 'convlens-runs-'));
    return this.place;
  }

  /** @throws {RequestFailure} where there is no such run, or its record is damaged */
  async record(run: string): Promise<RunRecord> {
    return valueOf(await this.folder(run).readRecord());
  }

  /** All that can be read, newest first. */
  async list(): Promise<readonly RunRecord[]> {
    const found: RunRecord[] = [];
    for (const id of await this.ids()) {
      const record = await this.folder(id).readRecord();
      if (record.ok) found.push({ ...record.value, summary: { ...record.value.summary, run: id } });
    }
    return found.sort((a, b) => b.summary.startedAt.localeCompare(a.summary.startedAt));
  }

  private async ids(): Promise<readonly string[]> {
    if (this.place === null) return [];
    const entries = await readdir(this.place, { withFileTypes: true }).catch(() => []);
    return entries.flatMap((entry) => (isRunFolder(entry) ? [entry.name] : []));
  }
}

function isRunFolder(entry: Dirent): boolean {
  return entry.isDirectory() && /^\w[\w.-]*$/.test(entry.name) && entry.name !== EXPERIMENTS;
}
