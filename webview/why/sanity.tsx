/** The same map from a network that knows nothing: a map that stays shows the picture, not what was learned. */
import { useState } from 'preact/hooks';
import type { Pixels } from '../../src/protocol/values';
import type { AttributionAsk, AttributionMap } from '../../src/protocol/why';
import { Button } from '../controls';
import { t } from '../l10n';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { formatValue } from '../shared/format';
import { MapCard } from './mapCard';
import { methodWords } from './methodWords';

/** Above the first rank correlation two maps have much in common, above the second they look alike. */
const related = 0.5;
const alike = 0.8;

export function SanityCheck(props: {
  readonly ask: AttributionAsk;
  readonly index: number;
  readonly run: number;
  readonly input: Pixels;
  readonly opacity: number;
  readonly own: AttributionMap | undefined;
  readonly name: string;
}) {
  const { ask, index, run, input, opacity, own, name } = props;
  const [weightSeed, setSeed] = useState(1);
  const answer = useRequest('sanityCheck', { ...ask, class: index, weightSeed }, run);
  const method = methodWords(ask.method).name;
  return (
    <section class="why-sanity" aria-label={t('Check with shuffled weights')}>
      <h3>{t('The same map with every kernel shuffled')}</h3>
      <Loaded of={answer} skeleton="block">
        {({ map, similarity }) => (
          <>
            <div class="why-maps">
              {own !== undefined && (
                <MapCard
                  title={t('{0}, as trained', name)}
                  method={method}
                  map={own}
                  input={input}
                  opacity={opacity}
                  score={ask.score}
                />
              )}
              <MapCard
                title={t('{0}, shuffled', name)}
                method={method}
                map={map}
                input={input}
                opacity={opacity}
                score={ask.score}
              />
            </div>
            <p>
              <strong>
                {similarity === null
                  ? t('One of the maps is the same everywhere: there is nothing to compare.')
                  : similarity < related
                    ? t(
                        'Rank correlation {0}: the map changes, so it depends on what the network learned.',
                        formatValue(similarity, 2)
                      )
                    : similarity < alike
                      ? t(
                          'Rank correlation {0}: the map changes in part; what stays of it comes from the picture, not from what the network learned.',
                          formatValue(similarity, 2)
                        )
                      : t(
                          'Rank correlation {0}: the map hardly changes, so it shows the picture more than what the network learned.',
                          formatValue(similarity, 2)
                        )}
              </strong>{' '}
              <span class="quiet">{t('1: the same order of places, 0: none in common (Adebayo et al. 2018).')}</span>
            </p>
            <Button onClick={() => setSeed(weightSeed + 1)}>{t('Shuffle again')}</Button>
          </>
        )}
      </Loaded>
    </section>
  );
}
