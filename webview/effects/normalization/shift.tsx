/** Shifted inputs: how the answers fall with the strength of a shift, for either kind of statistics and without batch norm. */
import { useState } from 'preact/hooks';
import type { AnswerScore, NormShift, NormTwin, ShiftName } from '../../../src/protocol/effects/normalization';
import { otherModel } from '../../compare/compare';
import type { PanelRequests } from '../../../src/protocol/panel';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { report } from '../../session';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { batchWords } from './batchChoice';
import { LineChart } from './lineChart';
import type { Section } from './normalization';

interface Props {
  readonly set: string | null;
  readonly go: (section: Section) => void;
}

function shiftNames(): Readonly<Record<ShiftName, string>> {
  return {
    brighter: t('brighter'),
    contrast: t('lower contrast'),
    noise: t('noisier'),
    inverted: t('inverted')
  };
}

/** Multiply-adds of a pass up to which the curves are measured unasked. */
const unasked = 5e7;

export function Shift({ set, go }: Props) {
  const model = useApp((state) => state.opened?.model ?? '');
  const twin = useApp((state) => (state.compared?.kind === 'model' ? state.compared.opened.model : null));
  const [shift, setShift] = useState<ShiftName>('brighter');
  const [asked, setAsked] = useState(false);
  const macs = useApp((state) => state.opened?.summary.totals.macs ?? Number.POSITIVE_INFINITY);
  const names = shiftNames();
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
      {asked || macs <= unasked ? (
        <Measured ask={{ model, set, shift, twin }} name={names[shift]} go={go} />
      ) : (
        <div class="empty">
          <p>{t('For a network of this size the curves take a minute or more.')}</p>
          <Button onClick={() => setAsked(true)}>{t('Measure them')}</Button>
        </div>
      )}
    </>
  );
}

function Measured(props: {
  readonly ask: PanelRequests['normalizationShift']['params'];
  readonly name: string;
  readonly go: (section: Section) => void;
}) {
  const found = useRequest('normalizationShift', props.ask, '');
  return (
    <Loaded of={found} skeleton="block">
      {(value) => <OfShift shift={value} name={props.name} go={props.go} />}
    </Loaded>
  );
}

type Measure = (score: AnswerScore) => number;

function OfShift(props: { readonly shift: NormShift; readonly name: string; readonly go: (section: Section) => void }) {
  const { shift, name } = props;
  const { points } = shift;
  const [chosen, choose] = useState(points.length - 1);
  const labelled = typeof points[0]?.moving.accuracy === 'number';
  const measure: Measure = (score) => (labelled ? (score.accuracy ?? 0) : shift.classes ? score.same : score.change);
  const yLabel = labelled ? t('right answers') : shift.classes ? t('answers kept') : t('mean change');
  const shares = labelled || shift.classes;
  const show = shares ? formatShare : (value: number) => formatValue(value);
  const curve = (of: (point: NormShift['points'][number]) => AnswerScore | null) =>
    points.map((point) => {
      const score = of(point);
      return score === null ? Number.NaN : measure(score);
    });
  const point = points[chosen] ?? points.at(-1);
  return (
    <>
      <p class="quiet">{batchWords(shift.batch)}.</p>
      <div class="norm-previews">
        {points.map((one, index) => (
          <button
            key={one.strength}
            type="button"
            class="norm-preview"
            aria-pressed={index === chosen}
            onClick={() => choose(index)}
          >
            <PixelCanvas pixels={one.preview} label={t('{0}, strength {1}', name, one.strength)} />
            <span class="quiet">{one.strength}</span>
          </button>
        ))}
      </div>
      <label class="norm-slider">
        <span>{t('strength: {0}', name)}</span>
        <input
          type="range"
          min={0}
          max={points.length - 1}
          value={chosen}
          aria-valuetext={String(point?.strength ?? 0)}
          onInput={(event) => choose(Number(event.currentTarget.value))}
        />
      </label>
      <LineChart
        label={t('{0} against the strength of the shift', yLabel)}
        xLabel={t('strength: {0}', name)}
        yLabel={yLabel}
        steps={points.map((one) => String(one.strength))}
        marker={chosen}
        {...(shares ? { range: [0, 1] as const, format: formatShare } : {})}
        series={[
          { name: t('moving statistics'), colour: 0, values: curve((one) => one.moving) },
          {
            name: t('statistics of batches of {0}', shift.batchSize),
            colour: 1,
            dashed: true,
            values: curve((one) => one.batch)
          },
          ...(shift.folded === null
            ? []
            : [{ name: foldedName(shift.folded), colour: 3, dotted: true, values: curve((one) => one.folded) }]),
          ...(shift.twin?.fits === true
            ? [{ name: t('{0}, without batch norm', shift.twin.name), colour: 2, values: curve((one) => one.twin) }]
            : [])
        ]}
      />
      <p>{foldedWords(shift.folded)}</p>
      <TwinChoice twin={shift.twin} />
      {point !== undefined && (
        <SoWhat text={shiftWords(shift, point, name, measure, show, shares)}>
          {shift.folded === null ? (
            <Button onClick={() => props.go('xray')}>{t('See the statistics of one layer')}</Button>
          ) : (
            <Button onClick={() => props.go('fold')}>{t('Fold it away')}</Button>
          )}
        </SoWhat>
      )}
    </>
  );
}

