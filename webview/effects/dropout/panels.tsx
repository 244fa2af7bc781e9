/** Off, held, next: the same values of the same input three times, with one value worked by hand. */
import { useCallback, useState } from 'preact/hooks';
import { isDropped, shareBound } from '../../../src/core/noise';
import type { MaskPanel, MaskTriptych } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatExact, formatShare, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';
import { MaskNodes } from './maskNodes';
import { MaskTiles } from './maskTiles';
import { arithmetic, drawnName, isGaussian, kindOf, panelTitle } from './words';

export function Panels({ of, name }: { readonly of: MaskTriptych; readonly name: string }) {
  const [picked, setPicked] = useState(() => strongestIndex(of.before));
  const at = Math.min(picked, Math.max(0, of.before.length - 1));
  const kind = kindOf(of);
  const channel = of.shown[Math.floor(at / (of.size[0] * of.size[1]))] ?? 0;
  const value = of.before[at] ?? 0;
  const unit = of.vector ? t('unit {0}', channel) : t('map {0}', channel);
  const sums = [of.held, of.next].map((panel) => ({
    panel,
    ...arithmetic(kind, value, panel.noise[at] ?? 0, panel.after[at] ?? 0)
  }));
  const pick = { picked: at, onPick: setPicked };
  return (
    <>
      <Legend
        colormap={of.range.min < 0 ? 'diverging' : 'viridis'}
        min={of.range.min}
        max={of.range.max}
        note={
          of.shown.length < of.channels
            ? t('one scale for all; the {0} strongest of {1}', of.shown.length, of.channels)
            : t('one scale for all')
        }
      />
      {(of.kind === 'dropout' || of.kind === 'alphaDropout') && (
        <p class="mask-key quiet">
          <i class="hatched" aria-hidden="true" /> {of.vector ? t('struck through: dropped') : t('hatched: dropped')}
          {of.edges !== null && <> · {t('dashed: connections cut off from {0}', of.edges.layer)}</>}
        </p>
      )}
      <div class="triptych">
        <div class="triptych-panels">
          <Panel
            title={t('Off: as the network answers')}
            of={of}
            panel={null}
            says={`${unit}: ${formatValue(value)}`}
            {...pick}
          />
          {sums.map(({ panel, text }, index) => (
            <Panel
              key={index}
              title={panelTitle(of.kind, panel.seed, index === 0 ? 'held' : 'next')}
              of={of}
              panel={panel}
              says={`${unit}: ${text}`}
              {...pick}
            />
          ))}
        </div>
      </div>
      <section class="card" aria-label={t('One value worked by hand')}>
        <strong>
          {of.vector ? t('Unit {0} of {1}', channel, name) : t('One value of map {0} of {1}', channel, name)}
        </strong>
        {sums.map(({ panel, text, same }) => (
          <p key={panel.seed}>
            {drawnName(of.kind, panel.seed)}: {text}{' '}
            <span class={same ? 'agrees' : 'differs'}>
              {same ? t('✓ equal to the runtime') : t('differs from the runtime')}
            </span>
          </p>
        ))}
        <p class="quiet">{t('Click another value, or walk with the arrow keys.')}</p>
      </section>
    </>
  );
}

const neverDropped = () => false;

function Panel(props: {
  readonly title: string;
  readonly of: MaskTriptych;
  readonly panel: MaskPanel | null;
  readonly says: string;
  readonly picked: number;
  readonly onPick: (index: number) => void;
}) {
  const { of, panel, picked, onPick, says, title } = props;
  const kind = kindOf(of);
  const dropped = useCallback(
    (index: number) => panel !== null && isDropped(kind, panel.noise[index] ?? 1),
    [panel, of.kind]
  );
  const values = panel?.after ?? of.before;
  const shared = { names: of.shown, label: title, says, picked, onPick };
  const gaussian = isGaussian(of.kind);
  return (
    <section class="triptych-panel" aria-label={title}>
      <h2>{title}</h2>
      {of.vector ? (
        <MaskNodes {...shared} values={values} range={of.range} dropped={dropped} edges={of.edges} />
      ) : (
        <MaskTiles
          {...shared}
          count={of.shown.length}
          size={of.size}
          values={values}
          range={of.range}
          dropped={panel === null ? neverDropped : dropped}
        />
      )}
      {panel !== null && gaussian && !of.vector && <Drawn of={of} panel={panel} {...shared} />}
      <AnswerBars change={panel?.change ?? of.off} label={t('Answer: {0}', title)} />
      {panel?.change.flipped === true && (
        <p class="mask-flip">{gaussian ? t('This noise flips the answer.') : t('This mask flips the answer.')}</p>
      )}
      <p class="quiet">{panel === null ? t('mean {0}', formatValue(of.mean)) : factsOf(of, panel)}</p>
    </section>
  );
}

/** The factors or addends themselves, around 1 or 0. */
function Drawn(props: {
  readonly of: MaskTriptych;
  readonly panel: MaskPanel;
  readonly names: readonly number[];
  readonly picked: number;
  readonly says: string;
  readonly onPick: (index: number) => void;
}) {
  const { of, panel, names, picked, onPick, says } = props;
  const centre = of.kind === 'gaussianDropout' ? 1 : 0;
  const around = panel.noise.map((value) => value - centre);
  const limit = around.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const label = centre === 1 ? t('The factors drawn, minus 1') : t('The numbers added');
  return (
    <>
      <p class="quiet">{label}</p>
      <Legend colormap="diverging" min={-limit} max={limit} note="" />
      <MaskTiles
        count={of.shown.length}
        size={of.size}
        values={around}
        range={{ min: -limit, max: limit }}
        dropped={neverDropped}
        {...{ names, picked, onPick, says, label }}
      />
    </>
  );
}

function factsOf(of: MaskTriptych, panel: MaskPanel): string {
  const mean = t('mean {0}', formatValue(panel.mean));
  if (isGaussian(of.kind)) return `${t('nothing dropped')}; ${mean}`;
  const bound = shareBound(of.strength, panel.drawn);
  return `${t(
    'dropped {0} of {1} {2} = {3} (stated {4} ± {5})',
    formatExact(panel.dropped),
    formatExact(panel.drawn),
    of.wholeMaps ? t('maps') : of.vector ? t('units') : t('values'),
    formatShare(panel.dropped / Math.max(1, panel.drawn)),
    formatShare(of.strength),
    formatShare(bound)
  )}; ${mean}`;
}

function strongestIndex(values: Float32Array): number {
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(values[best] ?? 0)) best = index;
  });
  return best;
}
