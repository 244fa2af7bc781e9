/** Train or infer: what the batch's own statistics change in the answers, by batch size, and how both bear shifted inputs. */
import { useState } from 'preact/hooks';
import type { AnswerScore, NormModes, NormShift, ShiftName } from '../../../src/protocol/effects/normalization';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { batchWords } from './batchChoice';
import { LineChart } from './lineChart';
import type { Section } from './normalization';

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
          'Small batches change the answers most, for their statistics are poor; under shifted inputs either kind can be the more sensitive one.'
        )}
      />
    </>
  );
}

function OfModes({ modes, go }: { readonly modes: NormModes; readonly go: (section: Section) => void }) {
  const [train, setTrain] = useState(true);
  const [size, setSize] = useState<number | null>(null);
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
      <p class="quiet">{batchWords(modes.batch)}.</p>
      <div class="numbers-scroll">
        <table class="number-grid">
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

function shiftNames(): Readonly<Record<ShiftName, string>> {
  return {
    brighter: t('brighter'),
    contrast: t('lower contrast'),
    noise: t('noisier'),
    inverted: t('inverted')
  };
}

function Shift({ set, go }: Props) {
  const model = useApp((state) => state.opened?.model ?? '');
  const [shift, setShift] = useState<ShiftName>('brighter');
  const names = shiftNames();
  const found = useRequest('normalizationShift', { model, set, shift }, '');
  return (
    <>
      <h2>{t('Shifted inputs')}</h2>
      <div class="switch" role="group" aria-label={t('Shift')}>
        {(['brighter', 'contrast', 'noise', 'inverted'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={name === shift} onClick={() => setShift(name)}>
            {names[name]}
          </button>
        ))}
      </div>
      <Loaded of={found} skeleton="block">
        {(value) => <OfShift shift={value} name={names[shift]} go={go} />}
      </Loaded>
    </>
  );
}

function OfShift(props: { readonly shift: NormShift; readonly name: string; readonly go: (section: Section) => void }) {
  const { shift, name } = props;
  const { points, twin } = shift;
  const labelled = typeof points[0]?.moving.accuracy === 'number';
  const measure = (score: AnswerScore) =>
    labelled ? (score.accuracy ?? 0) : shift.classes ? score.same : score.change;
  const yLabel = labelled ? t('right answers') : shift.classes ? t('answers kept') : t('mean change');
  const shares = labelled || shift.classes;
  return (
    <>
      <p class="quiet">{batchWords(shift.batch)}.</p>
      <div class="norm-previews">
        {points.map((point) => (
          <span key={point.strength}>
            <PixelCanvas pixels={point.preview} label={t('{0}, strength {1}', name, point.strength)} />
            <span class="quiet">{point.strength}</span>
          </span>
        ))}
      </div>
      <LineChart
        label={t('{0} against the strength of the shift', yLabel)}
        xLabel={t('strength: {0}', name)}
        yLabel={yLabel}
        steps={points.map((point) => String(point.strength))}
        {...(shares ? { range: [0, 1] as const, format: formatShare } : {})}
        series={[
          { name: t('moving statistics'), colour: 0, values: points.map((point) => measure(point.moving)) },
          {
            name: t('statistics of batches of {0}', shift.batchSize),
            colour: 1,
            dashed: true,
            values: points.map((point) => measure(point.batch))
          }
        ]}
      />
      <p>{twinWords(twin)}</p>
      <SoWhat text={shiftWords(shift, name, measure, shares)}>
        <Button onClick={() => props.go('fold')}>{t('Fold it away')}</Button>
      </SoWhat>
    </>
  );
}

function twinWords(twin: NormShift['twin']): string {
  if (twin === null)
    return t(
      'No twin without batch norm can be had from these weights: none of the layers can be folded away. A twin trained without batch norm would be another network.'
    );
  return t(
    'With {0} of {1} batch norms folded into the layers before them, the twin differs by at most {2} at the greatest strength: it is the moving-statistics curve. Only a twin trained without batch norm could differ.',
    twin.folded,
    twin.total,
    formatValue(twin.largestDifference)
  );
}

function shiftWords(
  { points }: NormShift,
  name: string,
  measure: (score: AnswerScore) => number,
  shares: boolean
): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const show = shares ? formatShare : (value: number) => formatValue(value);
  const [moving, batch] = [measure(last.moving), measure(last.batch)];
  const lost = (score: 'moving' | 'batch') => Math.abs(measure(first[score]) - measure(last[score]));
  const verdict =
    Math.abs(lost('moving') - lost('batch')) < (shares ? 0.01 : 1e-3)
      ? t('Both are about equally sensitive here.')
      : lost('moving') > lost('batch')
        ? t('Here moving statistics are the more sensitive ones.')
        : t('Here the batch’s own statistics are the more sensitive ones.');
  return `${t('At strength 1 ({0}): {1} with moving statistics, {2} with the batch’s own.', name, show(moving), show(batch))} ${verdict}`;
}
