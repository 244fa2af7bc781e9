/** The sum behind one number, next to the value the runtime holds. */
import type { PixelProof } from '../../src/protocol/running';
import { NumberGrid } from '../kernels/filterNumbers';
import { t } from '../l10n';
import { formatValue } from '../shared/format';

function agrees(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= tolerance;
}

export function Proof({ proof }: { readonly proof: PixelProof }) {
  const { steps } = proof;
  if (steps.kind === 'none') return <p class="note">{steps.reason}</p>;
  const equal = agrees(steps.value, proof.runtimeValue, proof.tolerance);
  return (
    <div class="proof">
      {steps.kind === 'convolution' && (
        <>
          <p>
            {t('Σ patch × kernel = {0}', formatValue(steps.sumOfProducts, 6))} {steps.bias < 0 ? '−' : '+'}{' '}
            {t('bias {0}', formatValue(Math.abs(steps.bias), 6))} → {steps.activation} →{' '}
            <b>{formatValue(steps.value, 6)}</b>
          </p>
          <p class="quiet">
            {t('{0} of {1} input channels, largest contributions first', steps.channels.length, steps.totalChannels)}
          </p>
          {steps.channels.slice(0, 4).map((one) => {
            const columns = steps.kernelSize.at(-1) ?? 1;
            const products = one.patch.map((value, index) => value * (one.kernel[index] ?? 0));
            return (
              <div key={one.channel} class="proof-row" role="group" aria-label={t('Input channel {0}', one.channel)}>
                <span class="quiet">{t('in {0}', one.channel)}</span>
                <NumberGrid values={one.patch} columns={columns} /> ×{' '}
                <NumberGrid values={one.kernel} columns={columns} /> ={' '}
                <NumberGrid values={products} columns={columns} />
                <span>Σ {formatValue(one.sum, 5)}</span>
              </div>
            );
          })}
        </>
      )}
      {steps.kind === 'window' && (
        <div class="proof-row">
          <NumberGrid values={steps.window} columns={steps.size.at(-1) ?? 1} />
          <span>
            {steps.operation === 'max' ? t('the largest') : t('the mean')} → <b>{formatValue(steps.value, 6)}</b>
          </span>
        </div>
      )}
      {steps.kind === 'formula' && (
        <p>
          <code>{steps.text}</code> ·{' '}
          {steps.terms.map((term) => `${term.name} = ${formatValue(term.value, 6)}`).join(', ')} →{' '}
          <b>{formatValue(steps.value, 6)}</b>
        </p>
      )}
      <p class={equal ? 'agrees' : 'differs'} title={`|Δ| ≤ ${formatValue(proof.tolerance)}`}>
        {equal
          ? t('✓ equal to the runtime’s value {0}', formatValue(proof.runtimeValue, 6))
          : t('✗ the runtime holds {0}', formatValue(proof.runtimeValue, 6))}
      </p>
    </div>
  );
}
