/** The requests about why a network answers as it does, answered. */
import { rankCorrelation } from '../../analyses/attribution/measures';
import { keysBehind } from '../../analyses/attribution/reach';
import { readLearned, shuffled } from '../../analyses/attribution/shaken';
import { formatOf } from '../../analyses/layers';
import { areProbabilities } from '../../analyses/outputs';
import type { LayerRow } from '../../core/summary';
import type { DenseTensor } from '../../core/tensor';
import { valueKey } from '../../engine/experiment';
import type { Handlers } from '../../protocol/rpc';
import type { AttributionMap, WhyRequests, WhyTargets } from '../../protocol/why';
import type { DataSets } from '../data';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import type { Session, Sessions } from '../session';
import { excitingPictures, maximisePicture } from './channels';
import { explain, explainerOf, inputIndex, isRow, outputKey, plainOutput, targetValues } from './explain';
import { droppingLayers, shaker } from './shake';
import { t } from '../../core/texts';

const targetsAtMost = 200;

export function whyHandlers(sessions: Sessions, runner: Runner, data: DataSets): Handlers<WhyRequests> {
  const shake = shaker(runner);
  return {
    whyTargets: async ({ model, output }, context) => {
      const session = sessions.get(model);
      return targetsOf(session, output, await plainOutput(session, output, runner, context));
    },
    attribution: async ({ classes, ...ask }, context) => {
      const session = sessions.get(ask.model);
      const value = await plainOutput(session, ask.output, runner, context);
      const explainer = explainerOf(session, runner, context);
      const maps: AttributionMap[] = [];
      for (const index of classes) {
        const report = (share: number) =>
          context.progress({
            share: (maps.length + share) / classes.length,
            message: session.labels?.names[index] ?? t('output {0}', index)
          });
        maps.push((await explain(session, explainer, ask, index, value, report)).view);
        report(0);
      }
      const looked = inputIndex(session, outputKey(session, ask.output).key);
      const input = session.inputs.get(looked)?.prepared.preview;
      if (input === undefined) throw inputFailure('input', t('is not set yet'), t('Choose one'));
      return { input, maps };
    },
    sanityCheck: async ({ class: index, weightSeed, ...ask }, context) => {
      const session = sessions.get(ask.model);
      const value = await plainOutput(session, ask.output, runner, context);
      const explainer = explainerOf(session, runner, context);
      const report = (start: number) => (share: number) =>
        context.progress({ share: start + share / 2, message: start === 0 ? t('own weights') : t('shuffled weights') });
      const own = await explain(session, explainer, ask, index, value, report(0));
      const learned = await readLearned(session.layers.values(), context.signal);
      const weights = await shuffled(learned, session.layers, weightSeed, context.signal);
      const other = await explain(session, explainer, ask, index, value, report(0.5), { weights });
      return { map: other.view, similarity: rankCorrelation(own.map.values, other.map.values) };
    },
    shakeWeights: (params, context) => shake(sessions.get(params.model), params, context),
    maximise: (params, context) => maximisePicture(sessions.get(params.model), runner, params, context),
    excitingPictures: (params, context) => excitingPictures(sessions.get(params.model), runner, data, params, context)
  };
}

function targetsOf(session: Session, output: number, value: DenseTensor): WhyTargets {
  const row = isRow(value.shape);
  const values = targetValues(session, value);
  const labels = session.labels?.names.length === values.length ? session.labels.names : null;
  const targets = Array.from(values, (value, index) => ({ index, label: labels?.[index] ?? null, value }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, targetsAtMost);
  const layers: { layer: string; calls: number; lastCall: number; size: (number | null)[] }[] = [];
  collect(session, session.opened.summary.layers, keysBehind(session.model, output), layers);
  return {
    outputs: session.model.root.outputs.map(({ call }) => {
      const id = session.model.root.calls[call]?.layer ?? '';
      return session.layers.get(id)?.name ?? id;
    }),
    targets,
    kind: !row ? 'channels' : values.length > 1 ? 'classes' : 'values',
    probabilities: row && areProbabilities(values),
    layers,
    lastMaps: layers.findLast(({ size }) => size.some((length) => length !== 1))?.layer ?? null,
    dropoutLayers: droppingLayers(session).length
  };
}

const callsOf = ({ calls }: LayerRow) => Array.from({ length: Math.max(1, calls) }, (_, call) => call);

/** Layers whose values have places and that the output depends on; inputs are no layers to look from. */
function collect(
  session: Session,
  rows: readonly LayerRow[],
  behind: ReadonlySet<string> | null,
  found: { layer: string; calls: number; lastCall: number; size: (number | null)[] }[]
): void {
  for (const row of rows) {
    const shape = row.outputShape;
    const node = session.layers.get(row.id);
    if (row.layers !== null) collect(session, row.layers, behind, found);
    if (shape === null || shape.length < 3 || row.kind === 'input' || node === undefined) continue;
    const lastCall = callsOf(row).findLast((call) => behind === null || behind.has(valueKey(row.id, call)));
    if (lastCall === undefined) continue;
    const size = formatOf(node, session.model) === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
    found.push({ layer: row.id, calls: row.calls, lastCall, size: [...size] });
  }
}
