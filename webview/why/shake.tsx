/** How firm the answer is: the same input under many small changes of the weights, beside as many dropout masks. */
import { useCallback, useState } from 'preact/hooks';
import type { AnswerSpread, WhyTargets } from '../../src/protocol/why';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { DrawnCanvas, themeColour } from '../shared/canvas';
import { formatFixed, formatShare, formatValue } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { NumberField, Slider, useRested } from './controls';

export function Shake({
  model,
  run,
  targets
}: {
  readonly model: string;
  readonly run: number;
  readonly targets: WhyTargets;
}) {
  const [sigma, setSigma] = useState(0.1);
  const [measure, setMeasure] = useState<'proportional' | 'layer'>('layer');
  const [draws, setDraws] = useState(30);
  const [seed, setSeed] = useState(1);
  const ask = useRested({ sigma, draws, seed });
  const answer = useRequest('shakeWeights', { model, measure, ...ask }, run);
  return (
    <>
      <div class="tools">
        <Slider
          label={t('Noise σ')}
          text={formatFixed(sigma, 2)}
          value={sigma}
          min={0}
          max={1}
          step={0.02}
          onChange={setSigma}
        />
        <Dropdown
          label={t('Noise relative to')}
          value={measure}
          choices={[
            { value: 'layer', label: t('each layer’s standard deviation s: w + σ s ε') },
            { value: 'proportional', label: t('each weight: w (1 + σ ε)') }
          ]}
          onChange={setMeasure}
        />
        <NumberField label={t('Draws')} value={draws} min={2} max={500} onChange={setDraws} />
        <NumberField label={t('Seed')} value={seed} min={0} max={999999} onChange={setSeed} />
      </div>
      <Loaded of={answer} skeleton="lines">
        {({ noise, masks }) => (
          <>
            <div class="why-spreads">
              <SpreadCard spread={noise} title={t('Weight noise, σ {0}', formatFixed(ask.sigma, 2))} />
              {masks !== null ? (
                <SpreadCard spread={masks} title={t('Dropout masks')} />
              ) : (
                <p class="empty">{t('No dropout masks beside it: this model has no dropout layer.')}</p>
              )}
            </div>
            <Explanation
              see={t(
                'One dot for each draw: the answer when every weight gets its own small Gaussian noise (ε), and under dropout masks; the line is the answer of the network as it is.'
              )}
              look={t(
                'Dots close to the line: an answer that does not hang on exact weights. Dots everywhere: it does.'
              )}
            />
            <SoWhat text={closing(noise, masks, ask.sigma, targets)}>
              <Button onClick={() => setSigma(Math.min(1, Math.max(0.02, 2 * sigma)))}>{t('Double the noise')}</Button>
            </SoWhat>
          </>
        )}
      </Loaded>
    </>
  );
}

function nameOf(entry: AnswerSpread['entries'][number], kind: AnswerSpread['kind']): string {
  return entry.label ?? (kind === 'classes' ? t('class {0}', entry.index) : t('value {0}', entry.index));
}

function closing(noise: AnswerSpread, masks: AnswerSpread | null, sigma: number, targets: WhyTargets): string {
  const top = noise.entries.find((one) => one.index === targets.targets[0]?.index) ?? noise.entries[0];
  if (top === undefined) return '';
  const show = noise.probabilities ? formatShare : (value: number) => formatValue(value);
  if (noise.kind === 'values')
    return t(
      'With noise of {0}, the value {1} becomes {2} ± {3}.',
      formatFixed(sigma, 2),
      show(top.still),
      show(top.mean),
      show(top.deviation)
    );
  const first = t(
    'With noise of {0}, {1} of {2} draws still answer {3} ({4} ± {5}).',
    formatFixed(sigma, 2),
    noise.agreeing,
    noise.draws,
    nameOf(top, noise.kind),
    show(top.mean),
    show(top.deviation)
  );
  return masks === null ? first : `${first} ${t('Under dropout masks {0} of {1} do.', masks.agreeing, masks.draws)}`;
}

function SpreadCard({ spread, title }: { readonly spread: AnswerSpread; readonly title: string }) {
  const all = spread.entries.flatMap((one) => [...one.values, one.still]);
  const low = spread.probabilities ? 0 : Math.min(...all);
  const high = spread.probabilities ? 1 : Math.max(...all, low + 1e-9);
  const show = spread.probabilities ? formatShare : (value: number) => formatValue(value);
  return (
    <section class="card" aria-label={title}>
      <strong>{title}</strong>
      {spread.kind === 'classes' && (
        <span class="quiet">{t('{0} of {1} draws answer the same', spread.agreeing, spread.draws)}</span>
      )}
      <ol class="spread">
        {spread.entries.map((one) => (
          <li key={one.index}>
            <span class="ellipsis" title={nameOf(one, spread.kind)}>
              {nameOf(one, spread.kind)}
            </span>
            <Strip entry={one} low={low} high={high} name={nameOf(one, spread.kind)} />
            <span class="spread-value">
              {show(one.mean)} ± {show(one.deviation)}
            </span>
          </li>
        ))}
      </ol>
      <div class="spread-axis quiet">
        <span />
        <span class="ends">
          <span>{show(low)}</span>
          <span>{show(high)}</span>
        </span>
        <span>{t('mean ± deviation')}</span>
      </div>
      <span class="quiet">{t('dots: draws · line: as it is')}</span>
    </section>
  );
}

function Strip(props: {
  readonly entry: AnswerSpread['entries'][number];
  readonly low: number;
  readonly high: number;
  readonly name: string;
}) {
  const { entry, low, high, name } = props;
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number, height: number) => {
      const place = (value: number) => 4 + ((value - low) / (high - low || 1)) * (width - 8);
      context.fillStyle = themeColour('--vscode-charts-blue');
      context.globalAlpha = 0.55;
      entry.values.forEach((value, i) => {
        context.beginPath();
        // Spread over the height in a fixed order, so that equal values stay apart.
        context.arc(place(value), 4 + ((i * 7) % 13) * ((height - 8) / 12), 2.2, 0, 2 * Math.PI);
        context.fill();
      });
      context.globalAlpha = 1;
      context.strokeStyle = themeColour('--vscode-foreground');
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(place(entry.still), 0);
      context.lineTo(place(entry.still), height);
      context.stroke();
    },
    [entry, low, high]
  );
  return (
    <DrawnCanvas
      width={180}
      height={26}
      draw={draw}
      label={t(
        '{0}: {1} as it is, mean {2}, deviation {3}',
        name,
        formatValue(entry.still),
        formatValue(entry.mean),
        formatValue(entry.deviation)
      )}
    />
  );
}
