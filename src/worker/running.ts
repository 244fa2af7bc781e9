/** Passes over the network: thumbnails on the way, values kept within the budget, repeated when they are gone. */
import { formatOf } from '../analyses/layers';
import { mapView, thumbnail, type MapView } from '../analyses/maps';
import { isLikeTraining, relativeSpread, type NormReference } from '../analyses/normFit';
import { areProbabilities, outputView, topCount, topValues } from '../analyses/outputs';
import { sourcesOf } from '../analyses/sources';
import { valueChange, withDropped } from '../analyses/stripPicture';
import type { DenseTensor } from '../core/tensor';
import type { Engine, PreparedNetwork, RunOptions, RunResult } from '../engine/engine';
import { valueKey, type Experiment } from '../engine/experiment';
import type { GradientOptions, GradientResult } from '../engine/gradient';
import type { EngineName } from '../engine/engine';
import { createEngine } from '../engine/select';
import type { EngineChoice } from '../protocol/workerEnvironment';
import type { HandlerContext, RequestFailure } from '../protocol/rpc';
import type { PresetAnswer } from '../protocol/inputs';
import type { LayerThumbnail, RunOutcome, ThumbnailPicture, ValueChange } from '../protocol/running';
import { ActivationStore } from './activations';
import { inputFailure } from './problem';
import { Queue } from './queue';
import type { Session } from './session';
import { t } from '../core/texts';

export const inferenceSeed = 1;

/** How a view asks for passes beside the one that is shown. */
export interface Ask {
  /** Default: the inputs now set. Batches are welcome. */
  readonly inputs?: readonly DenseTensor[] | undefined;
  readonly mode?: RunOptions['mode'] | undefined;
  readonly seed?: number | undefined;
  /** One for each row of the batch. */
  readonly seeds?: readonly number[] | undefined;
  readonly experiment?: Experiment | undefined;
}

export class Runner {
  readonly queue = new Queue();
  private readonly store: ActivationStore;
  private engine: Promise<Engine> | null = null;

  constructor(
    private readonly choice: EngineChoice,
    budget: number
  ) {
    this.store = new ActivationStore(budget);
  }

  /** The engine that the settings ask for; `undefined` where the choice is the program's. */
  get setting(): EngineName | undefined {
    return this.choice === 'auto' ? undefined : this.choice;
  }

  forget(session: Session): void {
    this.store.clear(`${session.id} `);
  }

  /** The values no longer fit the inputs; the following pass writes over them. */
  outdate(session: Session): void {
    this.store.recycle(`${session.id} `);
  }

  /** One pass; each thumbnail arrives as `partial`. */
  run(session: Session, context: HandlerContext): Promise<RunOutcome> {
    return this.queue.add(async () => {
      const inputs = inputsOf(session);
      this.outdate(session);
      const engine = await this.ready();
      const network = await this.networkOf(session, context);
      const total = Math.max(1, session.layers.size);
      let seen = 0;
      const pictures = new Map<string, ThumbnailPicture>();
      const result = await network.run(inputs, {
        mode: 'infer',
        seed: inferenceSeed,
        signal: context.signal,
        onValue: async (value) => {
          const key = keyOf(session, value.layer, value.occurrence, value.output);
          const partial = value.inspect((data): LayerThumbnail | null => {
            this.store.putCopy(key, value.shape, data);
            if (value.output > 0) return null;
            const format = formatOf(session.layers.get(value.layer), session.model);
            const view = mapView({ shape: value.shape, data }, format);
            return this.thumbnail(session, view, value.layer, value.occurrence, pictures);
          });
          if (partial !== null) {
            seen++;
            context.progress({ share: Math.min(1, seen / total), message: value.layer, partial });
          }
          context.signal.throwIfAborted();
        }
      });
      this.store.releaseSpare();
      session.run++;
      return this.outcome(session, engine.name, result);
    }, context.signal);
  }