function foldedName({ folded, total }: NonNullable<NormShift['folded']>): string {
  return folded === total ? t('batch norm folded away') : t('{0} of {1} batch norms folded away', folded, total);
}

function foldedWords(folded: NormShift['folded']): string {
  if (folded === null)
    return t('None of the batch norms can be folded away: these weights give no twin without batch norm.');
  return t(
    'Folded away ({0} of {1}), the outputs differ by at most {2}: folding computes the moving-statistics curve again. Only a network trained without batch norm can lie elsewhere.',
    folded.folded,
    folded.total,
    formatValue(folded.largestDifference)
  );
}

/** The curve of a network that was trained without batch norm needs such a network. */
function TwinChoice({ twin }: { readonly twin: NormTwin | null }) {
  const [busy, setBusy] = useState(false);
  const choose = async () => {
    setBusy(true);
    try {
      const next = await otherModel();
      if (next !== null) app.set(next);
    } catch (failure) {
      report(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="norm-twin">
      <p>{twinWords(twin)}</p>
      <span class="row">
        <Button disabled={busy} onClick={() => void choose()}>
          {twin === null ? t('Set a twin beside it…') : t('Another twin…')}
        </Button>
        {twin !== null && (
          <Button onClick={() => app.set({ compared: null, beside: null })}>{t('Without a twin')}</Button>
        )}
      </span>
    </div>
  );
}

function twinWords(twin: NormTwin | null): string {
  if (twin === null)
    return t(
      'Set a model beside it that was trained on the same data without batch norm: its curve is then drawn, too.'
    );
  if (twin.fits)
    return t(
      '{0} sees the same pictures, prepared in its own way. It is a network with weights of its own.',
      twin.name
    );
  switch (twin.why) {
    case 'batchNorm':
      return t('{0} has batch norm itself, so it is no twin without it.', twin.name);
    case 'inputs':
      return t('{0} reads other inputs, so it cannot be asked about these pictures.', twin.name);
    case 'answers':
      return t('{0} gives other answers, so the two cannot be compared.', twin.name);
  }
}

function shiftWords(
  { points, twin }: NormShift,
  at: NormShift['points'][number],
  name: string,
  measure: Measure,
  show: (value: number) => string,
  shares: boolean
): string {
  const [first] = points;
  if (first === undefined) return '';
  const lost = (before: AnswerScore, after: AnswerScore) => Math.abs(measure(before) - measure(after));
  const [moving, own] = [lost(first.moving, at.moving), lost(first.batch, at.batch)];
  const verdict =
    at.strength === 0
      ? ''
      : Math.abs(moving - own) < (shares ? 0.01 : 1e-3)
        ? t('Both are about equally sensitive here.')
        : moving > own
          ? t('Here moving statistics are the more sensitive ones.')
          : t('Here the batch’s own statistics are the more sensitive ones.');
  const values = t(
    'At strength {0} ({1}): {2} with moving statistics, {3} with the batch’s own.',
    at.strength,
    name,
    show(measure(at.moving)),
    show(measure(at.batch))
  );
  if (twin?.fits !== true || at.twin === null || first.twin === null) return `${values} ${verdict}`.trim();
  const without = lost(first.twin, at.twin);
  const beside = t('{0} without batch norm has {1}.', twin.name, show(measure(at.twin)));
  const against =
    at.strength === 0
      ? ''
      : without < moving
        ? t('Batch norm at inference is the more sensitive one of the two here.')
        : t('Batch norm at inference is no more sensitive than the twin here.');
  return [values, verdict, beside, against].filter((text) => text !== '').join(' ');
}
