/** Which layer of the network the twin differs in, and how. */
import type { ChangeableLayer } from '../../../src/protocol/experiments';
import { Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { NumberBox } from '../fields';
import { lab, useLab, type TwinChoice, type Way } from './labState';
import { waysOf, type ReadTwin } from './twinChoice';

interface TwinSetupProps {
  readonly layers: readonly ChangeableLayer[];
  readonly twin: ReadTwin;
}

const set = (patch: Partial<TwinChoice>) => lab.set({ twin: { ...lab.get().twin, ...patch } });

export function TwinSetup({ layers, twin }: TwinSetupProps) {
  const momentum = useLab((state) => state.twin.momentum);
  const able = layers.filter((layer) => waysOf(layer).length > 0);
  const { layer, ways, way, rate } = twin;
  const putsOnly = layers.every(({ without, rate: own }) => without?.possible !== true && own === null);
  return (
    <section class="form-group lab-twin" aria-label={t('What the twin differs in')}>
      {twin.missing !== null && (
        <p class="note">
          <span aria-hidden="true">▲</span> {t('Nothing of {0} can be changed: choose another layer.', twin.missing)}
        </p>
      )}
      {putsOnly && (
        <p class="quiet">
          {t(
            'This network has no dropout, batch norm or pooling to take out. Put dropout or batch norm behind one of its layers instead:'
          )}
        </p>
      )}
      <div class="fields">
        <div class="field">
          <span class="field-label">{t('Layer')}</span>
          <Dropdown
            label={t('Layer')}
            value={layer.layer}
            choices={able.map((one) => ({ value: one.layer, label: `${one.name} · ${one.type}` }))}
            onChange={(next) => set({ layer: next, way: null, rate: null })}
          />
          <span class="quiet field-origin">
            {layer.line === null ? layer.type : t('{0}, line {1}', layer.type, layer.line + 1)}
          </span>
        </div>
        {(way === 'rate' || way === 'dropout') && (
          <div class="field">
            <span class="field-label">{t('Rate')}</span>
            <NumberBox
              label={t('Rate')}
              value={rate}
              min={0}
              {...(way === 'rate' && !isDropout(layer) ? {} : { max: 0.95 })}
              onChange={(next) => set({ rate: next })}
            />
            <span class="quiet field-origin">
              {way === 'rate' && layer.rate !== null
                ? t('now {0}', formatValue(layer.rate))
                : t('share of the values that is dropped')}
            </span>
          </div>
        )}
        {way === 'batchNorm' && (
          <div class="field">
            <span class="field-label">{t('Momentum')}</span>
            <NumberBox
              label={t('Momentum')}
              value={momentum}
              min={0}
              max={0.9999}
              onChange={(next) => set({ momentum: next })}
            />
            <span class="quiet field-origin">{t('Keras’s own is 0.99: too slow for a short run')}</span>
          </div>
        )}
      </div>
      <fieldset class="lab-ways">
        <legend>{t('What is changed')}</legend>
        {ways.map((one) => (
          <label key={one} class="check">
            <input
              type="radio"
              name="lab-way"
              checked={one === way}
              onChange={() => set({ layer: layer.layer, way: one, rate: null })}
            />
            <span>
              {wayWords(one, layer)}
              {one === 'without' && layer.without?.possible === false && (
                <span class="quiet"> {t('(not here: {0})', layer.without.reason)}</span>
              )}
            </span>
          </label>
        ))}
      </fieldset>
      {twin.refused !== null && (
        <p class="note" role="status">
          <span aria-hidden="true">✖</span> {t('{0} cannot be taken out: {1}.', layer.name, twin.refused)}
        </p>
      )}
    </section>
  );
}

/** A noise layer's rate is a standard deviation, which may exceed 1. */
const isDropout = ({ type }: ChangeableLayer) => !/noise/i.test(type);

function wayWords(way: Way, { name }: ChangeableLayer): string {
  switch (way) {
    case 'without':
      return t('{0} is taken out', name);
    case 'rate':
      return t('{0} gets another rate', name);
    case 'dropout':
      return t('dropout is put behind {0}', name);
    case 'batchNorm':
      return t('batch norm is put behind {0}, before its activation', name);
  }
}
