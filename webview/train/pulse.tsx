/** How each layer is learning: size of its gradient, of its steps relative to its weights, and its silent channels. */
import type { LayerPulse } from '../../src/protocol/training';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { formatShare, formatValue } from '../shared/format';

/** Update-to-weight ratios are drawn from 1e-6 to 1; about 1e-3 is healthy, 1e-1 tears, 1e-6 sleeps. */
const lowest = -6;
const healthy = [1e-4, 1e-2] as const;

function logShare(value: number, from: number, to: number): number {
  if (!(value > 0)) return 0;
  return Math.max(0, Math.min(1, (Math.log10(value) - from) / (to - from)));
}

/** In words, beside the bar: colour alone says nothing. */
function ratioWords(ratio: number): string {
  if (!(ratio > 0)) return t('rests');
  if (ratio < healthy[0]) return t('slow');
  if (ratio > 0.1) return t('tears');
  return ratio > healthy[1] ? t('fast') : t('healthy');
}

export function Pulse({ pulses, epoch }: { readonly pulses: readonly LayerPulse[]; readonly epoch: number }) {
  if (pulses.length === 0) return null;
  const norms = pulses.map((pulse) => Math.log10(Math.max(1e-12, pulse.gradientNorm)));
  const high = Math.ceil(Math.max(...norms));
  const low = Math.min(high - 1, Math.floor(Math.min(...norms)));
  const percent = (share: number) => ({ width: `${String(100 * share)}%` });
  const band = {
    left: `${String(100 * logShare(healthy[0], lowest, 0))}%`,
    width: `${String(100 * (logShare(healthy[1], lowest, 0) - logShare(healthy[0], lowest, 0)))}%`
  };
  return (
    <section class="card" aria-label={t('How each layer learns')}>
      <h2>{t('How each layer learns')}</h2>
      <p class="quiet">
        {t(
          'Measured on the last step of epoch {0}. Bars on logarithmic scales: gradient norm {1} to {2}; step over weights 1e−6 to 1, the band from 1e−4 to 1e−2 is healthy.',
          epoch,
          formatValue(10 ** low),
          formatValue(10 ** high)
        )}
      </p>
      <div class="numbers-scroll" tabIndex={0} role="group" aria-label={t('Numbers of each layer')}>
        <table class="pulse">
          <thead>
            <tr>
              <th scope="col">{t('Layer')}</th>
              <th scope="col">{t('gradient norm')}</th>
              <th scope="col">{t('step / weights')}</th>
              <th scope="col">{t('dead units')}</th>
            </tr>
          </thead>
          <tbody>
            {pulses.map((pulse) => (
              <tr key={pulse.layer}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => selectLayer(pulse.layer, 'kernels')}>
                    {pulse.layer}
                  </button>
                </th>
                <td>
                  <span class="pulse-bar" aria-hidden="true">
                    <span style={percent(logShare(pulse.gradientNorm, low, high))} />
                  </span>
                  <span class="pulse-value">{formatValue(pulse.gradientNorm)}</span>
                </td>
                <td>
                  <span class="pulse-bar pulse-ratio" aria-hidden="true">
                    <i style={band} />
                    <span style={percent(logShare(pulse.updateRatio, lowest, 0))} />
                  </span>
                  <span class="pulse-value">
                    {formatValue(pulse.updateRatio, 2)} <span class="quiet">{ratioWords(pulse.updateRatio)}</span>
                  </span>
                </td>
                <td>
                  {pulse.dead === null ? (
                    <span class="quiet">—</span>
                  ) : (
                    <>
                      <span class="pulse-bar pulse-dead" aria-hidden="true">
                        <span style={percent(pulse.dead)} />
                      </span>
                      <span class="pulse-value">{formatShare(pulse.dead)}</span>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