  /** The answer to other inputs than those set, and how far they lie from what was trained on; nothing is kept. */
  answer(
    session: Session,
    inputs: readonly DenseTensor[],
    norms: readonly NormReference[],
    context: HandlerContext
  ): Promise<Omit<PresetAnswer, 'preprocessing' | 'preview'>> {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const deviations: (number | null)[] = [];
      const { outputs } = await network.run(inputs, {
        mode: 'infer',
        seed: inferenceSeed,
        signal: context.signal,
        onValue: async (value) => {
          const norm = value.occurrence === 0 ? norms.find(({ layer }) => layer === value.layer) : undefined;
          if (norm === undefined) return;
          deviations.push(value.inspect((values) => norm.deviation(value.shape, values)));
        }
      });
      const values = outputs[0]?.data ?? new Float32Array();
      const top = values.length <= 10_000 ? topValues(values, session.labels?.names ?? null, topCount) : [];
      const spread = relativeSpread(deviations);
      return { top, probabilities: areProbabilities(values), spread, likeTraining: isLikeTraining(spread) };
    }, context.signal);
  }

  /**
   * The outputs of one pass with changes; nothing is kept. Each call waits its turn in the queue, so that long series of
   * them leave room for others.
   * @throws {RequestFailure} where the pass stops before the end
   */
  outputs(session: Session, ask: Ask, context: HandlerContext): Promise<readonly DenseTensor[]> {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const { outputs, stoppedAt } = await network.run(ask.inputs ?? inputsOf(session), {
        mode: ask.mode ?? 'infer',
        seed: ask.seed ?? inferenceSeed,
        seeds: ask.seeds,
        experiment: ask.experiment,
        signal: context.signal
      });
      if (stoppedAt !== null) throw noValue('output', stoppedAt);
      return outputs;
    }, context.signal);
  }

  /**
   * Values of one pass with changes, by `valueKey`, and nothing that they do not need; they are copies of their own.
   * @throws {RequestFailure} where the pass stops before one of them
   */
  values(
    session: Session,
    wanted: ReadonlySet<string>,
    ask: Ask,
    context: HandlerContext
  ): Promise<Map<string, DenseTensor>> {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const found = new Map<string, DenseTensor>();
      const { stoppedAt } = await network.run(ask.inputs ?? inputsOf(session), {
        mode: ask.mode ?? 'infer',
        seed: ask.seed ?? inferenceSeed,
        seeds: ask.seeds,
        experiment: ask.experiment,
        wanted,
        signal: context.signal,
        onValue: async (value) => {
          if (value.output === 0) found.set(valueKey(value.layer, value.occurrence), await value.read());
        }
      });
      for (const key of wanted) if (!found.has(key)) throw noValue(key, stoppedAt);
      return found;
    }, context.signal);
  }

  /**
   * As `values`, but each value is only looked at while it lives: statistics over a whole network need no copy of it.
   * @throws {RequestFailure} where the pass stops before the end
   */
  look(
    session: Session,
    wanted: ReadonlySet<string>,
    ask: Ask,
    use: (key: string, data: Float32Array) => void,
    context: HandlerContext
  ): Promise<void> {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const { stoppedAt } = await network.run(ask.inputs ?? inputsOf(session), {
        mode: ask.mode ?? 'infer',
        seed: ask.seed ?? inferenceSeed,
        experiment: ask.experiment,
        wanted,
        signal: context.signal,
        onValue: (value) => {
          if (value.output === 0)
            value.inspect((data) => {
              use(valueKey(value.layer, value.occurrence), data);
            });
          return Promise.resolve();
        }
      });
      if (stoppedAt !== null) throw noValue('output', stoppedAt);
    }, context.signal);
  }

  /**
   * Gradients with the given inputs; each call waits its turn in the queue.
   * @throws {RequestFailure} with layer and reason where a gradient cannot be taken
   */
  gradient(
    session: Session,
    inputs: readonly DenseTensor[],
    ask: Pick<GradientOptions, 'objective' | 'at' | 'experiment'>,
    context: HandlerContext
  ): Promise<GradientResult> {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const result = await network.gradient(inputs, { ...ask, seed: inferenceSeed, signal: context.signal });
      if (result.stoppedAt !== null) {
        const { layer, reason } = result.stoppedAt;
        throw inputFailure(layer, reason, t('Choose another layer or method'));
      }
      return result;
    }, context.signal);
  }

  /** A value of the last pass, computed again where the budget did not hold it. */
  value(session: Session, layer: string, occurrence: number, signal: AbortSignal, output = 0): Promise<DenseTensor> {
    const key = keyOf(session, layer, occurrence, output);
    return this.queue.add(async () => {
      const kept = this.store.get(key);
      if (kept !== undefined) return kept;
      const inputs = inputsOf(session);
      await this.ready();
      const network = await this.networkOf(session, { signal, progress: () => undefined });
      let found: DenseTensor | undefined;
      const { stoppedAt } = await network.run(inputs, {
        mode: 'infer',
        seed: inferenceSeed,
        signal,
        onValue: async (value) => {
          if (value.layer === layer && value.occurrence === occurrence && value.output === output)
            found = await value.read();
        }
      });
      if (found === undefined) throw noValue(layer, stoppedAt);
      this.store.put(key, found);
      return found;
    }, signal);
  }

  async view(session: Session, layer: string, occurrence: number, signal: AbortSignal): Promise<MapView> {
    const tensor = await this.value(session, layer, occurrence, signal);
    return mapView(tensor, formatOf(session.layers.get(layer), session.model));
  }

  /** What a layer does to the value it reads, out of the last pass; `null` where one of the two is no longer kept. */
  valueChange(session: Session, layer: string, occurrence: number, signal: AbortSignal): Promise<ValueChange | null> {
    return this.queue.add(() => {
      const source = sourcesOf(session.model, layer, occurrence)?.[0];
      const after = this.store.peek(keyOf(session, layer, occurrence, 0));
      const before = source && this.store.peek(keyOf(session, source.layer, source.occurrence, 0));
      if (source === undefined || after === undefined || before === undefined) return Promise.resolve(null);
      const view = mapView(before, formatOf(session.layers.get(source.layer), session.model));
      const { range } = thumbnail(view, source.layer, source.occurrence).picture;
      return Promise.resolve(valueChange(source.layer, before.data, after.data, range));
    }, signal);
  }

  /** A row's picture; that of a batch norm is drawn on the scale of what it reads. */
  private thumbnail(
    session: Session,
    view: MapView,
    id: string,
    occurrence: number,
    pictures: Map<string, ThumbnailPicture>
  ): LayerThumbnail {
    const kind = session.layers.get(id)?.kind;
    const source = kind?.kind === 'batchNorm' ? sourcesOf(session.model, id, occurrence)?.[0] : undefined;
    const like = source === undefined ? undefined : pictures.get(keyOf(session, source.layer, source.occurrence, 0));
    let found = thumbnail(view, id, occurrence, like ?? null);
    if (source !== undefined && like !== undefined) found = { ...found, comparedWith: source.layer };
    if (kind !== undefined) found = withDropped(found, view, kind, inferenceSeed);
    pictures.set(keyOf(session, id, occurrence, 0), found.picture);
    return found;
  }

  /** The engine of this process, made when it is first needed. */
  ready(): Promise<Engine> {
    this.engine ??= createEngine(this.setting).catch((error: unknown) => {
      this.engine = null; // The next request tries again.
      throw error;
    });
    return this.engine;
  }

  private async networkOf(session: Session, context: HandlerContext): Promise<PreparedNetwork> {
    if (session.model.topology === 'none' || session.model.root.calls.length === 0) {
      throw inputFailure(
        session.model.name,
        t('holds weights but no wiring, so it cannot run'),
        t('Open the full model file, or the code that builds the network, and load these weights there')
      );
    }
    session.network ??= await (
      await this.ready()
    ).prepare(session.model, {
      seed: inferenceSeed,
      signal: context.signal,
      onProgress: (share) => {
        context.progress({ share, message: t('loading weights') });
      }
    });
    return session.network;
  }

  private outcome(session: Session, engine: string, result: RunResult): RunOutcome {
    const format = formatOf(undefined, session.model);
    const preview = session.inputs.get(0)?.prepared.preview ?? null;
    const outputs = result.outputs.map((tensor, i) => {
      const ref = session.model.root.outputs[i];
      const layer = session.model.root.calls[ref?.call ?? -1]?.layer;
      const name = session.layers.get(layer ?? '')?.name ?? t('output {0}', i);
      return outputView(name, mapView(tensor, format), session.labels?.names ?? null, preview);
    });
    const { milliseconds, stoppedAt } = result;
    return { run: session.run, engine, milliseconds, outputs, stoppedAt };
  }
}

function keyOf(session: Session, layer: string, occurrence: number, output: number): string {
  return `${session.id} ${layer} ${String(occurrence)} ${String(output)}`;
}

/** @throws {RequestFailure} where an input is not set yet. */
export function inputsOf(session: Session): DenseTensor[] {
  return session.ports.map((port, i) => {
    const given = session.inputs.get(i);
    if (given === undefined) throw inputFailure(port.name, t('has no input yet'), t('Choose one'));
    return given.tensor;
  });
}

/** Why a layer has no value to show. */
function noValue(layer: string, stoppedAt: RunResult['stoppedAt']): RequestFailure {
  return stoppedAt === null
    ? inputFailure(layer, t('this layer is not part of the pass'), t('Choose another layer'))
    : inputFailure(
        layer,
        t('nothing was computed here, because the pass stops at {0}: {1}', stoppedAt.layer, stoppedAt.reason),
        t('Choose a layer before {0}', stoppedAt.layer)
      );
}
