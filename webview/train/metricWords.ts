/** Metrics by name, in words and as numbers a person reads. */
import { t } from '../l10n';
import { formatShare, formatValue } from '../shared/format';

const shares = /accuracy|precision|recall|auc|f1|iou/i;

/** Whether a metric lies in [0, 1] and is read as a share. A run without names is one of accuracy. */
export function isShare(name: string | undefined): boolean {
  return name === undefined || shares.test(name);
}

export function metricWords(name: string | undefined, index: number): string {
  if (name === undefined) return index === 0 ? t('accuracy') : t('metric {0}', index + 1);
  return /accuracy|^acc$/i.test(name) && !/top|binary/i.test(name) ? t('accuracy') : name.replaceAll('_', ' ');
}

export function showMetric(name: string | undefined, value: number): string {
  return isShare(name) ? formatShare(value) : formatValue(value);
}
