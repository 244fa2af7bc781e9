/** Model, data and form made ready to train: the same for the command line and the child process. */
import { createHash } from 'node:crypto';
import type { Graph, LayerNode, Model } from '../../core/model';
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import type { Engine, PreparedNetwork } from '../../engine/engine';
import { withAllWeights, withoutFit } from '../../engine/freshWeights';
import { layersOf } from '../../engine/loadWeights';
import type { TrainingForm } from './form';
import { settingsOf } from './runSettings';
import type { RunSettings } from './settings';
import { classCounts, type TrainingData } from './trainingData';
import { Trainer } from './trainer';

export interface SetUp {
  readonly network: PreparedNetwork;
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly settings: RunSettings;
  readonly trainer: Trainer;
}

export interface SetUpOptions {
  readonly metrics: readonly string[] | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/** The network is the caller's to dispose. */
export async function setUp(
  engine: Engine,
  model: Model,
  data: TrainingData,
  form: TrainingForm,
  { metrics, signal, onProgress }: SetUpOptions
): Promise<Result<SetUp>> {
  const trainable = trainableModel(model, form);
  const network = await engine.prepare(trainable, {
    seed: form.seed,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress })
  });
  const layers = layersOf(trainable.root);
  const parameters = network.parameters();
  const settings = settingsOf(form, {
    model,
    layers,
    parameters,
    answers: data.answer.kind,
    classCounts: classCounts(data),
    hasValidation: data.validation !== null,
    metrics,
    pictures:
      data.preparation.kind === 'picture' ? !data.preparation.port.channelsFirst : data.preparation.shape.length === 3
  });
  if (!settings.ok) {
    network.dispose();
    return settings;
  }
  const learns = parameters.some(
    ({ layer, learned }) => learned && layers.get(layer)?.trainable === true && !settings.value.frozen.has(layer)
  );
  if (!learns) {
    network.dispose();
    return fail({ file: model.name, problem: t('no layer of it can learn'), remedy: t('Let some layers train') });
  }
  const trainer = new Trainer({
    network,
    model: trainable,
    layers,
    train: data.train.source,
    validation: data.validation?.source ?? null,
    settings: settings.value
  });
  return ok({ network, layers, settings: settings.value, trainer });
}

/** Fresh starts draw every weight anew, by the layers' initialisers and the form's seed. */
export function trainableModel(model: Model, form: Pick<TrainingForm, 'start'>): Model {
  const whole = withoutFit(model);
  return form.start === 'model' ? whole : { ...whole, root: bare(model.root), weightsOrigin: { kind: 'none' } };
}

function bare(graph: Graph): Graph {
  const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => [
    id,
    {
      ...layer,
      weights: [],
      kind: layer.kind.kind === 'model' ? { ...layer.kind, graph: bare(layer.kind.graph) } : layer.kind
    }
  ]);
  return { ...graph, layers: new Map(layers) };
}

/** Equal for models (with weights or without) whose layers and weights have equal names and shapes, whatever the weights are. */
export function architectureOf(model: Model): string {
  const hash = createHash('sha256');
  for (const { id, kind, weights } of layersOf(withAllWeights(model, 1).root).values()) {
    hash.update(JSON.stringify([id, kind.kind, weights.map(({ role, shape }) => [role, shape])]));
  }
  return hash.digest('hex').slice(0, 32);
}
