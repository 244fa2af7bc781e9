/** Gamma and beta of a channel by hand: its map and the answer change while the sliders move. */
import { useRef, useState } from 'preact/hooks';
import type { GammaBeta, NormTweak, NormXray } from '../../../src/protocol/effects/normalization';
import type { LayerRow } from '../../../src/core/summary';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { Explanation, Legend, SoWhat } from '../../shared/parts';
import { useFollowing } from '../../shared/steady';
import { useRequest } from '../../shared/useRequest';
import { ErrorBox, Loaded, Skeleton } from '../../shared/waiting';
import { app, useApp } from '../../state';
import type { Section } from './normalization';
import { SliceSlider } from './oneChannel';

interface Props {
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly go: (section: Section) => void;
}

export function Parameters(props: Props) {
  const { layer, occurrence } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  // Two inputs: only the layer's own numbers are read from this answer.
  const xray = useRequest('normalizationXray', { model, layer: layer.id, occurrence, set: null, size: 2, mode: null });
  return (
    <>
      <Loaded of={xray} skeleton="lines">
        {(value) => <OfLayer {...props} model={model} xray={value} />}
      </Loaded>
      <Explanation
        see={t(
          'The map of one channel and the answer for the input now set, before and with the gamma and beta you choose.'
        )}
        look={t(
          'Gamma stretches the normalised map, beta moves it; what stays below zero is cut off by a ReLU behind. A channel whose sliders change nothing is not needed for this input.'
        )}
      />
    </>
  );
}

function OfLayer({ layer, occurrence, go, model, xray }: Props & { readonly model: string; readonly xray: NormXray }) {
  const pinned = useApp((state) => state.channel);
  const channel = Math.min(pinned ?? 0, xray.channels - 1);
  const [changes, setChanges] = useState<readonly GammaBeta[]>([]);
  const own: GammaBeta = { channel, gamma: xray.gamma?.[channel] ?? 1, beta: xray.beta?.[channel] ?? 0 };
  const now = changes.find((one) => one.channel === channel) ?? own;
  const set = (next: GammaBeta) => setChanges([...changes.filter((one) => one.channel !== channel), next]);
  const gammas = limits(xray.gamma, 1);
  const betas = limits(xray.beta, 0);
  if (xray.gamma === null && xray.beta === null)
    return <p class="empty">{t('This layer has neither gamma nor beta: there is nothing to drag.')}</p>;
  if (!xray.perChannel)
    return (
      <p class="empty">
        {t('This layer has a gamma and a beta for each position: channels cannot be dragged as one.')}
      </p>
    );
  return (
    <>
      <div class="tools">
        <label class="slider">
          {t('Channel {0} of {1}', channel, xray.channels)}
          <input
            type="range"
            min={0}
            max={xray.channels - 1}
            value={channel}
            onInput={(event) => app.set({ channel: Number(event.currentTarget.value) })}
          />
        </label>
        {changes.length > 0 && (
          <span class="chip norm-chip">
            {changes.length === 1 ? t('1 change') : t('{0} changes', changes.length)}
            <button type="button" class="link" onClick={() => setChanges([])}>
              {t('Reset')}
            </button>
          </span>
        )}
      </div>
      <div class="norm-sliders">
        {xray.gamma !== null && (
          <Slider
            name="gamma"
            value={now.gamma}
            own={own.gamma}
            range={gammas}
            onInput={(gamma) => set({ ...now, gamma })}
          />
        )}
        {xray.beta !== null && (
          <Slider name="beta" value={now.beta} own={own.beta} range={betas} onInput={(beta) => set({ ...now, beta })} />
        )}
        {xray.gamma !== null && (
          <Button onClick={() => set({ channel, gamma: 0, beta: xray.beta === null ? now.beta : 0 })}>
            {t('Switch the channel off')}
          </Button>
        )}
      </div>
      <Result
        volume={xray.shape.length === 5}
        model={model}
        layer={layer.id}
        occurrence={occurrence}
        channel={channel}
        changes={changes}
        go={go}
      />
    </>
  );
}

