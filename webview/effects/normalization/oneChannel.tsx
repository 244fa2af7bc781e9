/** One channel large: its histograms, its map before and after, and one activation worked by hand. */
import { useState } from 'preact/hooks';
import type { LayerBatch, NormChannel, NormPixel, NormXray } from '../../../src/protocol/effects/normalization';
import type { Pixels } from '../../../src/protocol/values';
import { t } from '../../l10n';
import { PixelCanvas } from '../../shared/canvas';
import { formatExact, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { BusyLine } from '../../shared/busyLine';
import { useSteady } from '../../shared/steady';
import { StageHistograms } from './stageCharts';

interface Choice {
  readonly sample: number;
  readonly pixel: readonly [number, number] | null;
}

export function OneChannel(props: {
  readonly ask: LayerBatch;
  readonly channel: number;
  readonly xray: NormXray;
  readonly version: string;
}) {
  const { ask, channel, xray } = props;
  const [{ sample, pixel }, choose] = useState<Choice>({ sample: 0, pixel: null });
  const shown = Math.min(sample, xray.batch.size - 1);
  const volume = xray.shape.length === 5;
  const depth = useApp((state) => (volume ? state.depth : 0));
  const asked = useRequest('normalizationChannel', { ...ask, channel, sample: shown, pixel, depth }, props.version);
  // The slider and the cross keep the focus while the next answer is on its way.
  const { shown: answer, busy } = useSteady(asked, JSON.stringify([ask, channel, props.version]));
  return (
    <section class="card">
      <h2>{t('Channel {0}', channel)}</h2>
      <BusyLine busy={busy} />
      <Loaded of={answer} skeleton="block">
        {(value) => (
          <>
            <StageHistograms
              edges={value.edges}
              counts={value.counts}
              label={t('Activations of channel {0} before, normalised, and after gamma and beta', channel)}
            />
            <div class="tools">
              <label class="slider">
                {t('Picture {0} of {1}', shown + 1, xray.batch.size)}
                <input
                  type="range"
                  min={0}
                  max={xray.batch.size - 1}
                  value={shown}
                  onInput={(event) => choose({ sample: Number(event.currentTarget.value), pixel: null })}
                />
              </label>
              <SliceSlider slice={value.slice} slices={value.slices} />
            </div>
            <Maps value={value} onPixel={(next) => choose({ sample: shown, pixel: next })} />
            <Arithmetic pixel={value.pixel} epsilon={xray.epsilon} rms={xray.form === 'rms'} />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Where a volume is cut, for every view. */
export function SliceSlider({ slice, slices }: { readonly slice: number; readonly slices: number }) {
  if (slices <= 1) return null;
  return (
    <label class="slider">
      {t('Slice {0} of {1}', slice + 1, slices)}
      <input
        type="range"
        min={0}
        max={slices - 1}
        value={slice}
        onInput={(event) => app.set({ depth: (Number(event.currentTarget.value) + 0.5) / slices })}
      />
    </label>
  );
}

function Maps({
  value,
  onPixel
}: {
  readonly value: NormChannel;
  readonly onPixel: (pixel: [number, number]) => void;
}) {
  const { width, height } = value.before;
  if (width * height === 1) return null;
  const { position } = value.pixel;
  return (
    <div class="norm-maps">
      <PickMap
        title={t('before')}
        pixels={value.before}
        range={value.beforeRange}
        position={position}
        onPixel={onPixel}
      />
      <PickMap title={t('after')} pixels={value.after} range={value.afterRange} position={position} onPixel={onPixel} />
    </div>
  );
}

function PickMap(props: {
  readonly title: string;
  readonly pixels: Pixels;
  readonly range: { readonly min: number; readonly max: number };
  readonly position: readonly [number, number];
  readonly onPixel: (pixel: [number, number]) => void;
}) {
  const { pixels, position, onPixel } = props;
  const { width, height } = pixels;
  const [row, column] = position;
  const go = (dy: number, dx: number) =>
    onPixel([Math.max(0, Math.min(height - 1, row + dy)), Math.max(0, Math.min(width - 1, column + dx))]);
  return (
    <div class="norm-map">
      <span>{props.title}</span>
      <div
        class="norm-pick"
        role="slider"
        tabIndex={0}
        aria-label={t('Activation, row and column; the arrow keys move')}
        aria-valuemin={0}
        aria-valuemax={width * height - 1}
        aria-valuenow={row * width + column}
        aria-valuetext={t('row {0}, column {1}', row, column)}
        onKeyDown={(event) => {
          const steps: Readonly<Record<string, readonly [number, number]>> = {
            ArrowUp: [-1, 0],
            ArrowDown: [1, 0],
            ArrowLeft: [0, -1],
            ArrowRight: [0, 1]
          };
          const step = steps[event.key];
          if (step === undefined) return;
          go(step[0], step[1]);
          event.preventDefault();
        }}
        onClick={(event) => {
          const area = event.currentTarget.getBoundingClientRect();
          const y = Math.floor(((event.clientY - area.top) / area.height) * height);
          const x = Math.floor(((event.clientX - area.left) / area.width) * width);
          onPixel([Math.max(0, Math.min(height - 1, y)), Math.max(0, Math.min(width - 1, x))]);
        }}
      >
        <PixelCanvas pixels={pixels} label={props.title} />
        <i
          class="norm-cross"
          style={{
            left: `${(column / width) * 100}%`,
            top: `${(row / height) * 100}%`,
            width: `${100 / width}%`,
            height: `${100 / height}%`
          }}
        />
      </div>
      <Legend colormap="diverging" min={props.range.min} max={props.range.max} note={t('its own scale')} />
    </div>
  );
}

/** Largest |difference| that single precision explains. */
const tolerance = 1e-5;

function Arithmetic({
  pixel,
  epsilon,
  rms
}: {
  readonly pixel: NormPixel;
  readonly epsilon: number;
  readonly rms: boolean;
}) {
  const v = (value: number) => formatValue(value, 4);
  const { x, mean, variance, deviation, normalized, gamma, beta, value, runtime } = pixel;
  const equal = Math.abs(value - runtime) <= tolerance * Math.max(1, Math.abs(runtime));
  const top = rms ? v(x) : `(${v(x)} − ${bracketed(mean)})`;
  return (
    <div class="norm-arithmetic">
      <p>
        <strong>
          {t(
            'The activation in row {0}, column {1} of picture {2}:',
            pixel.position[0],
            pixel.position[1],
            pixel.sample + 1
          )}
        </strong>
      </p>
      <table class="facts">
        <tbody>
          <tr>
            <th scope="row">{rms ? t('root mean square') : t('deviation')}</th>
            <td>
              √({v(variance)} + {formatExact(epsilon)}) = {v(deviation)}
            </td>
          </tr>
          <tr>
            <th scope="row">{t('normalised')}</th>
            <td>
              {top} / {v(deviation)} = <strong>{v(normalized)}</strong>
            </td>
          </tr>
          <tr>
            <th scope="row">{t('after gamma and beta')}</th>
            <td>
              {gamma === null ? '1' : v(gamma)} × {bracketed(normalized)} + {beta === null ? '0' : bracketed(beta)} ={' '}
              <strong>{v(value)}</strong>
              {gamma === null && <span class="quiet"> {t('(no gamma: 1)')}</span>}
              {beta === null && <span class="quiet"> {t('(no beta: 0)')}</span>}
            </td>
          </tr>
          <tr>
            <th scope="row">{t('runtime')}</th>
            <td class={equal ? 'agrees' : 'differs'}>
              {equal ? t('✓ equal to the runtime: {0}', v(runtime)) : t('the runtime holds {0}', formatExact(runtime))}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function bracketed(value: number): string {
  const text = formatValue(value, 4);
  return value < 0 ? `(${text})` : text;
}
