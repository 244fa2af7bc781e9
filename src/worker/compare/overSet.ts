/** Two networks asked about the pictures of a data set: where their answers part. */
import { leaderOf } from '../../analyses/answerChange';
import { areProbabilities, topValues } from '../../analyses/outputs';
import { t } from '../../core/texts';
import type { CompareRequests, DifferentlyAnswered } from '../../protocol/compare';
import type { HandlerContext } from '../../protocol/rpc';
import { spreadIndices, type DataSets } from '../data';
import { rowsAtOnce } from '../effects/tails';
import { inputFailure } from '../problem';
import type { Runner } from '../running';
import type { Session } from '../session';
import { shareInputs } from './sameInput';

const picturesAtOnce = 20;
const picturesAtMost = 1000;
const shown = 12;

/** Each network reads the pictures prepared as its own input is. @throws {RequestFailure} where the two do not compare */
export async function compareOverSet(
  a: Session,
  b: Session,
  { set: id, pictures }: { readonly set: string | null; readonly pictures: number },
  { runner, data }: { readonly runner: Runner; readonly data: DataSets },
  context: HandlerContext
): Promise<CompareRequests['compareOverSet']['result']> {
  if (shareInputs(a, b) === null)
    throw inputFailure(b.model.name, t('does not read the same kind of input'), t('Compare the kernels instead'));
  const set = await data.get(a, id);
  const indices = spreadIndices(set.size, Math.min(picturesAtMost, pictures));
  const first = (session: Session) => rowsAtOnce(session, session.opened.summary.layers[0]?.id ?? '');
  const atOnce = Math.min(picturesAtOnce, first(a), first(b));
  const differing: DifferentlyAnswered[] = [];
  const right = { a: 0, b: 0, of: 0 };
  let asked = 0;
  let differ = 0;
  let probabilities = true;
  for (let from = 0; from < indices.length; from += atOnce) {
    const some = indices.slice(from, from + atOnce);
    const [left, other] = [await data.batch(a, set, some), await data.batch(b, set, some)];
    const [before] = await runner.outputs(a, { inputs: [left.inputs] }, context);
    const [after] = await runner.outputs(b, { inputs: [other.inputs] }, context);
    const count = left.indices.length;
    if (before === undefined || after === undefined || before.data.length !== after.data.length)
      throw inputFailure(b.model.name, t('gives outputs of another size'), t('Compare the kernels instead'));
    const width = before.data.length / count;
    left.indices.forEach((index, i) => {
      const row = (data_: Float32Array) => data_.subarray(i * width, (i + 1) * width);
      const [one, two] = [row(before.data), row(after.data)];
      const [own, others] = [leaderOf(one), leaderOf(two)];
      const truth = left.labels[i] ?? null;
      probabilities &&= areProbabilities(one) && areProbabilities(two);
      asked++;
      if (truth !== null) {
        right.of++;
        if (own === truth) right.a++;
        if (others === truth) right.b++;
      }
      if (own === others) return;
      differ++;
      const preview = left.previews[i];
      const [best] = topValues(one, a.labels?.names ?? null, 1);
      const [otherBest] = topValues(two, b.labels?.names ?? a.labels?.names ?? null, 1);
      if (differing.length < shown && preview !== undefined && best !== undefined && otherBest !== undefined)
        differing.push({ index, preview, truth, a: best, b: otherBest });
    });
    context.progress({ share: asked / indices.length, message: `${String(asked)} / ${String(indices.length)}` });
  }
  return {
    set: set.id,
    title: set.title,
    pictures: asked,
    differ,
    right: right.of === 0 ? null : right,
    differing,
    probabilities
  };
}
