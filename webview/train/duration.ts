/** Durations in words, as exact as they are sure. */
import { t } from '../l10n';

/** `about 30 s`, `about 3 min`, `about 1 h 20 min`; seconds. */
export function aboutDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return t('for an unknown time');
  if (seconds < 1) return t('under a second');
  return t('about {0}', duration(seconds));
}

/** `42 s`, `2 min 40 s`, `1 h 20 min`; seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 90) return t('{0} s', Math.round(seconds));
  if (seconds < 600) {
    const tens = Math.round(seconds / 10) * 10;
    return tens % 60 === 0 ? t('{0} min', tens / 60) : t('{0} min {1} s', Math.floor(tens / 60), tens % 60);
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('{0} min', minutes);
  return minutes % 60 === 0 ? t('{0} h', minutes / 60) : t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}
