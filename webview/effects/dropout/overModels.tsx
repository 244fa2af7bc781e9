/** Reliance over a data set and under masks: of this network, and of a second one beside it. */
import { otherModel } from '../../compare/compare';
import { useState } from 'preact/hooks';
import type { RequestError } from '../../../src/protocol/channel';
import type { LayerRow } from '../../../src/core/summary';
import { toRequestError } from '../../../src/protocol/rpc';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatSizes } from '../../shared/format';
import { ErrorBox } from '../../shared/waiting';
import { app, layersById, selectTitle, useApp, type Compared } from '../../state';
import { CamMasks } from './camMasks';
import { OverDataSet } from './overDataSet';

/** A network with the layer whose features are switched off. */
export interface Subject {
  readonly title: string;
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
}

export function OverModels(props: {
  readonly model: string;
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly run: number;
  readonly thing: string;
  readonly onMeasured: (sentence: string) => void;
}) {
  const { model, layer, occurrence, run, thing, onMeasured } = props;
  const title = useApp(selectTitle);
  const compared = useApp((state) => state.compared);
  const [chosen, setChosen] = useState<string | null>(null);
  const second = compared?.kind === 'model' ? compared : null;
  const beside = second === null ? null : besideOf(second, layer, chosen);
  const subjects: readonly Subject[] = [
    { title, model, layer: layer.id, occurrence },
    ...(second === null || beside === null
      ? []
      : [{ title: second.title, model: second.opened.model, layer: beside, occurrence: 0 }])
  ];
  return (
    <>
      <Second second={second} layer={beside} onLayer={setChosen} />
      <OverDataSet subjects={subjects} thing={thing} onMeasured={onMeasured} />
      <CamMasks subjects={subjects} run={run} thing={thing} />
    </>
  );
}

/** Chooses the second network and its layer; the same second network stands in the tab Compare. */
function Second(props: {
  readonly second: Compared | null;
  readonly layer: string | null;
  readonly onLayer: (layer: string) => void;
}) {
  const { second, layer, onLayer } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const choose = async () => {
    setBusy(true);
    setError(null);
    try {
      const found = await otherModel();
      if (found !== null) app.set(found);
    } catch (failure) {
      setError(toRequestError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="card" aria-label={t('A second network beside it')}>
      <div class="tools">
        <strong>{second === null ? t('With and without dropout?') : t('Beside it: {0}', second.title)}</strong>
        {second !== null && layer !== null && (
          <Dropdown
            label={t('Layer of the second network')}
            value={layer}
            choices={featureLayers(second).map((row) => ({
              value: row.id,
              label: `${row.name} (${formatSizes((row.outputShape ?? []).slice(1))})`
            }))}
            onChange={onLayer}
          />
        )}
        <Button disabled={busy} onClick={() => void choose()}>
          {second === null ? t('Set a second network beside…') : t('Another one…')}
        </Button>
        {second !== null && <Button onClick={() => app.set({ compared: null })}>{t('End the comparison')}</Button>}
      </div>
      {error !== null && error.kind !== 'cancelled' && <ErrorBox error={error} />}
      {second === null && (
        <p class="quiet">
          {t(
            'One network alone cannot show what dropout or batch norm changed: set the same network without it beside this one, and both are measured alike.'
          )}
        </p>
      )}
      {second !== null && layer === null && (
        <p class="quiet">{t('The second network has no layer with features that can be switched off.')}</p>
      )}
    </section>
  );
}

function featureLayers({ opened }: Compared): LayerRow[] {
  return [...layersById(opened.summary.layers).values()].filter(
    (row) => row.kind !== 'input' && row.kind !== 'model' && (row.outputShape?.length ?? 0) >= 2
  );
}

/** The layer that stands beside: the one chosen, of the same name, the same among its kind, or of the same shape. */
function besideOf(second: Compared, layer: LayerRow, chosen: string | null): string | null {
  const rows = featureLayers(second);
  const known =
    rows.find((row) => row.id === chosen) ?? rows.find((row) => row.id === layer.id && row.kind === layer.kind);
  if (known !== undefined) return known.id;
  const own = [...layersById(app.get().opened?.summary.layers ?? []).values()].filter((row) => row.kind === layer.kind);
  const place = own.findIndex((row) => row.id === layer.id);
  const alike = rows.filter((row) => row.kind === layer.kind)[place];
  const shape = String(layer.outputShape);
  return (alike ?? rows.find((row) => String(row.outputShape) === shape) ?? rows[0])?.id ?? null;
}
