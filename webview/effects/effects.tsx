/** What the selected layer does to the values that pass through it: one view for each kind of effect. */
import type { KindName } from '../../src/core/layerKind';
import type { LayerRow } from '../../src/core/summary';
import type { EffectName } from '../../src/protocol/panel';
import { Button } from '../controls';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { app, layersById, selectLayers, useApp } from '../state';
import { Dropout } from './dropout/dropout';
import { Features } from './features/features';
import { Normalization } from './normalization/normalization';
import { Pooling } from './pooling/pooling';
import { Steps } from './steps/steps';

const effects: readonly EffectName[] = ['steps', 'pooling', 'dropout', 'normalization', 'features'];

/** Which layers each effect is about. */
const kinds: Readonly<Record<EffectName, readonly KindName[]>> = {
  steps: ['conv', 'depthwiseConv', 'separableConv', 'convTranspose'],
  pooling: ['pool', 'globalPool', 'adaptivePool'],
  dropout: ['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise'],
  normalization: ['batchNorm', 'layerNorm', 'groupNorm'],
  // Of the whole model.
  features: []
};

export function effectOf(kind: KindName): EffectName | null {
  return effects.find((effect) => kinds[effect].includes(kind)) ?? null;
}

export function Effects({ layer }: { readonly layer: LayerRow }) {
  const chosen = useApp((state) => state.effect);
  const effect = chosen ?? effectOf(layer.kind) ?? 'steps';
  const titles: Readonly<Record<EffectName, string>> = {
    steps: t('Step by step'),
    pooling: t('Pooling'),
    dropout: t('Dropout'),
    normalization: t('Normalisation'),
    features: t('Inputs that could exist')
  };
  const choose = (next: EffectName) => app.set({ effect: next === effectOf(layer.kind) ? null : next });
  return (
    <div class="effects">
      <div class="switch" role="group" aria-label={t('Effects')}>
        {effects.map((name) => (
          <button key={name} type="button" aria-pressed={name === effect} onClick={() => choose(name)}>
            {titles[name]}
          </button>
        ))}
      </div>
      <OfEffect effect={effect} layer={layer} />
    </div>
  );
}

function OfEffect({ effect, layer }: { readonly effect: EffectName; readonly layer: LayerRow }) {
  const fits = kinds[effect].includes(layer.kind);
  switch (effect) {
    case 'steps':
      return <Steps layer={fits ? layer : null} />;
    case 'pooling':
      return <Pooling layer={fits ? layer : null} />;
    case 'dropout':
      return <Dropout layer={fits ? layer : null} />;
    case 'normalization':
      return <Normalization layer={fits ? layer : null} />;
    case 'features':
      return <Features />;
  }
}

/** Layers of the model that an effect is about, as buttons: the way on where another layer is selected. */
export function LayersWith({ effect, none }: { readonly effect: EffectName; readonly none: string }) {
  const rows = useApp(selectLayers);
  const found = [...layersById(rows).values()].filter((row) => kinds[effect].includes(row.kind));
  if (found.length === 0) return <p class="empty">{none}</p>;
  return (
    <div class="empty">
      <p>{t('Choose a layer that does this:')}</p>
      <div class="row wrap">
        {found.slice(0, 24).map((row) => (
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
      {found.length > 24 && <p class="quiet">{t('and {0} more in the layer list', found.length - 24)}</p>}
    </div>
  );
}
