/** What a model file's bytes are: weights, the optimizer's state, everything else. */
import type { ModelSummary } from '../../src/core/summary';
import { t } from '../l10n';
import { formatBytes, formatShare } from '../shared/format';
import { ShareBar } from '../shared/parts';

export function FileBytes({ bytes }: { readonly bytes: NonNullable<ModelSummary['fileBytes']> }) {
  const total = bytes.weights + bytes.optimizer + bytes.other;
  const parts = [
    { name: t('Weights'), size: bytes.weights },
    { name: t('Optimizer state'), size: bytes.optimizer },
    { name: t('Architecture and the rest'), size: bytes.other }
  ];
  return (
    <>
      <h2>{t('The file: {0}', formatBytes(total))}</h2>
      <ul class="heaviest file-bytes">
        {parts.map(({ name, size }) => (
          <li key={name}>
            <span>{name}</span>
            <ShareBar share={total > 0 ? size / total : 0} of={name} />
            <span>
              {formatBytes(size)} · {formatShare(total > 0 ? size / total : 0)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
