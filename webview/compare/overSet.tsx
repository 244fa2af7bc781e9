/** Both networks over a data set: how often their answers part, and on which pictures. */
import type { CompareRequests } from '../../src/protocol/compare';
import { channel } from '../channel';
import { t } from '../l10n';
import { DataSetCard } from '../effects/dropout/dataSetCard';
import { report, setInput } from '../session';
import { PixelCanvas } from '../shared/canvas';
import { formatShare, formatValue } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';

const pictures = 200;

export function OverSet({ model, other }: { readonly model: string; readonly other: string }) {
  return (
    <DataSetCard
      model={model}
      label={t('Both over a data set')}
      title={t('Where do their answers part?')}
      none={t('With a data set of pictures, the answers of both are counted here.')}
      ask={(set) => t('Ask both about {0} pictures', Math.min(pictures, set.size))}
    >
      {(set) => <Asked model={model} other={other} set={set.id} />}
    </DataSetCard>
  );
}

function Asked(props: { readonly model: string; readonly other: string; readonly set: string }) {
  const found = useRequest('compareOverSet', { ...props, pictures });
  const choose = (set: string, index: number) => {
    channel
      .request('chooseFromSet', { model: props.model, set, index })
      .then(({ pixels }) => setInput(0, { kind: 'drawing', pixels }, null))
      .catch(report);
  };
  return (
    <Loaded of={found} skeleton="lines">
      {(value) => {
        const show = value.probabilities ? formatShare : (one: number) => formatValue(one);
        return (
          <>
            <p>{sentence(value)}</p>
            <ul class="unsure">
              {value.differing.map((one) => (
                <li key={one.index}>
                  <button
                    type="button"
                    title={t('Make this picture the input')}
                    onClick={() => choose(value.set, one.index)}
                  >
                    <PixelCanvas pixels={one.preview} label={t('Picture {0} of {1}', one.index, value.title)} />
                    <span>{t('A: {0} {1}', one.a.label ?? one.a.index, show(one.a.value))}</span>
                    <span>{t('B: {0} {1}', one.b.label ?? one.b.index, show(one.b.value))}</span>
                    {one.truth !== null && <span class="quiet">{t('it is {0}', one.truth)}</span>}
                  </button>
                </li>
              ))}
            </ul>
            {value.differ > value.differing.length && (
              <p class="quiet">{t('and {0} more', value.differ - value.differing.length)}</p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function sentence({ differ, pictures: asked, title, right }: CompareRequests['compareOverSet']['result']): string {
  const first = t('Of {0} pictures of “{1}” the two answer {2} differently.', asked, title, differ);
  if (right === null) return first;
  return `${first} ${t('Right are A {0} and B {1} times of {2}.', right.a, right.b, right.of)}`;
}
