/** Every request of the protocol, answered. */
import { readFile, stat } from 'node:fs/promises';
import { describeChannel } from '../analyses/channelCard';
import { layoutGraph } from '../analyses/graphLayout';
import {
  describeKernel,
  kernelChange,
  kernelTiles,
  loadKernel,
  planeValues,
  type KernelRole,
  type LoadedKernel
} from '../analyses/kernels';
import { builtinLabels, classCounts, labelChoices } from '../analyses/builtinLabels';
import { parseLabels } from '../analyses/labels';
import { describeMaps, mapTiles } from '../analyses/maps';
import { clearlyBest, trainedNorms } from '../analyses/normFit';
import { buildOverview } from '../analyses/overview';
import { presets } from '../analyses/presets';
import { provePixel } from '../analyses/proof';
import { histogram } from '../analyses/statistics';
import { inputReach } from '../core/receptiveField';
import { listEngines } from '../engine/select';
import { preprocess, visibleInput } from '../images/preprocess';
import { fromPortable } from '../protocol/portableModel';
import type { PresetAnswer } from '../protocol/inputs';
import type { KernelsOf, WorkerRequests } from '../protocol/requests';
import type { Handlers } from '../protocol/rpc';
import { compareHandlers } from './compare/compareHandlers';
import { DataSets } from './data';
import { dataHandlers } from './dataHandlers';
import { exportHandlers } from './export/exportHandlers';
import { dropoutHandlers } from './effects/dropoutHandlers';
import { featuresHandlers } from './effects/featuresHandlers';
import { normalizationHandlers } from './effects/normalizationHandlers';
import { poolingHandlers } from './effects/poolingHandlers';
import { stepsHandlers } from './effects/stepsHandlers';
import { Runs } from './training/runs';
import { trainedWeights, trainingHandlers } from './training/trainingHandlers';
import { prepareInput, samplesFor } from './inputs';
import { inputFailure, valueOf } from './problem';
import { inputsOf, type Runner } from './running';
import { downloadHandlers } from './training/download';
import { whyHandlers } from './why/whyHandlers';
import { givenShapes, layerOf, type Session, type Sessions } from './session';
import { t } from '../core/texts';

const tilesAtOnce = 1024;
const bytesAtOnce = 4_000_000;
const largestLabels = 10_000_000;

