/** The line above a model definition, without VS Code. */
import { exactCount, shortCount } from '../../core/format';
import type { Totals } from '../../core/summary';
import type { Translate } from './hoverText';

/** `Inspect · 93,322 params · 12.3 M MACs`; counts that are not known are left out. */
export function lensTitle(totals: Totals, t: Translate): string {
  const parts = [t('Inspect')];
  if (totals.params !== null) parts.push(t('{0} params', exactCount(totals.params)));
  if (totals.params !== null && totals.macs !== null) parts.push(t('{0} MACs', shortCount(totals.macs)));
  return parts.join(' · ');
}
