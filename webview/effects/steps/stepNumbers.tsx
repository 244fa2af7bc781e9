/** The number at the play head: products, the sums of the input channels, bias, activation, and what the runtime holds. */
import type { SlidMap } from '../../../src/protocol/effects/steps';
import type { PixelProof } from '../../../src/protocol/running';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { Products } from './productGrid';

export interface StepNumbersProps {
  readonly map: SlidMap;
  /** Values under the kernel in the shown channel. */
  readonly patch: readonly (number | null)[];
  /** Of this position, or of the one before while its own is on the way. */
  readonly proof: PixelProof | null;
  readonly fresh: boolean;
  readonly onChannel: (channel: number) => void;
}

export function StepNumbers({ map, patch, proof, fresh, onChannel }: StepNumbersProps) {
  const steps = proof?.steps ?? null;
  const known = steps?.kind === 'convolution' ? steps : null;
  return (
    <section class="card" aria-label={t('The sum at the play head')}>
      <strong>{t('Input channel {0}: patch × kernel', map.channel)}</strong>
      <Products patch={patch} kernel={map.kernel} columns={map.axes[2].kernel} rows={map.axes[1].kernel} />
      {map.kind === 'separableConv' && (
        <p class="quiet">
          {t(
            'The kernel shown is what its two steps come to: the channel’s own (depthwise) kernel times the pointwise weight from this channel to the filter.'
          )}
        </p>
      )}
      {map.axes[0].kernel > 1 && <p class="quiet">{t('The slices of the kernel stand below one another.')}</p>}
      {steps?.kind === 'none' && <p class="note">{steps.reason}</p>}
      {known !== null && proof !== null && (
        <div class={fresh ? '' : 'stale'}>
          {known.totalChannels > 1 && <ChannelSums steps={known} shown={map.channel} onChannel={onChannel} />}
          <p class="sum-line">
            {known.totalChannels > 1 ? t('Σ of {0} channels', known.totalChannels) : 'Σ'}{' '}
            <b>{formatValue(known.sumOfProducts, 6)}</b> {known.bias < 0 ? '−' : '+'}{' '}
            {t('bias {0}', formatValue(Math.abs(known.bias), 6))}{' '}
            {known.activation === '' ? '→' : `→ ${known.activation} →`} <b>{formatValue(known.value, 6)}</b>
          </p>
          <Agreement proof={proof} value={known.value} />
        </div>
      )}
    </section>
  );
}

type ConvolutionSteps = Extract<PixelProof['steps'], { readonly kind: 'convolution' }>;

function ChannelSums(props: {
  readonly steps: ConvolutionSteps;
  readonly shown: number;
  readonly onChannel: (channel: number) => void;
}) {
  const { steps, shown } = props;
  const listed = steps.channels.slice(0, 8);
  const rest = steps.sumOfProducts - listed.reduce((sum, one) => sum + one.sum, 0);
  const largest = Math.max(1e-12, ...listed.map((one) => Math.abs(one.sum)), Math.abs(rest));
  const bar = (sum: number) => ({
    width: `${String((Math.abs(sum) / largest) * 50)}%`,
    left: sum < 0 ? `${String(50 - (Math.abs(sum) / largest) * 50)}%` : '50%'
  });
  return (
    <ol class="channel-sums" aria-label={t('Sums of the input channels, the largest first')}>
      {listed.map((one) => (
        <li key={one.channel}>
          <button type="button" aria-pressed={one.channel === shown} onClick={() => props.onChannel(one.channel)}>
            {t('in {0}', one.channel)}
          </button>
          <span class="signed-bar" aria-hidden="true">
            <span class={one.sum < 0 ? 'negative' : ''} style={bar(one.sum)} />
          </span>
          <span>{formatValue(one.sum, 5)}</span>
        </li>
      ))}
      {steps.totalChannels > listed.length && (
        <li>
          <span class="quiet">{t('{0} others', steps.totalChannels - listed.length)}</span>
          <span class="signed-bar" aria-hidden="true">
            <span class={rest < 0 ? 'negative' : ''} style={bar(rest)} />
          </span>
          <span>{formatValue(rest, 5)}</span>
        </li>
      )}
    </ol>
  );
}

function Agreement({ proof, value }: { readonly proof: PixelProof; readonly value: number }) {
  const equal = Object.is(value, proof.runtimeValue) || Math.abs(value - proof.runtimeValue) <= proof.tolerance;
  return (
    <p class={equal ? 'step-agrees' : 'differs'} title={`|Δ| ≤ ${formatValue(proof.tolerance)}`}>
      {equal
        ? t('✓ equal to the runtime’s value {0}', formatValue(proof.runtimeValue, 6))
        : t('✗ the runtime holds {0}', formatValue(proof.runtimeValue, 6))}
    </p>
  );
}
