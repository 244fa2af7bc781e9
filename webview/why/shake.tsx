/** How firm the answer is: the same input under many small changes of the weights, beside as many dropout masks. */
import { useCallback, useRef, useState } from 'preact/hooks';
import type { AnswerSpread, ShakenAnswers, WhyTargets } from '../../src/protocol/why';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { DrawnCanvas, themeColour } from '../shared/canvas';
import { formatFixed, formatShare, formatValue } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useFollowing } from '../shared/steady';
import { useRequest, type Loadable } from '../shared/useRequest';
import { ErrorBox, Progress, Waiting } from '../shared/waiting';
import { app } from '../state';
import { NumberField, Slider, useRested } from './controls';

/** Draws of an earlier position are given up after so many milliseconds: this short wait only joins the steps of one movement. */
const sliderRest = 40;

export function Shake({
  model,
  run,
  targets,
  output
}: {
  readonly model: string;
  readonly run: number;
  readonly targets: WhyTargets;
  readonly output: number;
}) {
  const [sigma, setSigma] = useState(0.1);
  const [measure, setMeasure] = useState<'proportional' | 'layer'>('layer');
  const [draws, setDraws] = useState(30);
  const [seed, setSeed] = useState(1);
  const [restedSigma, ask] = useState(sigma);
  const { draws: count, seed: from } = useRested({ draws, seed });
  const answer = useRequest(
    'shakeWeights',
    { model, output, measure, sigma: restedSigma, draws: count, seed: from },
    run
  );
  useFollowing(sigma, answer.status === 'loading', sliderRest, ask);
  const shown = useShown(answer, restedSigma, `${model} ${String(output)} ${String(run)}`);
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
      {answer.status === 'failed' && <ErrorBox error={answer.error} onRetry={answer.retry} />}
      {shown === null && answer.status === 'loading' && (
        <Waiting note={answer.note} onCancel={answer.cancel} skeleton="lines" />
      )}
      {shown !== null && (
        <>
          <div class="why-filling">
            {answer.status === 'loading' && <Progress note={answer.note} onCancel={answer.cancel} />}
          </div>
          <Spreads shown={shown} kind={targets.kind} filling={answer.status === 'loading'} />
          <Explanation
            see={t(
              'One dot for each draw: the answer when every weight gets its own small Gaussian noise (ε), and under dropout masks; the line is the answer of the network as it is.'
            )}
            look={t('Dots close to the line: an answer that does not hang on exact weights. Dots everywhere: it does.')}
          />
          <SoWhat text={closing(shown.answers.noise, shown.answers.masks, shown.sigma, targets)}>
            <Button onClick={() => setSigma(Math.min(1, Math.max(0.02, 2 * sigma)))}>{t('Double the noise')}</Button>
            <Button onClick={() => app.set({ view: 'effects', effect: 'features' })}>
              {t('Set the copies beside unseen pictures')}
            </Button>
          </SoWhat>
        </>
      )}
    </>
  );
}

interface Shown {
  readonly answers: ShakenAnswers;
  readonly sigma: number;
  readonly subject: string;
}

/** What is there so far; the draws of the setting before stay until the first new one has come. */
function useShown(answer: Loadable<ShakenAnswers>, sigma: number, subject: string): Shown | null {
  const last = useRef<Shown | null>(null);
  const now =
    answer.status === 'done' ? answer.value : answer.status === 'loading' ? (answer.note?.partial ?? null) : null;
  if (now !== null) last.current = { answers: now as ShakenAnswers, sigma, subject };
  // A note without a picture follows one that has brought it.
  return last.current?.subject === subject ? last.current : null;
}

function Spreads(props: { readonly shown: Shown; readonly kind: WhyTargets['kind']; readonly filling: boolean }) {
  const { shown, kind, filling } = props;
  const { noise, masks } = shown.answers;
  const all = [noise, ...(masks === null ? [] : [masks])];
  const values = all.flatMap(({ entries }) => entries.flatMap((one) => [...one.values, one.still]));
  const low = noise.probabilities ? 0 : Math.min(...values);
  const high = noise.probabilities ? 1 : Math.max(...values, low + 1e-9);
  return (
    <div class="why-spreads" aria-busy={filling}>
      <SpreadCard
        spread={noise}
        kind={kind}
        title={t('Weight noise, σ {0}', formatFixed(shown.sigma, 2))}
        low={low}
        high={high}
      />
      {masks !== null ? (
        <SpreadCard spread={masks} kind={kind} title={t('Dropout masks')} low={low} high={high} />
      ) : (
        <p class="empty">{t('No dropout masks beside it: this model has no dropout layer.')}</p>
      )}
    </div>
  );
}

function nameOf({ label, index }: AnswerSpread['entries'][number], kind: WhyTargets['kind']): string {
  if (label !== null) return label;
  switch (kind) {
    case 'classes':
      return t('class {0}', index);
    case 'channels':
      return t('output channel {0}', index);
    case 'values':
      return t('value {0}', index);
  }
}

function closing(noise: AnswerSpread, masks: AnswerSpread | null, sigma: number, targets: WhyTargets): string {
  const top = noise.entries.find((one) => one.index === targets.targets[0]?.index) ?? noise.entries[0];
  if (top === undefined) return '';
  const show = noise.probabilities ? formatShare : (value: number) => formatValue(value);
  if (targets.kind !== 'classes')
    return t(
      'With noise of {0}, {1} goes from {2} to {3} ± {4}.',
      formatFixed(sigma, 2),
      nameOf(top, targets.kind),
      show(top.still),
      show(top.mean),
      show(top.deviation)
    );
  const first = t(
    'With noise of {0}, {1} of {2} draws still answer {3} ({4} ± {5}).',
    formatFixed(sigma, 2),
    noise.agreeing,
    noise.draws,
    nameOf(top, targets.kind),
    show(top.mean),
    show(top.deviation)
  );
  return masks === null ? first : `${first} ${t('Under dropout masks {0} of {1} do.', masks.agreeing, masks.draws)}`;
}

/** @param props.low with `high`: the ends of the axis, which both cards share */
function SpreadCard(props: {
  readonly spread: AnswerSpread;
  readonly kind: WhyTargets['kind'];
  readonly title: string;
  readonly low: number;
  readonly high: number;
}) {
  const { spread, kind, title, low, high } = props;
  const show = spread.probabilities ? formatShare : (value: number) => formatValue(value);
  return (
    <section class="card" aria-label={title}>
      <strong>{title}</strong>
      {kind === 'classes' && (
        <span class="quiet">{t('{0} of {1} draws answer the same', spread.agreeing, spread.draws)}</span>
      )}
      <ol class="spread">
        {spread.entries.map((one) => (
          <li key={one.index}>
            <span class="ellipsis" title={nameOf(one, kind)}>
              {nameOf(one, kind)}
            </span>
            <Strip entry={one} low={low} high={high} name={nameOf(one, kind)} />
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
