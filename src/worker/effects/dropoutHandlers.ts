/** The requests about dropout and reliance, answered. */
import type { DropoutRequests } from '../../protocol/effects/dropout';
import type { Handlers } from '../../protocol/rpc';
import type { DataSets } from '../data';
import { valueOf } from '../problem';
import type { Runner } from '../running';
import type { Sessions } from '../session';
import { manyMasks, maskTriptych } from './masks';
import { camUnderMasks } from './camMasks';
import { PictureTails } from './pictureTails';
import { channelsOff, reliance } from './reliance';
import { channelCorrelation, relianceCurves } from './relianceOver';
import { Tails } from './tails';
import { leastSure, picturesUnderMasks } from './unsure';

export function dropoutHandlers(sessions: Sessions, runner: Runner, data: DataSets): Handlers<DropoutRequests> {
  const tails = new Tails(runner);
  const sets = new PictureTails(tails, data);
  return {
    maskTriptych: (question, context) => maskTriptych(sessions.get(question.model), runner, tails, question, context),
    manyMasks: (question, context) => manyMasks(sessions.get(question.model), tails, question, context),
    picturesUnderMasks: (question, context) =>
      picturesUnderMasks(sessions.get(question.model), tails, sets, question, context),
    leastSure: (question, context) => leastSure(sessions.get(question.model), tails, sets, question, context),
    reliance: (question, context) => reliance(sessions.get(question.model), tails, question, context),
    channelsOff: (question, context) => channelsOff(sessions.get(question.model), tails, question, context),
    relianceCurves: (question, context) => relianceCurves(sessions.get(question.model), tails, sets, question, context),
    channelCorrelation: (question, context) =>
      channelCorrelation(sessions.get(question.model), tails, sets, question, context),
    camUnderMasks: (question, context) => camUnderMasks(sessions.get(question.model), runner, tails, question, context),
    chooseFromSet: async ({ model, set: id, index }) => {
      const set = await data.get(sessions.get(model), id);
      const { width, height, data: rgba } = valueOf(await set.image(index));
      return { pixels: { width, height, rgba: Uint8Array.from(rgba) }, label: `${set.title} ${String(index)}` };
    }
  };
}
