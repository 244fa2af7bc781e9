import type { LayerRow } from '../../../src/core/summary';
import { t } from '../../l10n';
import { LayersWith } from '../effects';

export function Pooling({ layer }: { readonly layer: LayerRow | null }) {
  if (layer === null) return <LayersWith effect="pooling" none={t('This model has no such layer.')} />;
  return <p class="empty">{layer.name}</p>;
}