/** @param runs the folder where runs of training are kept; `null`: a temporary one */
export function createHandlers(
  sessions: Sessions,
  runner: Runner,
  runs: string | null = null
): Handlers<WorkerRequests> {
  const kernels = new KernelCache();
  const data = new DataSets();
  const kept = new Runs(runs);
  return {
    openModel: async ({ file }, { signal }) => (await sessions.openFile(file, signal)).opened,
    openDefinition: async ({ definition, seed, weights }, { signal }) => {
      const model = fromPortable(definition);
      const session =
        weights === undefined
          ? sessions.openDefinition(model, seed)
          : await sessions.openWithWeights(model, seed, weights, signal);
      return session.opened;
    },
    closeModel: ({ model }) => {
      // After the pass that may be running on it.
      return runner.queue.add(() => {
        for (const session of sessions.endingWith(model)) runner.forget(session);
        kernels.clear();
        sessions.close(model);
        return Promise.resolve(null);
      });
    },
    overview: ({ model }, { signal, progress }) => {
      const session = sessions.get(model);
      return buildOverview(session.model, session.opened.summary, signal, (share) => {
        progress({ share, message: t('looking through the weights') });
      });
    },
    kernelSheet: async ({ model, layer, role, of }, { signal, progress }) => {
      const session = sessions.get(model);
      const node = layerOf(session, layer);
      const kernel = await kernels.get(session, layer, role, of, signal);
      return describeKernel(node, session.model, kernel, (share) => {
        progress({ share, message: t('comparing filters') });
      });
    },
    kernelTiles: async ({ model, layer, role, of, planes, scale, colormap }, { signal }) => {
      const kernel = await kernels.get(sessions.get(model), layer, role, of, signal);
      const { outputs, inputs } = kernel.view;
      const known = planes.every(([o, i]) => o >= -1 && o < outputs && i >= -1 && i < inputs);
      if (!known || planes.length > tilesAtOnce)
        throw inputFailure(layer, t('has no such planes'), t('Ask for others'));
      return kernelTiles(kernel, planes, scale, colormap);
    },
    kernelNumbers: async ({ model, layer, role, of, filter, channel }, { signal }) => {
      const { view } = await kernels.get(sessions.get(model), layer, role, of, signal);
      if (!(filter >= 0 && filter < view.outputs && channel < view.inputs)) {
        throw inputFailure(layer, t('has no such plane'), t('Ask for another'));
      }
      return { size: view.spatial.length === 0 ? [1, 1] : view.spatial, values: planeValues(view, filter, channel) };
    },
    samples: ({ model, input }) => {
      const port = sessions.get(model).ports[input];
      return port === undefined ? Promise.resolve([]) : samplesFor(port);
    },
    setInput: async ({ model, input, source, preprocessing }, { signal }) => {
      const session = sessions.get(model);
      const given = await prepareInput(session, input, source, preprocessing);
      // A picture that was slow to decode must not replace the one chosen after it.
      signal.throwIfAborted();
      session.inputs.set(input, given);
      runner.outdate(session);
      return given.prepared;
    },
    comparePresets: async ({ model, input }, context) => {
      const session = sessions.get(model);
      const port = session.ports[input];
      const given = session.inputs.get(input);
      const image = given?.image;
      if (port?.role !== 'image' || !image)
        throw inputFailure('input', t('is no picture'), t('Choose a picture first'));
      const norms = await trainedNorms(session.model, context.signal);
      const answers: PresetAnswer[] = [];
      const { fit } = given?.prepared.preprocessing ?? { fit: 'stretch' };
      const all = presets(port.channels === 1).map((preset) => ({ ...preset, fit }));
      for (const preprocessing of all) {
        const inputs = inputsOf(session).map((own, i) => (i === input ? preprocess(image, port, preprocessing) : own));
        const { width, height, data } = visibleInput(image, port, preprocessing);
        const answer = await runner.answer(session, inputs, norms, context);
        answers.push({ preprocessing, preview: { width, height, rgba: data }, ...answer });
        context.progress({ share: answers.length / all.length, message: preprocessing.normalization });
      }
      const best = clearlyBest(
        answers.map(({ spread, probabilities, top }) => ({
          spread,
          confidence: probabilities ? (top[0]?.value ?? null) : null
        }))
      );
      return { answers, best, norms: norms.length };
    },
    run: ({ model }, context) => runner.run(sessions.get(model), context),
    mapSheet: async ({ model, layer, occurrence }, { signal }) => {
      const session = sessions.get(model);
      layerOf(session, layer);
      return describeMaps(await runner.view(session, layer, occurrence, signal), layer, occurrence);
    },
    mapTiles: async ({ model, layer, occurrence, channels, slice, scale, colormap }, { signal }) => {
      const view = await runner.view(sessions.get(model), layer, occurrence, signal);
      const bytes = channels.length * view.size[0] * view.size[1] * 4;
      if (channels.some((c) => !(c >= 0 && c < view.channels)) || !(slice >= 0 && slice < view.slices)) {
        throw inputFailure(layer, t('has no such maps'), t('Ask for others'));
      }
      if (channels.length > 1 && bytes > bytesAtOnce)
        throw inputFailure(layer, t('has too large maps for one answer'), t('Ask for fewer'));
      return mapTiles(view, channels, slice, scale, colormap);
    },
    mapNumbers: async ({ model, layer, occurrence, channel, slice }, { signal }) => {
      const view = await runner.view(sessions.get(model), layer, occurrence, signal);
      const values = view.plane(channel, slice);
      return { size: view.size, values, histogram: histogram(values) };
    },
    proof: async ({ model, layer, occurrence, position, channel }, { signal }) => {
      const session = sessions.get(model);
      const reach = inputReach(session.model, layer, occurrence, position, givenShapes(session));
      const proof = await provePixel(
        session.model,
        layerOf(session, layer),
        occurrence,
        position,
        channel,
        (id, at) => runner.view(session, id, at, signal),
        signal
      );
      return { ...proof, receptiveField: reach?.window ?? null, receptiveFieldInput: reach?.input ?? null };
    },
    valueChange: ({ model, layer, occurrence }, { signal }) => {
      const session = sessions.get(model);
      layerOf(session, layer);
      return runner.valueChange(session, layer, occurrence, signal);
    },
    channelCard: ({ model, layer, channel }, { signal }) => {
      const session = sessions.get(model);
      layerOf(session, layer);
      return describeChannel(
        session.model,
        layer,
        channel,
        (node, role) => kernels.get(session, node.id, role, 'weights', signal),
        signal
      );
    },
    graphLayout: ({ model, layer }) => {
      const session = sessions.get(model);
      const kind = layer === null ? null : layerOf(session, layer).kind;
      return Promise.resolve(layoutGraph(kind?.kind === 'model' ? kind.graph : session.model.root));
    },
    setLabels: async ({ model, labels }) => {
      const session = sessions.get(model);
      const names = await labelsFrom(labels);
      if (names !== null) demandFit(names.length, classCounts(session.model, session.opened.summary));
      session.labels = names === null ? null : { names, assumed: null };
      return { names };
    },
    labels: ({ model }) => {
      const session = sessions.get(model);
      const choices = labelChoices(session.model, session.opened.summary);
      return Promise.resolve({ choices, inUse: session.labels });
    },
    ...exportHandlers(sessions, runner, (session, run, epoch, signal) =>
      trainedWeights(kept, runner, session, run, [epoch], signal)
    ),
    ...compareHandlers(sessions, runner, data),
    ...dataHandlers(sessions, data),
    ...whyHandlers(sessions, runner, data),
    ...downloadHandlers(),
    ...dropoutHandlers(sessions, runner, data),
    ...featuresHandlers(sessions, runner, data),
    ...normalizationHandlers(sessions, runner, data),
    ...poolingHandlers(sessions, runner),
    ...stepsHandlers(sessions, runner),
    ...trainingHandlers(sessions, runner, kept, (session) => {
      runner.forget(session);
      kernels.clear();
    }),
    engines: () => runner.queue.add(() => listEngines(runner.setting))
  };
}

