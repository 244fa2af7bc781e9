/** The requests about normalisation, answered. */
import type { NormalizationRequests } from '../../protocol/effects/normalization';
import type { Handlers } from '../../protocol/rpc';
import type { DataSets } from '../data';
import type { Runner } from '../running';
import type { Sessions } from '../session';
import { signalDepth } from './normalization/depthLab';
import { FoldLab } from './normalization/foldLab';
import { defaultMode, LayerValueCache } from './normalization/layerValues';
import { compareModes } from './normalization/modesLab';
import { compareShifts } from './normalization/shiftLab';
import { TweakLab } from './normalization/tweakLab';
import { channelOf, xrayOf } from './normalization/xrayLab';

export function normalizationHandlers(
  sessions: Sessions,
  runner: Runner,
  data: DataSets
): Handlers<NormalizationRequests> {
  const values = new LayerValueCache(runner, data);
  const tweaks = new TweakLab(runner);
  const folds = new FoldLab(runner, data);
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
    normalizationShift: ({ model, set, shift, twin }, context) => {
      const ask = { set, shift, twin: twin === null ? null : sessions.get(twin) };
      return compareShifts(runner, data, sessions.get(model), ask, context);
    },
    normalizationTweak: (ask, context) => tweaks.tweak(sessions.get(ask.model), ask, context),
    normalizationFold: (ask, context) => folds.fold(sessions.get(ask.model), ask, context),
    signalDepth: ({ model, seed }, context) => signalDepth(sessions, runner, data, sessions.get(model), seed, context)
  };
}
