/** How long a run will take, by timing its own first steps on a network that is thrown away. */
import type { Engine } from '../../engine/engine';
import { setUp } from '../../training/run/setUp';
import type { Part, TrainingData } from '../../training/run/trainingData';
import type { Estimate, TrainingForm } from '../../protocol/training';
import type { HandlerContext } from '../../protocol/rpc';
import { valueOf } from '../problem';
import type { Session } from '../session';

const timedSteps = 3;
const quickSeconds = 30;
const labSeconds = 180;
/** Fewer teach nothing worth looking at. */
const fewestExamples = 100;

export async function estimate(
  engine: Engine,
  session: Session,
  data: TrainingData,
  form: TrainingForm,
  { signal }: Pick<HandlerContext, 'signal'>,
  turn: () => Promise<void>
): Promise<Estimate> {
  const first = (part: Part, count: number): Part => {
    const size = Math.min(part.source.size, count);
    return { ...part, members: part.members.subarray(0, size), source: { ...part.source, size } };
  };
  const train = first(data.train, timedSteps * form.batchSize);
  const validation = data.validation === null ? null : first(data.validation, form.batchSize);
  const metrics = session.model.training?.metrics?.value ?? null;
  const small = { ...data, train, validation };
  const ready = valueOf(await setUp(engine, session.model, small, { ...form, epochs: 1 }, { metrics, signal }));
  const times = [performance.now()];
  try {
    await ready.trainer.runEpoch({ signal, turn, onStep: () => times.push(performance.now()) });
  } finally {
    ready.network.dispose();
  }
  const end = performance.now();
  // The first step is slower than those after it: it prepares the engine.
  const warm = times.length > 2 ? times.slice(1) : times;
  const step = ((warm.at(-1) ?? 0) - (warm[0] ?? 0)) / Math.max(1, warm.length - 1) / 1000;
  const rest = (end - (times.at(-1) ?? end)) / 1000;
  const batches = Math.ceil((data.validation?.source.size ?? 0) / form.batchSize);
  const validating = validation === null ? rest : rest * Math.max(1, batches);
  const size = data.train.source.size;
  const secondsPerEpoch = step * Math.ceil(size / form.batchSize) + validating;
  const within = (seconds: number): Pick<TrainingForm, 'epochs' | 'examples'> => {
    const perExample = step / Math.min(form.batchSize, size);
    for (let epochs = form.epochs; epochs >= 1; epochs--) {
      const examples = Math.floor((seconds / epochs - validating) / Math.max(1e-9, perExample));
      if (examples >= size) return { epochs, examples: null };
      if (examples >= Math.min(size, fewestExamples)) return { epochs, examples };
    }
    return { epochs: 1, examples: Math.min(size, fewestExamples) };
  };
  return {
    secondsPerEpoch,
    seconds: secondsPerEpoch * form.epochs,
    engine: engine.name,
    quick: within(quickSeconds),
    lab: within(labSeconds)
  };
}
