/** How a kept epoch answers the validation part: confusion and the worst mistakes. */
import { t } from '../../core/texts';
import type { Engine } from '../../engine/engine';
import type { LossTarget } from '../../training/losses/value';
import { evaluate } from '../../training/run/evaluate';
import { setUp } from '../../training/run/setUp';
import type { RunRecord } from '../../training/run/record';
import type { RunState } from '../../training/run/state';
import type { TrainingData } from '../../training/run/trainingData';
import type { HandlerContext } from '../../protocol/rpc';
import type { Mistake, RunExamination } from '../../protocol/training';
import { inputFailure, valueOf } from '../problem';
import type { Session } from '../session';

const worst = 24;

interface Answered {
  readonly index: number;
  readonly truth: number;
  readonly answer: number;
  readonly probability: number;
  readonly loss: number;
}

export async function examine(
  engine: Engine,
  session: Session,
  { metrics, summary }: RunRecord,
  state: RunState,
  data: TrainingData,
  context: HandlerContext,
  turn: () => Promise<void>
): Promise<RunExamination> {
  if (data.answer.kind !== 'classes') {
    throw inputFailure(summary.run, t('learns no classes, so nothing can be confused'), t('Look at its curves'));
  }
  const part = data.validation ?? data.train;
  const { network, trainer, layers, settings } = valueOf(
    await setUp(engine, session.model, data, summary.form, { metrics, signal: context.signal })
  );
  try {
    valueOf(trainer.restore(state));
    const classes = data.classNames.length;
    const confusion = new Uint32Array(classes * classes);
    const wrong: Answered[] = [];
    let examples = 0;
    const onBatch: NonNullable<Parameters<typeof evaluate>[2]['onBatch']> = ({ indices, output, target, losses }) => {
      const width = output.data.length / Math.max(1, indices.length);
      indices.forEach((index, row) => {
        const truth = truthOf(target, row);
        const { answer, probability } = answerOf(output.data.subarray(row * width, (row + 1) * width));
        if (truth < 0) return;
        examples++;
        const at = truth * classes + answer;
        confusion[at] = (confusion[at] ?? 0) + 1;
        if (truth !== answer) wrong.push({ index, truth, answer, probability, loss: losses[row] ?? 0 });
      });
      context.progress({ share: examples / Math.max(1, part.source.size), message: t('asking every example') });
    };
    const hooks = { signal: context.signal, turn };
    await evaluate({ network, layers, settings }, part.source, { statistics: 'moving', onBatch }, hooks);
    wrong.sort((a, b) => b.loss - a.loss);
    const mistakes: Mistake[] = [];
    for (const { index, truth, answer, probability, loss } of wrong.slice(0, worst)) {
      const member = part.members[index] ?? 0;
      const image = await part.set.image(member);
      mistakes.push({
        index: member,
        name: part.set.nameOf(member),
        picture: image.ok
          ? { width: image.value.width, height: image.value.height, rgba: Uint8Array.from(image.value.data) }
          : null,
        truth: data.classNames[truth] ?? String(truth),
        answer: data.classNames[answer] ?? String(answer),
        probability,
        loss
      });
    }
    return { epoch: state.epoch, classNames: data.classNames, confusion, mistakes, examples };
  } finally {
    network.dispose();
  }
}

const truthOf = (target: LossTarget, row: number): number =>
  target.kind === 'classes' ? (target.classes[row] ?? -1) : -1;

/** One output is a probability of class 1; several are probabilities, or scores that a softmax makes such. */
function answerOf(row: Float32Array): { readonly answer: number; readonly probability: number } {
  const [first = 0] = row;
  if (row.length === 1) {
    const p = first >= 0 && first <= 1 ? first : 1 / (1 + Math.exp(-first));
    return p > 0.5 ? { answer: 1, probability: p } : { answer: 0, probability: 1 - p };
  }
  let answer = 0;
  for (let i = 1; i < row.length; i++) if ((row[i] ?? 0) > (row[answer] ?? 0)) answer = i;
  const sum = row.reduce((total, value) => total + value, 0);
  const best = row[answer] ?? 0;
  const probabilities = Math.abs(sum - 1) < 1e-3 && row.every((value) => value >= 0);
  return {
    answer,
    probability: probabilities ? best : 1 / row.reduce((total, value) => total + Math.exp(value - best), 0)
  };
}
