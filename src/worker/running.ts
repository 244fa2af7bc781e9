/** Passes over the network: thumbnails on the way, values kept within the budget, repeated when they are gone. */
import { formatOf } from '../analyses/layers';
import { mapView, thumbnail, type MapView } from '../analyses/maps';
import { outputView, topCount, topValues } from '../analyses/outputs';
import type { DenseTensor } from '../core/tensor';
import type { Engine, PreparedNetwork, RunOptions, RunResult } from '../engine/engine';
import { valueKey, type Experiment } from '../engine/experiment';
import { createEngine } from '../engine/select';
import type { EngineChoice } from '../protocol/workerEnvironment';
import type { HandlerContext, RequestFailure } from '../protocol/rpc';
import type { LayerThumbnail, RunOutcome } from '../protocol/requests';
import { ActivationStore } from './activations';
import { inputFailure } from './problem';
import { Queue } from './queue';
import type { Session } from './session';

export const inferenceSeed = 1;

/** Lets messages (a cancellation) in between two layers. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How a view asks for passes beside the one that is shown. */
export interface Ask {
  /** Default: the inputs now set. Batches are welcome. */
  readonly inputs?: readonly DenseTensor[] | undefined;
  readonly mode?: RunOptions['mode'] | undefined;
  readonly seed?: number | undefined;
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

  forget(session: Session): void {
    this.store.clear(`${session.id} `);
  }

  /** One pass; each thumbnail arrives as `partial`. */
  run(session: Session, context: HandlerContext): Promise<RunOutcome> {
    return this.queue.add(async () => {
      const inputs = inputsOf(session);
      this.forget(session);
      const engine = await this.ready();
      const network = await this.networkOf(session, context);
      const total = Math.max(1, session.layers.size);
      let seen = 0;
      const result = await network.run(inputs, {
        mode: 'infer',
        seed: inferenceSeed,
        signal: context.signal,
        onValue: async (value) => {
          const tensor = await value.read();
          this.store.put(keyOf(session, value.layer, value.occurrence, value.output), tensor);
          const layer = session.layers.get(value.layer);
          if (value.output === 0) {
            const view = mapView(tensor, formatOf(layer, session.model));
            const partial: LayerThumbnail = thumbnail(view, value.layer, value.occurrence);
            seen++;
            context.progress({ share: Math.min(1, seen / total), message: value.layer, partial });
          }
          await breathe();
          context.signal.throwIfAborted();
        }
      });
      session.run++;
      return this.outcome(session, engine.name, result);
    }, context.signal);
  }

  /** The outputs for other inputs than those set; nothing is kept. */
  answer(session: Session, inputs: readonly DenseTensor[], context: HandlerContext) {
    return this.queue.add(async () => {
      await this.ready();
      const network = await this.networkOf(session, context);
      const result = await network.run(inputs, { mode: 'infer', seed: inferenceSeed, signal: context.signal });
      const values = result.outputs[0]?.data ?? new Float32Array();
      return values.length <= 10_000 ? topValues(values, session.labels, topCount) : [];
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
          await breathe();
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

  private ready(): Promise<Engine> {
    this.engine ??= createEngine(this.choice === 'auto' ? undefined : this.choice).catch((error: unknown) => {
      this.engine = null; // The next request tries again.
      throw error;
    });
    return this.engine;
  }

  private async networkOf(session: Session, context: HandlerContext): Promise<PreparedNetwork> {
    if (session.model.topology === 'none' || session.model.root.calls.length === 0) {
      throw inputFailure(
        session.model.name,
        'holds weights but no wiring, so it cannot run',
        'Open the full model file'
      );
    }
    session.network ??= await (
      await this.ready()
    ).prepare(session.model, {
      seed: inferenceSeed,
      signal: context.signal,
      onProgress: (share) => {
        context.progress({ share, message: 'loading weights' });
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
      const name = session.layers.get(layer ?? '')?.name ?? `output ${String(i)}`;
      const labels = session.labels?.length === tensor.shape.at(-1) ? session.labels : null;
      return outputView(name, mapView(tensor, format), labels, preview);
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
    if (given === undefined) throw inputFailure(port.name, 'has no input yet', 'Choose one');
    return given.tensor;
  });
}

/** Why a layer has no value to show. */
function noValue(layer: string, stoppedAt: RunResult['stoppedAt']): RequestFailure {
  return stoppedAt === null
    ? inputFailure(layer, 'this layer is not part of the pass', 'Choose another layer')
    : inputFailure(
        layer,
        `nothing was computed here, because the pass stops at ${stoppedAt.layer}: ${stoppedAt.reason}`,
        `Choose a layer before ${stoppedAt.layer}`
      );
}
