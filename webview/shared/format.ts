/** Numbers as people read them: short on the page, exact in titles and copies; in the display language. */
import { inLanguage } from '../../src/core/numbers';
import { t } from '../l10n';

const exact = new Intl.NumberFormat('en-US', { maximumFractionDigits: 20 });

/** `93,322`; `?` where not known. */
export function formatExact(value: number | null): string {
  return value === null ? '?' : inLanguage(exact.format(value));
}

/** `12.3 M`; `?` where not known. */
export function formatShort(value: number | null): string {
  if (value === null) return '?';
  const size = Math.abs(value);
  if (size < 10_000) return inLanguage(exact.format(value));
  for (const [unit, scale] of [
    ['T', 1e12],
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3]
  ] as const) {
    if (size >= scale * 0.9995) return `${threeDigits(value / scale)} ${unit}`;
  }
  return inLanguage(exact.format(value));
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return inLanguage(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2));
}

/** `3.4 MB` (powers of ten). */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '?';
  if (bytes < 1000) return `${bytes} B`;
  const unit = bytes < 1e6 ? 'kB' : bytes < 1e9 ? 'MB' : 'GB';
  return `${threeDigits(bytes / (unit === 'kB' ? 1e3 : unit === 'MB' ? 1e6 : 1e9))} ${unit}`;
}

/** A weight or an activation: four significant digits, a real minus sign. */
export function formatValue(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e5 || size < 1e-3
      ? Number(value.toPrecision(digits)).toExponential()
      : Number(value.toPrecision(digits)).toString();
  return inLanguage(text).replace('-', '−');
}

/** A number with exactly `digits` decimals. */
export function formatFixed(value: number, digits: number): string {
  return inLanguage(value.toFixed(digits));
}

/** `98.2 %`, never a false 0 or 100. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (!Number.isFinite(percent)) return '?';
  if (percent > 0 && percent < 0.1) return `< ${inLanguage('0.1')} %`;
  if (percent > 99.9 && percent < 100) return `> ${inLanguage('99.9')} %`;
  return `${formatFixed(percent, percent === 0 || percent === 100 ? 0 : 1)} %`;
}

/** `28 × 28 × 1` for sizes without a batch axis. */
export function formatSizes(sizes: readonly (number | null)[]): string {
  return sizes.length === 0 ? t('scalar') : sizes.map((size) => size ?? '?').join(' × ');
}