async function labelsFrom(labels: WorkerRequests['setLabels']['params']['labels']): Promise<readonly string[] | null> {
  if (labels === null) return null;
  if (labels.kind === 'list') return labels.names;
  if (labels.kind === 'builtin') return valueOf(await builtinLabels(labels.id));
  const facts = await stat(labels.path).catch(() => null);
  if (facts !== null && facts.size > largestLabels)
    throw inputFailure(labels.path, t('is too large for a list of class names'), t('Choose another file'));
  const text = facts?.isFile() === true ? await readFile(labels.path, 'utf8').catch(() => null) : null;
  if (text === null) throw inputFailure(labels.path, t('cannot be read'), t('Check the path'));
  return valueOf(parseLabels(text, labels.path));
}

/** Names for another number of classes would be shown nowhere. @throws {RequestFailure} */
function demandFit(given: number, counts: readonly (number | null)[]): void {
  if (given > 0 && (counts.includes(given) || counts.includes(null))) return;
  const classes = [...new Set(counts)].join(' or ');
  throw inputFailure(
    t('class names'),
    t('there are {0} of them, the network tells {1} classes apart', given, classes),
    t('Give one name for each class, in the order of the outputs')
  );
}

/** The last few kernels read: scrolling a sheet asks for the same one again and again. */
class KernelCache {
  private readonly kept = new Map<string, Promise<LoadedKernel | null>>();

  clear(): void {
    this.kept.clear();
  }

  async get(
    session: Session,
    layer: string,
    role: KernelRole | undefined,
    of: KernelsOf | undefined,
    signal: AbortSignal
  ): Promise<LoadedKernel> {
    const node = layerOf(session, layer);
    const key = `${session.id} ${of ?? 'weights'} ${role ?? ''} ${layer}`;
    let loading = this.kept.get(key);
    if (loading === undefined) {
      // Not bound to this request's signal: another request may wait for the same kernel.
      loading = of === 'change' ? kernelChange(node, session.start?.get(layer), role) : loadKernel(node, role);
      this.kept.set(key, loading);
      loading.catch(() => this.kept.delete(key));
      for (const oldest of this.kept.keys()) {
        if (this.kept.size <= 3) break;
        this.kept.delete(oldest);
      }
    }
    const kernel = await loading;
    signal.throwIfAborted();
    if (kernel === null) throw inputFailure(node.name, t('has no kernel'), t('Choose a convolution or dense layer'));
    return kernel;
  }
}