function Slider(props: {
  readonly name: string;
  readonly value: number;
  readonly own: number;
  readonly range: readonly [number, number];
  readonly onInput: (value: number) => void;
}) {
  const { name, value, own, range } = props;
  return (
    <label class="norm-slider">
      <span>
        {name} <strong>{formatValue(value)}</strong> <span class="quiet">{t('own: {0}', formatValue(own))}</span>
      </span>
      <input
        type="range"
        min={range[0]}
        max={range[1]}
        step={(range[1] - range[0]) / 200}
        value={value}
        aria-valuetext={formatValue(value)}
        onInput={(event) => props.onInput(Number(event.currentTarget.value))}
      />
    </label>
  );
}

/** Around all values of the layer, symmetric about zero, with room. */
function limits(values: Float32Array | null, least: number): readonly [number, number] {
  const largest = Math.max(least, 0.5, ...Array.from(values ?? [], Math.abs));
  return [-2 * largest, 2 * largest];
}

interface Asked {
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
  readonly channel: number;
  readonly changes: readonly GammaBeta[];
}

/** The last answer stays in sight until the next one is there. */
function Result(props: Asked & { readonly volume: boolean; readonly go: (section: Section) => void }) {
  const { model, layer, occurrence, channel, go } = props;
  const label = useApp((state) => state.inputs[0]?.prepared?.label ?? '');
  const [changes, ask] = useState(props.changes);
  const depth = useApp((state) => (props.volume ? state.depth : 0));
  const found = useRequest('normalizationTweak', { model, layer, occurrence, channel, depth, changes }, label);
  useFollowing(props.changes, found.status === 'loading', 60, ask);
  const last = useRef<NormTweak | null>(null);
  if (found.status === 'done') last.current = found.value;
  if (found.status === 'failed' && found.error.kind !== 'cancelled')
    return <ErrorBox error={found.error} onRetry={found.retry} />;
  const shown = last.current;
  if (shown === null) return <Skeleton kind="block" />;
  const { answer, logits } = shown;
  return (
    <>
      <SliceSlider slice={shown.slice} slices={shown.slices} />
      {shown.before.width * shown.before.height > 1 && (
        <>
          <div class="norm-maps">
            <div class="norm-map">
              <span>{t('own gamma and beta')}</span>
              <PixelCanvas pixels={shown.before} label={t('Map of channel {0} before the change', channel)} />
            </div>
            <div class="norm-map">
              <span>{t('with your changes')}</span>
              <PixelCanvas pixels={shown.after} label={t('Map of channel {0} with the change', channel)} />
            </div>
          </div>
          <Legend colormap="diverging" min={shown.range.min} max={shown.range.max} note={t('one scale for both')} />
        </>
      )}
      <div class="norm-pair">
        <div class="norm-half">
          <h3>{t('Answer')}</h3>
          <AnswerBars change={answer} label={t('Answer before and after the change')} />
        </div>
        {logits !== null && (
          <div class="norm-half">
            <h3>{t('Logits')}</h3>
            <AnswerBars change={logits} label={t('Logits before and after the change')} />
          </div>
        )}
      </div>
      <SoWhat text={words(answer, props.changes.length)}>
        <Button onClick={() => go('fold')}>{t('Fold it away')}</Button>
      </SoWhat>
    </>
  );
}

function words(answer: NormTweak['answer'], changes: number): string {
  if (changes === 0)
    return t('Nothing is changed: drag gamma or beta to see how much this answer leans on the channel.');
  const size = answer.probabilities ? formatShare(answer.largestDifference) : formatValue(answer.largestDifference);
  if (changes === 1)
    return answer.flipped
      ? t('Your change turns the answer into another one; an output moves by up to {0}.', size)
      : t('The answer stays under your change; an output moves by up to {0}.', size);
  return answer.flipped
    ? t('Your {0} changes turn the answer into another one; an output moves by up to {1}.', changes, size)
    : t('The answer stays under your {0} changes; an output moves by up to {1}.', changes, size);
}
