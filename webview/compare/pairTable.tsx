/** The layers of two networks in one table: pairs, how far their kernels lie apart, and what has no counterpart. */
import type { ModelComparison, PairOfLayers } from '../../src/protocol/compare';
import type { OpenedModel } from '../../src/protocol/requests';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { formatShare } from '../shared/format';
import { findLayer, useApp } from '../state';

export function PairTable(props: { readonly comparison: ModelComparison; readonly other: OpenedModel }) {
  const { comparison, other } = props;
  const opened = useApp((state) => state.opened);
  const selected = useApp((state) => state.layer);
  return (
    <>
      <div class="pair-scroll" tabIndex={0} role="group" aria-label={t('Layers side by side')}>
        <table class="facts pairs">
          <thead>
            <tr>
              <th scope="col">A</th>
              <th scope="col">B</th>
              <th scope="col">{t('Kernels apart')}</th>
            </tr>
          </thead>
          <tbody>
            {comparison.pairs.map((pair) => (
              <tr key={pair.a} aria-selected={pair.a === selected} class={pair.a === selected ? 'selected' : ''}>
                <td>
                  <button type="button" class="link" onClick={() => selectLayer(pair.a)}>
                    {findLayer(opened, pair.a)?.name ?? pair.a}
                  </button>
                </td>
                <td>
                  {findLayer(other, pair.b)?.name ?? pair.b}
                  {pair.how === 'shape' && <span class="quiet"> {t('(by shape)')}</span>}
                </td>
                <td>
                  <Apart pair={pair} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Alone title={t('Only in A')} names={comparison.onlyA} />
      <Alone title={t('Only in B')} names={comparison.onlyB} />
    </>
  );
}

/** The relative distance as a bar that is full at 100 %. */
function Apart({ pair: { kernels } }: { readonly pair: PairOfLayers }) {
  if (kernels === null) return <span class="quiet">{t('no kernel')}</span>;
  if (!kernels.comparable) return <span class="quiet">{kernels.reason}</span>;
  if (kernels.largest === 0) return <span>{t('equal')}</span>;
  const { relative } = kernels;
  return (
    <span class="apart" title={t('|B − A| / |A| over all weights of the kernel')}>
      <span class="bar">
        <span style={{ width: `${String(Math.min(1, relative ?? 1) * 100)}%` }} />
      </span>
      {relative === null ? '?' : formatShare(relative)}
    </span>
  );
}

function Alone({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p class="quiet">
      {title}: {names.slice(0, 40).join(', ')}
      {names.length > 40 ? t(' and {0} more', names.length - 40) : ''}
    </p>
  );
}
