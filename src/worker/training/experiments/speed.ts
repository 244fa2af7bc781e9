/** How fast a network trains here: a few real steps, timed once for a network and a batch size. */
import type { Model } from '../../../core/model';
import type { Engine } from '../../../engine/engine';
import { layersOf } from '../../../engine/loadWeights';
import type { ExampleSource } from '../../../training/run/examples';
import type { RunSettings } from '../../../training/run/settings';
import { Trainer } from '../../../training/run/trainer';

const timedSteps = 4;

export class Speeds {
  private readonly known = new WeakMap<Model, Map<string, number>>();

  /**
   * Images a second in training; the first step, which prepares the engine, does not count.
   * @param of the session's model, under which the answer is remembered @param model what is trained
   */
  async measure(
    of: Model,
    model: Model,
    engine: Engine,
    source: ExampleSource,
    settings: RunSettings,
    hooks: { readonly signal: AbortSignal; turn(): Promise<void> }
  ): Promise<number> {
    const own = this.known.get(of) ?? new Map<string, number>();
    this.known.set(of, own);
    const key = `${engine.name} ${String(settings.batchSize)} ${settings.optimizer.name} ${String(settings.augmentation.length)}`;
    const found = own.get(key);
    if (found !== undefined) return found;
    const size = Math.min(source.size, timedSteps * settings.batchSize);
    const few: ExampleSource = { size, read: (indices, signal) => source.read(indices, signal) };
    const network = await engine.prepare(model, { seed: 1, signal: hooks.signal });
    try {
      const once = { ...settings, epochs: 1, earlyStopping: null, plateau: null };
      const layers = layersOf(model.root);
      const trainer = new Trainer({ network, model, layers, train: few, validation: null, settings: once });
      const times = [performance.now()];
      await trainer.runEpoch({ ...hooks, onStep: () => times.push(performance.now()) });
      const warm = times.length > 2 ? times.slice(1) : times;
      const step = ((warm.at(-1) ?? 0) - (warm[0] ?? 0)) / Math.max(1, warm.length - 1) / 1000;
      const speed = Math.min(size, settings.batchSize) / Math.max(1e-6, step);
      own.set(key, speed);
      return speed;
    } finally {
      network.dispose();
    }
  }
}
