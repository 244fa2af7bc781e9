/** Accuracy against the share of features off, and how the features vary together, over a data set. */
import { DataSetCard } from './dataSetCard';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ChannelCorrelation, RelianceCurves } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { Curves } from './curves';

const pictures = 100;

export function OverDataSet(props: {
  readonly model: string;
  readonly layer: string;
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}) {
  return (
    <DataSetCard
      model={props.model}
      label={t('Over a data set')}
      title={t('Over a data set')}
      none={t('With a data set of pictures, accuracy against the share of features off appears here.')}
      ask={(set) => t('Switch off more and more over {0} pictures', Math.min(pictures, set.size))}
      explained
    >
      {(set) => <Measured {...props} set={set.id} />}
    </DataSetCard>
  );
}

function Measured(props: {
  readonly model: string;
  readonly layer: string;
  readonly set: string;
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}) {
  const { model, layer, set, thing, onMeasured } = props;
  const curves = useRequest('relianceCurves', { model, layer, occurrence: 0, set, pictures, seed: 1 });
  const together = useRequest('channelCorrelation', { model, layer, occurrence: 0, set, pictures });
  useEffect(() => {
    if (curves.status === 'done') onMeasured(fewSentence(curves.value, thing));
  }, [curves.status, layer, set]);
  return (
    <>
      <Loaded of={curves} skeleton="block">
        {(value) => <RelianceChart curves={[value]} thing={thing} />}
      </Loaded>
      <Loaded of={together} skeleton="block">
        {(value) => <Correlation of={value} thing={thing} />}
      </Loaded>
    </>
  );
}

function fewSentence(of: RelianceCurves, thing: string): string {
  return t(
    'Switching off the {0} strongest of {1} {2} changes {3} of {4} answers.',
    of.few.channels,
    of.channels,
    thing,
    of.few.changed,
    of.pictures
  );
}

/** One network's curves, or two networks' in one picture. */
export function RelianceChart(props: { readonly curves: readonly RelianceCurves[]; readonly thing: string }) {
  const { curves, thing } = props;
  const x = curves[0]?.off ?? [];
  const lines = useMemo(
    () =>
      curves.flatMap((one, index) => {
        const whose = curves.length > 1 ? `${one.model}: ` : '';
        return [
          {
            name: `${whose}${t('at random (mean of {0} orders)', one.orders)}`,
            values: one.random,
            colour: index === 0 ? 'blue' : 'green',
            dashed: false
          },
          {
            name: `${whose}${t('strongest first')}`,
            values: one.strongestFirst,
            colour: index === 0 ? 'orange' : 'purple',
            dashed: true
          }
        ] as const;
      }),
    [curves]
  );
  const [first] = curves;
  if (first === undefined) return null;
  const half = first.off.indexOf(0.5);
  return (
    <>
      <Curves
        x={x}
        curves={lines}
        xLabel={t('share of {0} off', thing)}
        yLabel={first.measure === 'accuracy' ? t('accuracy') : t('answers kept')}
        formatX={(value) => `${String(Math.round(value * 100))} %`}
        formatY={(value) => `${String(Math.round(value * 100))} %`}
        y={[0, 1]}
        label={t(
          'With half of them off: {0} at random, {1} strongest first',
          formatShare(first.random[half] ?? 0),
          formatShare(first.strongestFirst[half] ?? 0)
        )}
      />
      <p>
        {t(
          'With half of the {0} off {1} stays at {2} (three random orders: {3} to {4}), and at {5} when the strongest go first.',
          thing,
          first.measure === 'accuracy' ? t('accuracy') : t('agreement with itself'),
          formatShare(first.random[half] ?? 0),
          formatShare(first.randomRange[half]?.[0] ?? 0),
          formatShare(first.randomRange[half]?.[1] ?? 0),
          formatShare(first.strongestFirst[half] ?? 0)
        )}
      </p>
    </>
  );
}

function Correlation({ of, thing }: { readonly of: ChannelCorrelation; readonly thing: string }) {
  const [at, setAt] = useState<readonly [number, number] | null>(null);
  const count = of.channels.length;
  const move = (event: MouseEvent) => {
    if (!(event.currentTarget instanceof Element)) return;
    const rect = event.currentTarget.getBoundingClientRect();
    const place = (value: number, size: number) => Math.max(0, Math.min(count - 1, Math.floor((value / size) * count)));
    setAt([place(event.clientY - rect.top, rect.height), place(event.clientX - rect.left, rect.width)]);
  };
  const summary = t(
    'mean |r| of different {0}: {1}, over {2} samples; {3} never vary',
    thing,
    formatValue(of.meanAbs),
    of.samples,
    of.constant
  );
  return (
    <section class="correlation" aria-label={t('How they vary together')}>
      <h2>{t('How they vary together (Pearson’s r)')}</h2>
      <Legend colormap="diverging" min={-1} max={1} note={t('magenta: never varies')} />
      <div class="correlation-picture" onMouseMove={move} onMouseLeave={() => setAt(null)}>
        <PixelCanvas pixels={of.picture} label={summary} />
      </div>
      <p class="quiet">
        {at === null
          ? summary
          : t(
              '{0} with {1}: r = {2}',
              of.channels[at[0]] ?? 0,
              of.channels[at[1]] ?? 0,
              formatValue(of.values[at[0] * count + at[1]] ?? Number.NaN)
            )}
      </p>
    </section>
  );
}
