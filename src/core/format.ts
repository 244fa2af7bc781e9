/** Numbers as a person reads them: short on the page, exact where it counts. One style for panel, hover and command line. */
import { inLanguage } from './numbers';

const THIN = '\u00a0';
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three significant digits, without a tail of zeros that says nothing: 12.3, 1.05, 640. */
function threeDigits(value: number): string {
  return inLanguage(value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2));
}

function withUnit(value: number, units: readonly string[], plainBelow: number): string {
  if (Math.abs(value) < plainBelow)
    return `${inLanguage(String(value))}${units[0] === '' ? '' : THIN + (units[0] ?? '')}`;
  let scaled = Math.abs(value);
  let unit = 0;
  // 999,950 would otherwise read "1000 k".
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${value < 0 ? '-' : ''}${threeDigits(scaled)}${THIN}${units[unit] ?? ''}`;
}

/** `12.3 M`, `4.12 k`, `640`; `?` where the count is not known. The space does not break. */
export function shortCount(value: number | null): string {
  return value === null ? '?' : withUnit(value, COUNT_UNITS, 1000);
}

/** `12.3 MB` (powers of 1000); `?` where not known. */
export function shortBytes(value: number | null): string {
  return value === null ? '?' : withUnit(value, BYTE_UNITS, 1000);
}

/** `12,345,678`, in the display language, not the machine's; `?` where not known. */
export function exactCount(value: number | null): string {
  if (value === null) return '?';
  const [whole = '', fraction] = String(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return inLanguage(fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

/** A measured value in at most `digits` significant digits: `0.0123`, `1.2e-7`, `-3`. */
export function shortValue(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return value.toExponential(digits - 1).replace('e+', 'e');
  return String(Number(value.toPrecision(digits)));
}

/** `98.2%` of a share in [0, 1]. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
