/** What can be learned from, and the form as it stands before anybody changes it. */
import { t } from '../../core/texts';
import type { TrainingRecipe } from '../../core/trainingRecipe';
import { readDigits, digitsFolder } from '../../data/digits';
import { locate } from '../../data/kerasHome';
import { knownDataSet, knownDataSets, type KnownDataSet } from '../../data/registry';
import { substituteFor } from '../../data/substitute';
import { dataFolder } from '../../training/run/choice';
import { formDefaults } from '../../training/run/formDefaults';
import type { NetworkEnds, TrainingData } from '../../training/run/trainingData';
import { lossDialect, LOSS_NAMES } from '../../training/losses/settings';
import { OPTIMIZER_NAMES } from '../../training/optimizers/settings';
import { lossWarnings } from '../../training/run/warnings';
import type { DataChoice, DataOffer, TrainingOffer } from '../../protocol/training';
import { valueOf } from '../problem';
import type { Session } from '../session';
import { endsOf, formFacts, trainedLayers } from './task';

/** What the code names first, then what is here, what is away, what does not fit. */
export async function dataOffers(session: Session): Promise<readonly DataOffer[]> {
  const ends = endsOf(session);
  const named = session.model.training?.data ?? null;
  const wanted = knownDataSet(named?.value ?? '');
  const offers = [await digitsOffer(ends, wanted), ...knownDataSets.map((set) => knownOffer(set, ends, wanted, named))];
  const rank = ({ fromCode, state }: DataOffer): number =>
    (fromCode === null ? 4 : 0) + (state === 'here' ? 0 : state === 'away' ? 1 : 2);
  return offers.sort((a, b) => rank(a) - rank(b));
}

async function digitsOffer(ends: NetworkEnds, wanted: KnownDataSet | null): Promise<DataOffer> {
  const choice: DataChoice = { kind: 'digits' };
  const title = t('Digits that come with ConvLens');
  const set = valueOf(await readDigits(digitsFolder(), 'train'));
  const misfit = misfitOf(ends, set.shape ?? [28, 28, 1], set.classNames?.length ?? 10);
  if (misfit !== null) return { choice, title, state: 'unfit', reason: misfit, fromCode: null };
  const standsIn =
    wanted !== null &&
    wanted.name !== 'mnist' &&
    substituteFor(wanted, ends.input, ends.output?.at(-1) ?? null) !== null;
  const reason = standsIn
    ? t('6,000 handwritten digits; they stand in for {0}, with the digits’ own class names', wanted.title)
    : t('6,000 handwritten digits of 28 x 28');
  return { choice, title, state: 'here', reason, fromCode: null };
}

function knownOffer(
  set: KnownDataSet,
  ends: NetworkEnds,
  wanted: KnownDataSet | null,
  named: TrainingRecipe['data']
): DataOffer {
  const choice: DataChoice = { kind: 'known', name: set.name };
  const fromCode = wanted?.name === set.name && named !== null ? { line: named.line } : null;
  const misfit = misfitOf(ends, set.shape, set.classNames.length);
  if (misfit !== null) return { choice, title: set.title, state: 'unfit', reason: misfit, fromCode };
  const here = locate(set, dataFolder()).path !== null;
  const reason = here
    ? t('{0} training examples, as Keras has fetched them', set.train)
    : t('is not on this machine; publisher: {0}', set.publisher);
  return { choice, title: set.title, state: here ? 'here' : 'away', reason, fromCode };
}

/** Why the network cannot learn from pictures of this shape with so many classes; `null` where it can. */
function misfitOf({ input, port, output }: NetworkEnds, shape: readonly number[], classes: number): string | null {
  const heads = output?.at(-1) ?? null;
  if (heads !== null && classes > Math.max(2, heads)) {
    return t('has {0} classes, the network tells {1} apart', classes, heads);
  }
  if (output !== null && output.length > 1 && output.slice(0, -1).some((size) => size !== 1)) {
    return t('has one class for each example, the network answers {0}', output.map((size) => size ?? '?').join(' x '));
  }
  const count = (sizes: readonly (number | null)[]): number => sizes.reduce<number>((n, size) => n * (size ?? 1), 1);
  if (port !== null || count(input) === count(shape)) return null;
  return t('holds {0}, the network reads {1}', shape.join(' x '), input.map((size) => size ?? '?').join(' x '));
}

export function trainingOffer(session: Session, choice: DataChoice, data: TrainingData): TrainingOffer {
  const facts = formFacts(session, data);
  const { form, origins } = formDefaults(facts);
  const named = session.model.training?.data ?? null;
  const wanted = knownDataSet(named?.value ?? '');
  const other = wanted !== null && !(choice.kind === 'known' && choice.name === wanted.name) ? [wanted.title] : [];
  const asked = Object.entries(origins).flatMap(([field, { kind, line, reason }]) => {
    if (kind !== 'asked') return [];
    const place = (line ?? 0) + 1;
    return reason === undefined
      ? [t('{0} cannot be read from line {1} of the code: please set it.', field, place)]
      : [t('{0} cannot be read from line {1} of the code ({2}): please set it.', field, place, reason)];
  });
  return {
    form,
    origins,
    optimizers: OPTIMIZER_NAMES[facts.dialect],
    losses: LOSS_NAMES.filter((name) => lossDialect(name) === facts.dialect),
    warnings: [
      ...asked,
      ...other.map((title) =>
        t('The code names {0}; this run learns from {1}, under its own name.', title, data.title)
      ),
      ...data.warnings,
      ...lossWarnings(form, facts.ends, facts.outputs, data.answer.kind === 'classes')
    ],
    trainedLayers: trainedLayers(session)
  };
}
