/** Known data sets that are not on this machine: what fetching them means, and fetching after the person's yes. */
import { homedir } from 'node:os';
import { inLanguage } from '../../core/numbers';
import { t } from '../../core/texts';
import { downloadAll, type FetchLike } from '../../data/download';
import { kerasDatasets } from '../../data/kerasHome';
import { knownDataSet, type KnownDataSet } from '../../data/registry';
import type { Handlers } from '../../protocol/rpc';
import type { TrainingRequests } from '../../protocol/training';
import { inputFailure, valueOf } from '../problem';

type Answered = Required<Pick<Handlers<TrainingRequests>, 'downloadFacts' | 'downloadData' | 'trainingAlive'>>;

/** What a test puts in the place of the network, the home folder and the publishers' list. */
export interface DownloadPlace {
  readonly folder?: string;
  readonly fetch?: FetchLike;
  readonly find?: (name: string) => KnownDataSet | null;
}

/** The host shows the facts and asks; only then does it pass `downloadData` on. */
export function downloadHandlers(place: DownloadPlace = {}): Answered {
  const folder = place.folder ?? kerasDatasets(homedir(), process.env['KERAS_HOME'] ?? null);
  const find = (name: string): KnownDataSet => {
    const set = (place.find ?? knownDataSet)(name);
    if (set === null) throw inputFailure(name, t('is no data set that can be downloaded'), t('Choose a file instead'));
    return set;
  };
  return {
    trainingAlive: () => Promise.resolve(null),
    downloadFacts: ({ name }) => {
      const { title, publisher, licence, files } = find(name);
      return Promise.resolve({
        title,
        publisher,
        licence,
        addresses: files.map(({ address }) => address),
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        folder
      });
    },
    downloadData: async ({ name }, { signal, progress }) => {
      const set = find(name);
      const megabytes = (bytes: number) => inLanguage((bytes / 1e6).toFixed(1));
      const got = await downloadAll(set, folder, {
        signal,
        ...(place.fetch === undefined ? {} : { fetch: place.fetch }),
        progress: (bytes, total) => {
          const message = t('{0} of {1} MB of {2}', megabytes(bytes), megabytes(total), set.title);
          progress({ share: total === 0 ? null : bytes / total, message });
        }
      });
      valueOf(got);
      return { downloaded: true };
    }
  };
}
