/** How much the answer leans on single features: switched off one by one, by hand, and more and more of them. */
import { useMemo, useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import type { Reliance as Found } from '../../../src/protocol/effects/dropout';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { ByHand, UnitButtons } from './byHand';
import { Curves } from './curves';
import { OffTiles } from './offTiles';
import { OverModels } from './overModels';
import { Ranking, showValue } from './ranking';

const few = 3;

export function Reliance(props: {
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly run: number;
  readonly onManyMasks: (() => void) | null;
}) {
  const { layer, occurrence, run, onManyMasks } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const found = useRequest('reliance', { model, layer: layer.id, occurrence }, run);
  return (
    <Loaded of={found} skeleton="lines">
      {(value) => <Leaning of={value} {...{ layer, occurrence, model, run, onManyMasks }} />}
    </Loaded>
  );
}

function Leaning(props: {
  readonly of: Found;
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly model: string;
  readonly run: number;
  readonly onManyMasks: (() => void) | null;
}) {
  const { of, layer, occurrence, model, run } = props;
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
          of.winnerLabel ?? (of.kind === 'values' ? t('value {0}', of.winner) : t('class {0}', of.winner)),
          showValue(of, of.base)
        )}
      </p>
      <Ranking of={of} off={off} vector={vector} onToggle={toggle} />
      <ByHand {...{ of, off, thing, model, run, strongest, occurrence }} layer={layer.id} onOff={setOff} />
      {!vector && shape.length >= 3 && (
        <OffTiles model={model} layer={layer.id} occurrence={occurrence} run={run} off={off} onToggle={toggle} />
      )}
      {vector && <UnitButtons of={of} off={off} onToggle={toggle} />}
      <Together of={of} thing={thing} />
      <OverModels
        model={model}
        layer={layer}
        occurrence={occurrence}
        run={run}
        thing={thing}
        onMeasured={setMeasured}
      />
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
          (of.kind !== 'values'
            ? firstFlip < 0
              ? t(
                  'For this input {0} of {1} {2} flip the answer alone, and the {3} strongest together do not either.',
                  singles,
                  of.channels,
                  thing,
                  of.together.length - 1
                )
              : of.togetherFlips.indexOf(0, firstFlip) >= 0
                ? t(
                    'For this input {0} of {1} {2} flip the answer alone; the strongest together flip it first with {3} off, but not with every larger number.',
                    singles,
                    of.channels,
                    thing,
                    firstFlip
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
        label={t('With {0} off: {1}', of.together.length - 1, showValue(of, of.together.at(-1) ?? 0))}
      />
    </section>
  );
}
