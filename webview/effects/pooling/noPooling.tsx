/** The pooling view where another kind of layer is selected, or where the model pools nowhere. */
import type { LayerRow } from '../../../src/core/summary';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { selectLayer } from '../../session';
import { app, layersById, selectLayers, useApp } from '../../state';
import { LayersWith } from '../effects';

export function NoPooling() {
  const rows = [...layersById(useApp(selectLayers)).values()];
  const strided = rows.filter(isStrided).slice(0, 12);
  return (
    <>
      <LayersWith
        effect="pooling"
        none={t(
          'This model has no pooling layer: try adding MaxPooling2D() after a convolution and see here what it keeps.'
        )}
      />
      {strided.length > 0 && (
        <div class="empty">
          <p>
            {t(
              'These convolutions shrink their maps themselves, by a stride: they compute only every second value and skip the rest. Watch one step by step:'
            )}
          </p>
          <div class="row wrap">
            {strided.map((row) => (
              <Button
                key={row.id}
                onClick={() => {
                  app.set({ effect: null });
                  selectLayer(row.id);
                }}
              >
                {row.name}
              </Button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}

/** A convolution whose output is at least a third shorter than its input on some axis that is not the channels'. */
function isStrided({ kind, inputShapes, outputShape }: LayerRow): boolean {
  if (kind !== 'conv' && kind !== 'depthwiseConv' && kind !== 'separableConv') return false;
  const input = inputShapes[0]?.slice(1) ?? [];
  const output = outputShape?.slice(1) ?? [];
  if (input.length < 2 || input.length !== output.length) return false;
  // The channels stand first or last: an axis in the middle, or both ends of a series, tell.
  const shrunk = input.map((size, axis) => size !== null && (output[axis] ?? size) * 1.5 <= size);
  return input.length === 2 ? (shrunk[0] ?? false) : (shrunk[1] ?? false);
}
