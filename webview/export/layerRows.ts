/** The layer table in full, every number exact: for a spreadsheet rather than the eye. */
import { formatShape } from '../../src/core/shape';
import type { LayerRow } from '../../src/core/summary';
import { t } from '../l10n';

/** Rows in the order of the table, those of nested models behind theirs; what is not known stays empty. */
export function layerRows(layers: readonly LayerRow[]): string[][] {
  const number = (value: number | null) => (value === null ? '' : String(value));
  const sizes = (values: readonly (number | null)[] | null) =>
    values === null ? '' : values.map((size) => (size === null ? '?' : String(size))).join(' x ');
  const walk = (rows: readonly LayerRow[]): string[][] =>
    rows.flatMap((row) => [
      [
        row.id,
        row.sourceType,
        row.inputShapes.map(formatShape).join('; '),
        formatShape(row.outputShape),
        number(row.params),
        number(row.trainableParams),
        number(row.macs),
        number(row.activationBytes),
        sizes(row.receptiveField),
        sizes(row.effectiveStride),
        number(row.calls)
      ],
      ...(row.layers === null ? [] : walk(row.layers))
    ]);
  return [
    [
      t('Layer'),
      t('Class'),
      t('Input'),
      t('Output'),
      t('Parameters'),
      t('Trainable parameters'),
      t('Multiply-adds'),
      t('Bytes of activations'),
      t('Receptive field'),
      t('Effective stride'),
      t('Calls')
    ],
    ...walk(layers)
  ];
}
