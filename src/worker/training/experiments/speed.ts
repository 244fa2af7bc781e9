/** How fast a network trains and answers here: a few real steps and looks, timed once for a network and a batch size. */
import type { Model } from '../../../core/model';
import type { Engine } from '../../../engine/engine';
import { layersOf } from '../../../engine/loadWeights';
import type { Speed } from '../../../training/lab/cost';
import { evaluate } from '../../../training/run/evaluate';
import type { ExampleSource } from '../../../training/run/examples';
import type { RunSettings } from '../../../training/run/settings';
import { Trainer } from '../../../training/run/trainer';

/**
 * WebAssembly begins in slow code that is replaced as it runs: only the second half of the steps counts, and of those the
 * middle one, whatever else the machine does meanwhile.
 */
const mostSteps = 40;
/** Milliseconds for steps; looks take half as long. */
const enough = 1500;

export interface Timed {
  readonly engine: Engine;
  readonly settings: RunSettings;
  readonly train: ExampleSource;
  readonly validation: ExampleSource;
  /** Images at a time in a look. */
  readonly lookedAtOnce: number;
  readonly signal: AbortSignal;
  turn(): Promise<void>;
}

export class Speeds {
  private readonly known = new WeakMap<Model, Map<string, Required<Speed>>>();

  /** @param of the session's model, under which the answer is remembered @param model what is trained */
  async measure(of: Model, model: Model, timed: Timed): Promise<Required<Speed>> {
    const { engine, settings } = timed;
    const own = this.known.get(of) ?? new Map<string, Required<Speed>>();
    this.known.set(of, own);
    const changes = String(settings.augmentation.length);
    const key = [engine.name, settings.batchSize, settings.optimizer.name, changes].join(' ');
    const found = own.get(key) ?? (await timeOf(model, timed));
    own.set(key, found);
    return found;
  }
}

async function timeOf(model: Model, timed: Timed): Promise<Required<Speed>> {
  const { engine, settings, train, validation, lookedAtOnce, signal, turn } = timed;
  const network = await engine.prepare(model, { seed: 1, signal });
  try {
    const layers = layersOf(model.root);
    const size = Math.min(train.size, mostSteps * settings.batchSize);
    const few: ExampleSource = { size, read: (indices, stop) => train.read(indices, stop) };
    const once = { ...settings, epochs: 1, earlyStopping: null, plateau: null };
    const trainer = new Trainer({ network, model, layers, train: few, validation: null, settings: once });
    const times = [performance.now()];
    const slow = new AbortController();
    const hooks = {
      signal: AbortSignal.any([signal, slow.signal]),
      turn,
      onStep: () => {
        times.push(performance.now());
        // A large network has told enough by its second step.
        if (times.length > 2 && performance.now() - (times[0] ?? 0) > enough) slow.abort();
      }
    };
    await trainer.runEpoch(hooks).catch((error: unknown) => {
      if (!slow.signal.aborted || signal.aborted) throw error;
    });
    const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    const step = middleOf(steps.slice(Math.floor(steps.length / 2)));
    const looks: number[] = [];
    const look: ExampleSource = {
      size: Math.min(validation.size, lookedAtOnce),
      read: (indices, stop) => validation.read(indices, stop)
    };
    const parts = { network, layers, settings: { ...settings, batchSize: lookedAtOnce } };
    do {
      const began = performance.now();
      await evaluate(parts, look, { statistics: 'moving' }, { signal, turn });
      looks.push(performance.now() - began);
    } while (looks.length < 8 && looks.reduce((sum, one) => sum + one, 0) < enough / 2);
    return {
      trained: (1000 * Math.min(size, settings.batchSize)) / Math.max(1e-3, step),
      looked: (1000 * look.size) / Math.max(1e-3, Math.min(...looks))
    };
  } finally {
    network.dispose();
  }
}

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
