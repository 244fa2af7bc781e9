/** Which call of a layer that is called more than once a view is about. */
import type { LayerRow } from '../../src/core/summary';
import { Dropdown } from '../controls';
import { t } from '../l10n';

export function CallChoice(props: {
  readonly layer: Pick<LayerRow, 'calls'>;
  readonly occurrence: number;
  readonly onChange: (occurrence: number) => void;
}) {
  const { layer, occurrence, onChange } = props;
  if (layer.calls <= 1) return null;
  return (
    <Dropdown
      label={t('Call')}
      value={String(occurrence)}
      choices={Array.from({ length: layer.calls }, (_, index) => ({
        value: String(index),
        label: t('Call {0} of {1}', index + 1, layer.calls)
      }))}
      onChange={(value) => onChange(Number(value))}
    />
  );
}
