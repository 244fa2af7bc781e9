/** A session's network brought together with data: what every request about training begins with. */
import { networkEnds } from '../../analyses/networkEnds';
import { elementCount, isLearned } from '../../core/tensor';
import type { DataParts } from '../../data/dataSet';
import { finalActivationOf } from '../../engine/finalActivation';
import { withAllWeights } from '../../engine/freshWeights';
import { layersOf } from '../../engine/loadWeights';
import { closeParts, openChoice } from '../../training/run/choice';
import { trainingData, type NetworkEnds, type Sharing, type TrainingData } from '../../training/run/trainingData';
import type { FormFacts } from '../../training/run/formDefaults';
import { dialectOf } from '../../training/run/runSettings';
import type { DataChoice } from '../../protocol/training';
import { valueOf } from '../problem';
import type { Session } from '../session';

/** @throws {RequestFailure} where the network cannot be trained here */
export function endsOf(session: Session): NetworkEnds {
  return valueOf(networkEnds(session.model, session.labels?.names ?? session.model.classNames));
}

/**
 * Opens the data for as long as `use` takes.
 * @throws {RequestFailure} where the data cannot be read, or do not fit the network
 */
export async function withData<T>(
  session: Session,
  choice: DataChoice,
  sharing: Sharing,
  signal: AbortSignal,
  use: (data: TrainingData) => Promise<T>
): Promise<T> {
  const ends = endsOf(session);
  const parts: DataParts = valueOf(await openChoice(choice, signal));
  try {
    return await use(valueOf(await trainingData(parts, ends, sharing)));
  } finally {
    closeParts(parts);
  }
}

export function formFacts(session: Session, data: Pick<TrainingData, 'answer' | 'classNames'>): FormFacts {
  return {
    dialect: dialectOf(session.model),
    recipe: session.model.training ?? null,
    answers: data.answer.kind,
    classes: data.answer.kind === 'classes' ? data.classNames.length : 0,
    outputs: outputsOf(session, data),
    ends: finalActivationOf(session.model, 0),
    hasWeights: session.model.weightsOrigin.kind === 'file' || session.model.weightsOrigin.kind === 'trained'
  };
}

/** Numbers of the output for one example. */
function outputsOf(session: Session, data: Pick<TrainingData, 'answer' | 'classNames'>): number {
  const shape = session.opened.summary.outputs[0]?.shape?.slice(1) ?? [];
  if (data.answer.kind === 'classes') return shape.at(-1) ?? data.classNames.length;
  return elementCount(shape.map((size) => size ?? 1));
}

/** Ids of layers whose weights gradients can move. */
export function trainedLayers(session: Session): readonly string[] {
  return [...layersOf(withAllWeights(session.model, 1).root).values()]
    .filter(({ trainable, weights }) => trainable && weights.some(({ role }) => isLearned(role)))
    .map(({ id }) => id);
}
