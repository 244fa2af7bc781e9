/** Every number of one filter on one input channel. */
import type { LayerRow } from '../../src/core/summary';
import type { KernelSheet, KernelsOf } from '../../src/protocol/requests';
import { Button } from '../controls';
import { t } from '../l10n';
import { formatValue } from '../shared/format';
import { LineChart } from '../shared/lineChart';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';

export function FilterNumbers(props: {
  model: string;
  layer: LayerRow;
  role: KernelSheet['role'];
  of: KernelsOf;
  filter: number;
  channel: number;
  inputs: number;
  lines: boolean;
  onInput: (input: number) => void;
  bias: number | null;
}) {
  const { model, layer, role, of, filter, channel, inputs } = props;
  const numbers = useRequest('kernelNumbers', { model, layer: layer.id, role, of, filter, channel });
  return (
    <section class="card" aria-label={t('Filter {0}', filter)}>
      <div class="row">
        <strong>{t('Filter {0}, input channel {1} of {2}', filter, channel, inputs)}</strong>
        <Button disabled={channel === 0} onClick={() => props.onInput(channel - 1)} label={t('Previous input channel')}>
          ‹
        </Button>
        <Button
          disabled={channel + 1 >= inputs}
          onClick={() => props.onInput(channel + 1)}
          label={t('Next input channel')}
        >
          ›
        </Button>
        {props.bias !== null && <span class="quiet">{t('bias {0}', formatValue(props.bias))}</span>}
      </div>
      <Loaded of={numbers} skeleton="lines">
        {({ size, values }) => (
          <>
            {props.lines && (
              <LineChart
                lines={[{ name: t('input {0}', channel), values }]}
                across={t('tap')}
                up={t('weight')}
                label={t('Filter {0}, input channel {1}, over its taps', filter, channel)}
              />
            )}
            <NumberGrid values={values} columns={size.at(-1) ?? 1} />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Numbers row by row; at most 1,024 are written out. */
export function NumberGrid({ values, columns }: { readonly values: Float32Array; readonly columns: number }) {
  const shown = values.subarray(0, 1024);
  const rows = Array.from({ length: Math.ceil(shown.length / columns) }, (_, row) => [
    ...shown.subarray(row * columns, (row + 1) * columns)
  ]);
  return (
    <div class="numbers-scroll" tabIndex={0} role="group" aria-label={t('Numbers')}>
      <table class="number-grid">
        <tbody>
          {rows.map((row, y) => (
            <tr key={y}>
              {row.map((value, x) => (
                <td key={x} title={String(value)}>
                  {formatValue(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
