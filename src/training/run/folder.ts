/** A run's folder: `run.json` and a checkpoint for each epoch (`epoch-0000.ckpt` holds the weights before training). */
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import { readCheckpoint, writeCheckpoint, writeWhole } from './checkpoint';
import type { RunRecord } from './record';
import type { RunState } from './state';

const RECORD = 'run.json';
/** Above this only the first, the best and the last two epochs are kept. */
const roomForAll = 200e6;

const fileOf = (epoch: number): string => `epoch-${String(epoch).padStart(4, '0')}.ckpt`;

export class RunFolder {
  constructor(
    readonly path: string,
    private readonly room = roomForAll
  ) {}

  async writeRecord(record: RunRecord): Promise<void> {
    await writeWhole(join(this.path, RECORD), `${JSON.stringify(record, null, 1)}\n`);
  }

  async readRecord(): Promise<Result<RunRecord>> {
    const file = join(this.path, RECORD);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) {
      return fail({ file: this.path, problem: t('holds no run'), remedy: t('Start a new run') });
    }
    const record = recordOf(text);
    return record === null
      ? fail({ file, problem: t('is damaged'), remedy: t('Delete the run, or start a new one') })
      : ok(record);
  }

  /** Epochs with a checkpoint, ascending. */
  async epochs(): Promise<readonly number[]> {
    const names = await readdir(this.path).catch((): string[] => []);
    return names
      .flatMap((name) => {
        const number = /^epoch-(\d+)\.ckpt$/.exec(name)?.[1];
        return number === undefined ? [] : [Number(number)];
      })
      .sort((a, b) => a - b);
  }

  /** @param best the epoch to keep beside first and last where there is no room for all */
  async writeEpoch(state: RunState, best: number): Promise<void> {
    await writeCheckpoint(join(this.path, fileOf(state.epoch)), state);
    await this.makeRoom(best);
  }

  readEpoch(epoch: number): Promise<Result<RunState>> {
    return readCheckpoint(join(this.path, fileOf(epoch)));
  }

  /** Epochs after this one, which a run that goes on from it will write anew. */
  async forgetAfter(epoch: number): Promise<void> {
    for (const one of await this.epochs()) if (one > epoch) await rm(join(this.path, fileOf(one)), { force: true });
  }

  async delete(): Promise<void> {
    for (const epoch of await this.epochs()) await rm(join(this.path, fileOf(epoch)), { force: true });
    await rm(this.path, { recursive: true, force: true });
  }

  private async makeRoom(best: number): Promise<void> {
    const epochs = await this.epochs();
    const sizes = await Promise.all(epochs.map(async (epoch) => (await stat(join(this.path, fileOf(epoch)))).size));
    if (sizes.reduce((sum, size) => sum + size, 0) <= this.room) return;
    // The last but one is what `run.json` names until the new epoch stands there too.
    const kept = new Set([epochs[0], best, epochs.at(-2), epochs.at(-1)]);
    for (const epoch of epochs) if (!kept.has(epoch)) await rm(join(this.path, fileOf(epoch)), { force: true });
  }
}

function recordOf(text: string): RunRecord | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  if (!('version' in found) || found.version !== 1) return null;
  if (!('summary' in found) || typeof found.summary !== 'object' || found.summary === null) return null;
  if (!('choice' in found) || !('architecture' in found)) return null;
  const { summary } = found;
  if (!('epochs' in summary) || !Array.isArray(summary.epochs) || !('form' in summary)) return null;
  return found as RunRecord;
}
