/** Patch times kernel, element by element. */
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { colourOf, scaleFor } from '../cells/paint';

export interface ProductsProps {
  /** Row-major over the kernel's axes; `null` where only padding or a gap lies under the element. */
  readonly patch: readonly (number | null)[];
  readonly kernel: ArrayLike<number>;
  readonly columns: number;
  /** Rows of one slice of the kernel: a gap stands between slices. */
  readonly rows?: number;
}

export function Products({ patch, kernel, columns, rows }: ProductsProps) {
  const products = patch.map((value, i) => (value === null ? null : value * (kernel[i] ?? 0)));
  const sum = products.reduce<number>((total, value) => total + (value ?? 0), 0);
  return (
    <div class="products">
      <Grid values={patch} columns={columns} rows={rows} name={t('input')} plain />
      <span aria-hidden="true">×</span>
      <Grid values={patch.map((_, i) => kernel[i] ?? 0)} columns={columns} rows={rows} name={t('kernel')} />
      <span aria-hidden="true">=</span>
      <Grid values={products} columns={columns} rows={rows} name={t('products')} />
      <span>
        Σ <b>{formatValue(sum, 5)}</b>
      </span>
    </div>
  );
}

function Grid(props: {
  readonly values: readonly (number | null)[];
  readonly columns: number;
  readonly rows: number | undefined;
  readonly name: string;
  readonly plain?: boolean;
}) {
  const { values, columns, name } = props;
  const lines = Array.from({ length: Math.ceil(values.length / columns) }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns)
  );
  const limit = Math.max(1e-12, ...values.map((value) => Math.abs(value ?? 0)));
  const { range, map } = scaleFor({ min: -limit, max: limit }, 'viridis');
  return (
    <div class="product-grid">
      <span class="quiet">{name}</span>
      <table class="number-grid" aria-label={name}>
        <tbody>
          {lines.map((row, y) => (
            <tr key={y} class={y > 0 && props.rows !== undefined && y % props.rows === 0 ? 'next-slice' : ''}>
              {row.map((value, x) => {
                if (value === null)
                  return (
                    <td key={x} class="padding" title={t('padding or a gap')}>
                      0
                    </td>
                  );
                if (props.plain === true)
                  return (
                    <td key={x} title={String(value)}>
                      {formatValue(value)}
                    </td>
                  );
                const [r, g, b] = colourOf(value, range, map);
                const style = {
                  background: `rgb(${String(r)}, ${String(g)}, ${String(b)})`,
                  color: 0.3 * r + 0.59 * g + 0.11 * b > 140 ? 'black' : 'white'
                };
                return (
                  <td key={x} class="coloured" style={style} title={String(value)}>
                    {formatValue(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
