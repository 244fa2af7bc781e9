/** The arithmetic of one window: its cells, the winner or the weights, the result. */
import type { PooledMap } from '../../../src/protocol/effects/pooling';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { flatOf, type Cell } from '../cells/linked';

const mostCells = 64;

export function WindowNumbers({ map, cell }: { readonly map: PooledMap; readonly cell: Cell }) {
  const { axes, input, output } = map;
  const flat = flatOf(axes, cell);
  const [depths, rows, columns] = [0, 1, 2].map((axis) => axes[axis]?.indices[cell[axis] ?? 0] ?? []);
  const count = (depths?.length ?? 1) * (rows?.length ?? 1) * (columns?.length ?? 1);
  const value = output.values[flat] ?? 0;
  const winner = map.winners[flat] ?? -1;
  const divisor = map.divisors[flat] ?? 1;
  const result = <b>{formatValue(value, 5)}</b>;
  const [, height, width] = input.size;
  if (count > mostCells) {
    return (
      <p class="window-sum">
        {map.operation === 'max'
          ? t(
              'the largest of {0} values, at row {1}, column {2}',
              count,
              Math.floor((winner % (height * width)) / width),
              winner % width
            )
          : t('the mean of {0} values: each weighs 1/{1}', count, divisor)}{' '}
        → {result}
      </p>
    );
  }
  const inside = (index: number | null, size: number): index is number => index !== null && index >= 0 && index < size;
  return (
    <div class="window-sum">
      {(depths ?? []).map((d) => (
        <div key={d} class="numbers-scroll">
          <table class={`number-grid ${(columns?.length ?? 0) > 6 ? 'tight' : ''}`} aria-label={t('The window')}>
            <tbody>
              {(rows ?? []).map((y) => (
                <tr key={y}>
                  {(columns ?? []).map((x) => {
                    if (!inside(d, input.size[0]) || !inside(y, height) || !inside(x, width))
                      return (
                        <td key={x} class="padding" title={t('padding')}>
                          {map.operation === 'max' ? '−∞' : '0'}
                        </td>
                      );
                    const at = (d * height + y) * width + x;
                    return (
                      <td key={x} class={at === winner ? 'winner' : ''} title={String(input.values[at] ?? 0)}>
                        {formatValue(input.values[at] ?? 0, (columns?.length ?? 0) > 6 ? 2 : 3)}
                        {map.operation === 'average' && count <= 9 && <small> × 1/{divisor}</small>}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
      <span>
        {map.operation === 'max' ? t('the largest') : t('the mean of {0} values: each weighs 1/{1}', count, divisor)} →{' '}
        {result}
      </span>
    </div>
  );
}
