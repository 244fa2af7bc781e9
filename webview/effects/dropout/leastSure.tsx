/** The pictures of a data set on which the masks disagree most; a click makes one the input. */
import { DataSetCard } from './dataSetCard';
import { useState } from 'preact/hooks';
import type { UnsurePicture } from '../../../src/protocol/effects/dropout';
import { channel as rpc } from '../../channel';
import { Dropdown } from '../../controls';
import { t } from '../../l10n';
import { report, setInput } from '../../session';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';

const pictures = 100;
const passes = 20;
const shown = 12;

export function LeastSure({ model, seed }: { readonly model: string; readonly seed: number }) {
  return (
    <DataSetCard
      model={model}
      label={t('Least sure pictures')}
      title={t('Which pictures is it least sure about?')}
      none={t('With a data set of pictures, those it is least sure about appear here.')}
      ask={(set) => t('Ask {0} pictures, {1} masks each', Math.min(pictures, set.size), passes)}
    >
      {(set) => <Found model={model} set={set.id} seed={seed} />}
    </DataSetCard>
  );
}

function Found({ model, set, seed }: { readonly model: string; readonly set: string; readonly seed: number }) {
  const found = useRequest('leastSure', { model, set, pictures, passes, seed });
  const [by, setBy] = useState<'entropy' | 'mutualInformation'>('entropy');
  const choose = (index: number) => {
    rpc
      .request('chooseFromSet', { model, set, index })
      .then(({ pixels }) => setInput(0, { kind: 'drawing', pixels }, null))
      .catch(report);
  };
  return (
    <Loaded of={found}>
      {(value) => (
        <>
          <Dropdown
            label={t('Order')}
            value={by}
            choices={[
              { value: 'entropy', label: t('by predictive entropy') },
              { value: 'mutualInformation', label: t('by mutual information') }
            ]}
            onChange={setBy}
          />
          <ul class="unsure">
            {[...value.unsure]
              .sort((a, b) => b[by] - a[by])
              .slice(0, shown)
              .map((one) => (
                <li key={one.index}>
                  <button type="button" title={t('Make this picture the input')} onClick={() => choose(one.index)}>
                    <PixelCanvas pixels={one.preview} label={t('Picture {0} of {1}', one.index, value.title)} />
                    <span>{t('{0} {1}', one.answerLabel ?? one.answer, formatShare(one.probability))}</span>
                    <span class="quiet">{truthOf(one)}</span>
                    <span class="quiet">{t('{0} bits', formatValue(one[by]))}</span>
                  </button>
                </li>
              ))}
          </ul>
          <p class="quiet">
            {t(
              'Mean entropy over {0} pictures: {1} bits. Entropy counts all doubt; mutual information only the doubt that differs from mask to mask (Gal and others, 2017).',
              value.pictures,
              formatValue(value.meanEntropy)
            )}
          </p>
          {value.wrong !== null && (
            <p>
              {t(
                '{0} of the {1} wrong answers are among the {2} least sure pictures.',
                value.wrong.amongUnsurest,
                value.wrong.all,
                value.wrong.quarter
              )}
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}

function truthOf(one: UnsurePicture): string {
  if (one.truth === null) return t('{0} of masks agree', formatShare(one.agreement));
  return one.truth === one.answer ? t('right') : t('wrong: it is {0}', one.truth);
}
