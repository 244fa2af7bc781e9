/** The requests about data sets, answered. */
import type { DataRequests } from '../protocol/dataSets';
import type { Handlers } from '../protocol/rpc';
import type { DataSets } from './data';
import type { Sessions } from './session';

export function dataHandlers(sessions: Sessions, data: DataSets): Handlers<DataRequests> {
  return {
    dataSets: ({ model }) => data.list(sessions.get(model)),
    addImageFolder: ({ model, path }) => data.addFolder(sessions.get(model), path)
  };
}
