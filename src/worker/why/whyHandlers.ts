/** The requests about why a network answers as it does, answered. */
import { rankCorrelation } from '../../analyses/attribution/measures';
import { readLearned, shaken, shuffled } from '../../analyses/attribution/shaken';
import { answerSpread } from '../../analyses/attribution/spread';
import { mapView } from '../../analyses/maps';
import { formatOf } from '../../analyses/layers';
import { areProbabilities } from '../../analyses/outputs';
import type { KindName } from '../../core/layerKind';
import type { LayerRow } from '../../core/summary';
import type { DenseTensor } from '../../core/tensor';
import type { Experiment } from '../../engine/experiment';
import type { Handlers } from '../../protocol/rpc';
import type { AttributionMap, WhyRequests, WhyTargets } from '../../protocol/why';
import type { DataSets } from '../data';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import type { Session, Sessions } from '../session';
import { excitingPictures, maximisePicture } from './channels';
import { explain, explainerOf, firstOutput, inputIndex, isRow } from './explain';
import { t } from '../../core/texts';

const targetsAtMost = 200;
const drawsAtMost = 500;
const DROPOUTS: ReadonlySet<KindName> = new Set(['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise']);

export function whyHandlers(sessions: Sessions, runner: Runner, data: DataSets): Handlers<WhyRequests> {
  return {
    whyTargets: async ({ model }, context) => {
      const session = sessions.get(model);
      return targetsOf(session, await firstOutput(session, runner, context));
    },
    attribution: async ({ classes, ...ask }, context) => {
      const session = sessions.get(ask.model);
      const output = await firstOutput(session, runner, context);
      const explainer = explainerOf(session, runner, context);
      const maps: AttributionMap[] = [];
      for (const index of classes) {
        const report = (share: number) =>
          context.progress({
            share: (maps.length + share) / classes.length,
            message: session.labels?.names[index] ?? String(index)
          });
        maps.push((await explain(session, explainer, ask, index, output, report)).view);
        report(0);
      }
      const input = session.inputs.get(inputIndex(session))?.prepared.preview;
      if (input === undefined) throw inputFailure('input', t('is not set yet'), t('Choose one'));
      return { input, maps };
    },
    sanityCheck: async ({ class: index, weightSeed, ...ask }, context) => {
      const session = sessions.get(ask.model);
      const output = await firstOutput(session, runner, context);
      const explainer = explainerOf(session, runner, context);
      const report = (start: number) => (share: number) =>
        context.progress({ share: start + share / 2, message: start === 0 ? t('own weights') : t('shuffled weights') });
      const own = await explain(session, explainer, ask, index, output, report(0));
      const learned = await readLearned(session.layers.values(), context.signal);
      const weights = await shuffled(learned, session.layers, weightSeed, context.signal);
      const other = await explain(session, explainer, ask, index, output, report(0.5), { weights });
      return { map: other.view, similarity: rankCorrelation(own.map.values, other.map.values) };
    },
    shakeWeights: async ({ model, sigma, measure, draws, seed }, context) => {
      const session = sessions.get(model);
      const count = Math.max(1, Math.min(drawsAtMost, Math.round(draws)));
      const still = await firstOutput(session, runner, context);
      const learned = await readLearned(session.layers.values(), context.signal);
      const dropping = [...session.layers.values()].filter(({ kind }) => DROPOUTS.has(kind.kind));
      const total = dropping.length > 0 ? 2 * count : count;
      let done = 0;
      const series = async (experimentOf: (draw: number) => Promise<Experiment>, message: string) => {
        const answers: Float32Array[] = [];
        for (let draw = 0; draw < count; draw++) {
          const experiment = await experimentOf(draw);
          const [output] = await runner.outputs(session, { experiment, seed: seed + draw }, context);
          answers.push(output?.data ?? new Float32Array());
          context.progress({ share: ++done / total, message });
        }
        return answerSpread(still.data, answers, labelsFor(session, still));
      };
      const noise = await series(
        async (draw) => ({ weights: await shaken(learned, { sigma, measure, seed: seed + draw }, context.signal) }),
        t('weight noise')
      );
      if (dropping.length === 0) return { noise, masks: null };
      const modes = new Map(dropping.map(({ id }) => [id, 'train'] as const));
      return { noise, masks: await series(() => Promise.resolve({ modes }), t('dropout masks')) };
    },
    maximise: (params, context) => maximisePicture(sessions.get(params.model), runner, params, context),
    excitingPictures: (params, context) => excitingPictures(sessions.get(params.model), runner, data, params, context)
  };
}

function labelsFor(session: Session, output: DenseTensor): readonly string[] | null {
  return session.labels?.names.length === output.data.length ? session.labels.names : null;
}

function targetsOf(session: Session, output: DenseTensor): WhyTargets {
  const row = isRow(output.shape);
  const view = row ? null : mapView(output, formatOf(undefined, session.model));
  const values =
    view === null
      ? output.data
      : Float32Array.from({ length: view.channels }, (_, c) => {
          const plane = view.channel(c);
          return plane.reduce((sum, value) => sum + value, 0) / Math.max(1, plane.length);
        });
  const labels = session.labels?.names.length === values.length ? session.labels.names : null;
  const targets = Array.from(values, (value, index) => ({ index, label: labels?.[index] ?? null, value }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, targetsAtMost);
  const layers: { layer: string; calls: number; size: (number | null)[] }[] = [];
  collect(session, session.opened.summary.layers, layers);
  return {
    targets,
    kind: !row ? 'channels' : values.length > 1 ? 'classes' : 'values',
    probabilities: row && areProbabilities(values),
    layers,
    lastMaps: layers.findLast(({ size }) => size.some((length) => length !== 1))?.layer ?? null,
    dropoutLayers: [...session.layers.values()].filter(({ kind }) => DROPOUTS.has(kind.kind)).length
  };
}

/** Layers whose values have places; inputs are no layers to look from. */
function collect(
  session: Session,
  rows: readonly LayerRow[],
  found: { layer: string; calls: number; size: (number | null)[] }[]
): void {
  for (const row of rows) {
    const shape = row.outputShape;
    const node = session.layers.get(row.id);
    if (row.layers !== null) collect(session, row.layers, found);
    if (shape === null || shape.length < 3 || row.kind === 'input' || node === undefined) continue;
    const size = formatOf(node, session.model) === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
    found.push({ layer: row.id, calls: row.calls, size: [...size] });
  }
}
