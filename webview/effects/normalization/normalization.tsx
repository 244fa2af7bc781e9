/** Normalisation: the X-ray of the selected layer, training against inference, gamma and beta by hand, folding, signal through depth. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { CallChoice } from '../../shared/callChoice';
import { useRequest } from '../../shared/useRequest';
import { layersById, selectLayers, useApp } from '../../state';
import { PutIn } from '../../train/lab/trainTheTwin';
import { LayersWith } from '../effects';
import { BatchChoice } from './batchChoice';
import { SignalDepth } from './depth';
import { Fold } from './fold';
import { Modes } from './modes';
import { Parameters } from './parameters';
import { Xray } from './xray';

export type Section = 'xray' | 'modes' | 'parameters' | 'fold' | 'depth';

/** Stays while walking through the layers. */
let lastSection: Section = 'xray';
let lastSize = 32;

export function Normalization({ layer }: { readonly layer: LayerRow | null }) {
  return layer === null ? <WithoutLayer /> : <OfLayer key={layer.id} layer={layer} />;
}

function WithoutLayer() {
  const rows = useApp(selectLayers);
  const any = [...layersById(rows).values()].some((row) => row.kind === 'batchNorm');
  return (
    <div class="view">
      <LayersWith
        effect="normalization"
        none={t('This model has no normalisation layer: try adding BatchNormalization after a convolution.')}
      />
      {!any && <PutIn way="batchNorm" />}
      <h2>{t('Signal through depth')}</h2>
      <SignalDepth />
      {any && <p class="quiet">{t('Choose a batch norm layer above for its X-ray.')}</p>}
    </div>
  );
}

function OfLayer({ layer }: { readonly layer: LayerRow }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const status = useApp((state) => state.run.status);
  const [section, setSection] = useState(lastSection);
  const [size, setSize] = useState(lastSize);
  const [set, setSet] = useState<string | null>(null);
  const [occurrence, setOccurrence] = useState(0);
  const sets = useRequest('dataSets', { model });
  const batchForm = layer.kind === 'batchNorm';
  const titles: Readonly<Record<Section, string>> = {
    xray: t('X-ray'),
    modes: t('Train or infer'),
    parameters: t('Gamma and beta'),
    fold: t('Fold'),
    depth: t('Signal through depth')
  };
  const go = (next: Section) => {
    lastSection = next;
    setSection(next);
  };
  const known = sets.status === 'done' ? sets.value : [];
  const ready = status === 'done';
  return (
    <div class="view">
      <div class="switch norm-sections" role="group" aria-label={t('Normalisation')}>
        {(['xray', 'modes', 'parameters', 'fold', 'depth'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={name === section} onClick={() => go(name)}>
            {titles[name]}
          </button>
        ))}
      </div>
      {section !== 'depth' && (
        <div class="tools">
          {(section === 'xray' || section === 'parameters') && (
            <CallChoice layer={layer} occurrence={occurrence} onChange={setOccurrence} />
          )}
          {section !== 'parameters' && (
            <BatchChoice
              sets={known}
              set={set}
              size={section === 'modes' ? null : size}
              onSet={setSet}
              onSize={(next) => {
                lastSize = next;
                setSize(next);
              }}
            />
          )}
        </div>
      )}
      {!ready && section !== 'depth' ? (
        <p class="empty">{t('The network runs first; then its batches can be probed.')}</p>
      ) : section === 'xray' ? (
        <Xray layer={layer} occurrence={occurrence} set={set} size={size} go={go} />
      ) : section === 'modes' ? (
        batchForm ? (
          <Modes set={set} go={go} />
        ) : (
          <>
            <p class="empty">
              {t(
                '{0} computes the same in training and at inference: its statistics are those of each input alone.',
                layer.name
              )}
            </p>
            <Button onClick={() => go('xray')}>{t('X-ray of {0}', layer.name)}</Button>
          </>
        )
      ) : section === 'parameters' ? (
        <Parameters layer={layer} occurrence={occurrence} go={go} />
      ) : section === 'fold' ? (
        <Fold layer={layer} set={set} size={size} go={go} />
      ) : (
        <SignalDepth>
          <Button onClick={() => go('xray')}>{t('X-ray of {0}', layer.name)}</Button>
        </SignalDepth>
      )}
    </div>
  );
}
