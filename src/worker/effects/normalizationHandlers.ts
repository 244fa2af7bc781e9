/** The requests about normalisation, answered. */
import type { NormalizationRequests } from '../../protocol/effects/normalization';
import type { Handlers } from '../../protocol/rpc';
import type { DataSets } from '../data';
import type { Runner } from '../running';
import type { Sessions } from '../session';
import { signalDepth } from './normalization/depthLab';
import { foldLayer } from './normalization/foldLab';
import { defaultMode, LayerValueCache } from './normalization/layerValues';
import { compareModes, compareShifts } from './normalization/modesLab';
import { TweakLab } from './normalization/tweakLab';
import { channelOf, xrayOf } from './normalization/xrayLab';

export function normalizationHandlers(
  sessions: Sessions,
  runner: Runner,
  data: DataSets
): Handlers<NormalizationRequests> {
  const values = new LayerValueCache(runner, data);
  const tweaks = new TweakLab(runner);
  return {
    normalizationXray: async (ask, context) => {
      const session = sessions.get(ask.model);
      const mode = ask.mode ?? (await defaultMode(session, ask.layer, context.signal));
      return xrayOf(await values.get(session, { ...ask, mode }, context), mode, context.signal);
    },
    normalizationChannel: async (ask, context) => {
      const session = sessions.get(ask.model);
      return channelOf(session, await values.get(session, ask, context), ask);
    },
    normalizationModes: ({ model, set }, context) => compareModes(runner, data, sessions.get(model), set, context),
    normalizationShift: ({ model, set, shift }, context) =>
      compareShifts(runner, data, sessions.get(model), { set, shift }, context),
    normalizationTweak: (ask, context) => tweaks.tweak(sessions.get(ask.model), ask, context),
    normalizationFold: (ask, context) => foldLayer(runner, data, sessions.get(ask.model), ask, context),
    signalDepth: ({ model, seed }, context) => signalDepth(sessions, runner, data, sessions.get(model), seed, context)
  };
}
