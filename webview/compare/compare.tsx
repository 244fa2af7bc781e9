import { t } from '../l10n';

export function Compare() {
  return <p class="empty">{t('Compare')}</p>;
}
