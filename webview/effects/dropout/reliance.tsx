/** How much the answer leans on single features: switched off one by one, by hand, and more and more of them. */
import { useMemo, useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import type { Reliance as Found } from '../../../src/protocol/effects/dropout';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatExact, formatShare, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { Curves } from './curves';
import { OverDataSet } from './overDataSet';
import { useSteady } from './steady';
import { OffTiles } from './offTiles';

const listed = 10;
const few = 3;

export function Reliance(props: {
  readonly layer: LayerRow;
  readonly run: number;
  readonly onManyMasks: (() => void) | null;
}) {
  const { layer, run, onManyMasks } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const found = useRequest('reliance', { model, layer: layer.id, occurrence: 0 }, run);
  return (
    <Loaded of={found} skeleton="lines">
      {(value) => <Leaning of={value} layer={layer} model={model} run={run} onManyMasks={onManyMasks} />}
    </Loaded>
  );
}

function Leaning(props: {
  readonly of: Found;
  readonly layer: LayerRow;
  readonly model: string;
  readonly run: number;
  readonly onManyMasks: (() => void) | null;
}) {
  const { of, layer, model, run } = props;
  const [off, setOff] = useState<readonly number[]>([]);
  const shape = layer.outputShape ?? [];
  const vector = shape.length === 2;
  const thing = vector ? t('units') : t('maps');
  const toggle = (channel: number) =>
    setOff(off.includes(channel) ? off.filter((one) => one !== channel) : [...off, channel]);
  const strongest = of.order.slice(0, Math.min(few, of.channels));
  const firstFlip = of.togetherFlips.indexOf(1);
  const singles = of.flips.reduce((sum, one) => sum + one, 0);
  const [measured, setMeasured] = useState<string | null>(null);
  return (
    <>
      <p>
        {t(
          'Each of the {0} {1} of {2} is set to zero in turn; how far does “{3}” fall from {4}?',
          formatExact(of.channels),
          thing,
          layer.name,
          of.winnerLabel ?? (of.kind === 'classes' ? t('class {0}', of.winner) : t('value {0}', of.winner)),
          show(of, of.base)
        )}
      </p>
      <Ranking of={of} off={off} vector={vector} onToggle={toggle} />
      <ByHand {...{ of, off, thing, model, run, strongest }} layer={layer.id} onOff={setOff} />
      {!vector && shape.length >= 3 && (
        <OffTiles model={model} layer={layer.id} run={run} off={off} onToggle={toggle} />
      )}
      <Together of={of} thing={thing} />
      <OverDataSet model={model} layer={layer.id} thing={thing} onMeasured={setMeasured} />
      {(of.batchNorm !== null || of.dropout !== null) && <Neighbours of={of} />}
      <Explanation
        see={t(
          'What happens to this network’s own answer when features of one layer are switched off: one alone, the strongest together, and ever more of them.'
        )}
        look={t(
          'Whether one feature carries the answer or many share it: shared work is what dropout trains for, and what makes a network hold when something is missing.'
        )}
      />
      <SoWhat
        text={
          measured ??
          (of.kind === 'classes'
            ? firstFlip < 0
              ? t(
                  'For this input {0} of {1} {2} flip the answer alone, and the {3} strongest together do not either.',
                  singles,
                  of.channels,
                  thing,
                  of.together.length - 1
                )
              : t(
                  'For this input {0} of {1} {2} flip the answer alone; the strongest together flip it from {3} on.',
                  singles,
                  of.channels,
                  thing,
                  firstFlip
                )
            : t(
                'Switching off the {0} strongest moves the output from {1} to {2}.',
                strongest.length,
                formatValue(of.base),
                formatValue(of.together[strongest.length] ?? 0)
              ))
        }
      >
        {props.onManyMasks === null ? (
          <Button onClick={() => setOff(strongest)}>{t('Switch off the {0} strongest', strongest.length)}</Button>
        ) : (
          <Button onClick={props.onManyMasks}>{t('Compare with many masks')}</Button>
        )}
      </SoWhat>
    </>
  );
}

const show = (of: Found, value: number): string => (of.probabilities ? formatShare(value) : formatValue(value));

function Ranking(props: {
  readonly of: Found;
  readonly off: readonly number[];
  readonly vector: boolean;
  readonly onToggle: (channel: number) => void;
}) {
  const { of, off, vector, onToggle } = props;
  const ranked = useMemo(
    () =>
      [...of.alone.keys()]
        .filter((channel) => !Number.isNaN(of.alone[channel] ?? Number.NaN))
        .sort((a, b) => (of.alone[a] ?? 0) - (of.alone[b] ?? 0))
        .slice(0, listed),
    [of]
  );
  const drops = ranked.map((channel) => of.base - (of.alone[channel] ?? 0));
  const most = Math.max(1e-12, ...drops.map(Math.abs));
  return (
    <section aria-label={t('Most needed first')}>
      <ol class="ranking">
        {ranked.map((channel, place) => {
          const after = of.alone[channel] ?? 0;
          const name = vector ? t('unit {0}', channel) : t('map {0}', channel);
          return (
            <li key={channel}>
              <button
                type="button"
                aria-pressed={off.includes(channel)}
                title={t('Switch {0} off or on', name)}
                onClick={() => onToggle(channel)}
              >
                {name}
              </button>
              <span class="bar">
                <span style={{ width: `${String((Math.abs(drops[place] ?? 0) / most) * 100)}%` }} />
              </span>
              <span class="ranking-numbers">{fall(of, drops[place] ?? 0)}</span>
              <span class="quiet">{(of.flips[channel] ?? 0) === 1 ? t('flips') : `→ ${show(of, after)}`}</span>
            </li>
          );
        })}
      </ol>
      <p class="quiet">
        {of.probabilities
          ? t('The {0} that matter most of {1}; the fall in percentage points.', ranked.length, of.channels)
          : t('The {0} that matter most of {1}; the fall of the output.', ranked.length, of.channels)}
      </p>
    </section>
  );
}

/** Falls of a saturated answer are far below a tenth of a percent: these keep their digits. */
function fall(of: Found, value: number): string {
  const text = formatValue(Math.abs(of.probabilities ? value * 100 : value), 2);
  return value < 0 ? `+${text}` : `−${text}`;
}

function ByHand(props: {
  readonly of: Found;
  readonly off: readonly number[];
  readonly thing: string;
  readonly model: string;
  readonly layer: string;
  readonly run: number;
  readonly strongest: readonly number[];
  readonly onOff: (off: readonly number[]) => void;
}) {
  const { off, thing, model, layer, run, strongest, onOff } = props;
  const change = useSteady(useRequest('channelsOff', { model, layer, occurrence: 0, off }, run), `${layer} ${run}`);
  return (
    <section class="card" aria-label={t('Switched off by hand')}>
      <div class="tools">
        <strong>
          {off.length === 0
            ? t('All {0} on', thing)
            : t('{0} {1} off: {2}', off.length, thing, off.slice(0, 12).join(', ') + (off.length > 12 ? ' …' : ''))}
        </strong>
        <Button onClick={() => onOff(strongest)}>{t('The {0} strongest off', strongest.length)}</Button>
        {off.length > 0 && <Button onClick={() => onOff([])}>{t('Reset')}</Button>}
      </div>
      <Loaded of={change} skeleton="lines">
        {(value) => (
          <>
            <AnswerBars change={value} label={t('Answer with {0} {1} off', off.length, thing)} />
            {value.flipped && <p class="mask-flip">{t('Without them the answer is another one.')}</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Together({ of, thing }: { readonly of: Found; readonly thing: string }) {
  const x = useMemo(() => [...of.together.keys()], [of]);
  const curves = useMemo(
    () => [{ name: t('strongest first'), values: [...of.together], colour: 'orange', dashed: false } as const],
    [of]
  );
  return (
    <section aria-label={t('More and more off')}>
      <h2>{t('This input, the strongest {0} off one after the other', thing)}</h2>
      <Curves
        x={x}
        curves={curves}
        xLabel={t('{0} off, by mean |a|', thing)}
        yLabel={of.probabilities ? t('probability') : t('output')}
        formatX={(value) => formatValue(value)}
        formatY={(value) => (of.probabilities ? `${String(Math.round(value * 100))} %` : formatValue(value))}
        {...(of.probabilities ? { y: [0, 1] as const } : {})}
        label={t('With {0} off: {1}', of.together.length - 1, show(of, of.together.at(-1) ?? 0))}
      />
    </section>
  );
}

function Neighbours({ of }: { readonly of: Found }) {
  return (
    <p class="note">
      {of.batchNorm !== null &&
        t(
          'Batch norm ({0}) stands beside this layer: it, too, lowers the reliance on single features, since every map enters the next layer on one scale (Morcos and others, 2018). ',
          of.batchNorm
        )}
      {of.dropout !== null &&
        t('Dropout ({0}) stands beside this layer: its features were trained to be missed now and then.', of.dropout)}
    </p>
  );
}
