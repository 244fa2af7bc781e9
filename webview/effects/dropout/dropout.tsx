import type { LayerRow } from '../../../src/core/summary';
import { t } from '../../l10n';
import { LayersWith } from '../effects';

export function Dropout({ layer }: { readonly layer: LayerRow | null }) {
  if (layer === null) return <LayersWith effect="dropout" none={t('This model has no such layer.')} />;
  return <p class="empty">{layer.name}</p>;
}
