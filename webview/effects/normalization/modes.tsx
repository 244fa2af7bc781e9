/** Train or infer: what the batch's own statistics change in the answers, by batch size, and how both bear shifted inputs. */
import { useState } from 'preact/hooks';
import type { AnswerScore, NormModes } from '../../../src/protocol/effects/normalization';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatShare, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { batchWords } from './batchChoice';
import type { Section } from './normalization';
import { Shift } from './shift';

interface Props {
  readonly set: string | null;
  readonly go: (section: Section) => void;
}

export function Modes({ set, go }: Props) {
  const model = useApp((state) => state.opened?.model ?? '');
  const label = useApp((state) => state.inputs[0]?.prepared?.label ?? '');
  const modes = useRequest('normalizationModes', { model, set }, label);
  const picture = useApp((state) => state.opened?.inputs.length === 1 && state.opened.inputs[0]?.role === 'image');
  return (
    <>
      <Loaded of={modes} skeleton="lines">
        {(value) => <OfModes modes={value} go={go} />}
      </Loaded>
      {picture && <Shift set={set} go={go} />}
      <Explanation
        see={t(
          'The answers at inference (moving statistics) beside the answers with the batch’s own statistics, as in training; dropout stays off in both.'
        )}
        look={t(
          'Whether small batches, whose statistics are poor, change the answers more than large ones, and which kind of statistics bears shifted inputs better: either can be the more sensitive one.'
        )}
      />
    </>
  );
}

function OfModes({ modes, go }: { readonly modes: NormModes; readonly go: (section: Section) => void }) {
  const [train, setTrain] = useState(true);
  const [size, setSize] = useState<number | null>(null);
  const random = useApp((state) => state.opened?.summary.weightsOrigin.kind === 'random');
  const shown = modes.sizes.find((one) => one.size === size) ?? modes.sizes.at(-1);
  if (shown === undefined) return null;
  const calm = (answer: typeof shown.answer): typeof shown.answer => ({
    ...answer,
    entries: answer.entries.map((one) => ({ ...one, after: one.before }))
  });
  const answer = train ? shown.answer : calm(shown.answer);
  const logits = shown.logits === null ? null : train ? shown.logits : calm(shown.logits);
  const smallest = modes.sizes[0];
  return (
    <>
      <div class="tools">
        <div class="switch" role="group" aria-label={t('Mode')}>
          <button type="button" aria-pressed={!train} onClick={() => setTrain(false)}>
            {t('Infer')}
          </button>
          <button type="button" aria-pressed={train} onClick={() => setTrain(true)}>
            {t('Train')}
          </button>
        </div>
        <Dropdown
          label={t('Batch size')}
          value={String(shown.size)}
          choices={modes.sizes.map((one) => ({ value: String(one.size), label: t('batch of {0}', one.size) }))}
          onChange={(value) => setSize(Number(value))}
        />
      </div>
      <p class="quiet">
        {train
          ? t('The input now set, in a batch of {0} with its own statistics; dashed: at inference.', shown.size)
          : t('The input now set at inference, with moving statistics: the batch does not matter.')}
      </p>
      {random && <p class="quiet">{t('Not trained yet: the answers mean nothing, only their changes do.')}</p>}
      <div class="norm-pair">
        <div class="norm-half">
          <h3>{t('Answer')}</h3>
          <AnswerBars change={answer} label={t('Answer with either statistics')} />
        </div>
        {logits !== null && (
          <div class="norm-half">
            <h3>{t('Logits')}</h3>
            <AnswerBars change={logits} label={t('Logits with either statistics')} />
          </div>
        )}
      </div>
      <h2>{t('Batch sizes compared')}</h2>
      <p class="quiet">
        {batchWords(modes.batch)}.{' '}
        {modes.leftOut.length > 0 &&
          t(
            'Batches of {0} are left out: for this network they would take minutes, or not fit the memory.',
            modes.leftOut.join(', ')
          )}
      </p>
      <div class="numbers-scroll">
        <table class="number-grid norm-scores">
          <thead>
            <tr>
              <th scope="col">{t('statistics')}</th>
              {modes.moving.accuracy !== null && <th scope="col">{t('right answers')}</th>}
              {modes.classes && <th scope="col">{t('same answer as at inference')}</th>}
              <th scope="col">{t('mean change of the output')}</th>
            </tr>
          </thead>
          <tbody>
            <ScoreRow name={t('moving (inference)')} score={modes.moving} modes={modes} />
            {modes.sizes.map((one) => (
              <ScoreRow key={one.size} name={t('batch of {0}', one.size)} score={one.score} modes={modes} />
            ))}
          </tbody>
        </table>
      </div>
      <SoWhat text={modesWords(modes)}>
        {smallest !== undefined && <Button onClick={() => go('xray')}>{t('See the statistics of one layer')}</Button>}
      </SoWhat>
    </>
  );
}

function ScoreRow({
  name,
  score,
  modes
}: {
  readonly name: string;
  readonly score: AnswerScore;
  readonly modes: NormModes;
}) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {modes.moving.accuracy !== null && <td>{score.accuracy === null ? '?' : formatShare(score.accuracy)}</td>}
      {modes.classes && <td>{formatShare(score.same)}</td>}
      <td>{formatValue(score.change)}</td>
    </tr>
  );
}

function modesWords({ sizes, classes, batch }: NormModes): string {
  const [small, large] = [sizes[0], sizes.at(-1)];
  if (small === undefined || large === undefined) return '';
  if (!classes) {
    return t(
      'The batch’s own statistics change the output by {0} on average alone and by {1} in batches of {2}.',
      formatValue(small.score.change),
      formatValue(large.score.change),
      large.size
    );
  }
  const changed = (score: AnswerScore) => Math.round((1 - score.same) * batch.size);
  return t(
    'With the batch’s own statistics {0} of {1} answers change when each picture is alone, and {2} in batches of {3}.',
    changed(small.score),
    batch.size,
    changed(large.score),
    large.size
  );
}
