/** Many masks on one input: how far the answer spreads, and the pictures on which it spreads most. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import type { ManyMasks as Found } from '../../../src/protocol/effects/dropout';
import { Button, Dropdown, TextField } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatShare, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { LeastSure } from './leastSure';
import { SpreadStrip } from './spreadStrip';

const amounts = [30, 100, 300] as const;

export function ManyMasks(props: {
  readonly layer: LayerRow | null;
  readonly occurrence: number;
  readonly run: number;
  readonly onReliance: () => void;
}) {
  const { layer, occurrence, run, onReliance } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const [scope, setScope] = useState<'all' | 'layer'>('all');
  const [passes, setPasses] = useState(100);
  const [seed, setSeed] = useState(1);
  const only = scope === 'layer' ? (layer?.id ?? null) : null;
  const found = useRequest(
    'manyMasks',
    { model, layer: only, occurrence: only === null ? 0 : occurrence, strength: null, seed, passes },
    run
  );
  return (
    <>
      <div class="tools">
        <Dropdown
          label={t('Masks in')}
          value={scope}
          choices={[
            { value: 'all', label: t('all dropout and noise layers') },
            ...(layer === null ? [] : [{ value: 'layer' as const, label: t('only {0}', layer.name) }])
          ]}
          onChange={setScope}
        />
        <Dropdown
          label={t('Number of masks')}
          value={String(passes)}
          choices={amounts.map((amount) => ({ value: String(amount), label: t('{0} masks', amount) }))}
          onChange={(value) => setPasses(Number(value))}
        />
        <span class="seed-field">
          <span aria-hidden="true">{t('from seed')}</span>
          <TextField
            label={t('First seed')}
            value={String(seed)}
            onInput={(text) => {
              const next = Number.parseInt(text, 10);
              if (Number.isFinite(next)) setSeed(next);
            }}
          />
        </span>
      </div>
      <Loaded of={found} skeleton="lines">
        {(value) => (
          <>
            <Spread of={value} />
            {value.kind === 'values' ? (
              <p class="quiet">{t('The output is a number, not a class: how sure it is shows in the spread above.')}</p>
            ) : (
              <LeastSure model={model} seed={seed} />
            )}
            <p class="row wrap">
              <span class="quiet">
                {t('The other way of adding randomness, noise on the weights, stands beside masks under Why.')}
              </span>
              <Button onClick={() => app.set({ view: 'why' })}>{t('Open Why')}</Button>
            </p>
            <Explanation
              see={t(
                'The same input under {0} masks, one pass each (Monte Carlo dropout): bars count the passes by what they answer, the dot is their mean with one standard deviation, the dashed line the answer without masks.',
                value.passes
              )}
              look={t(
                'A narrow pile means that the answer does not depend on which values survive; a wide one that it hangs on a few of them.'
              )}
            />
            <SoWhat text={sentence(value)}>
              <Button onClick={onReliance}>{t('Find the features it leans on')}</Button>
              <Button onClick={() => app.set({ effect: 'features' })}>
                {t('Set the copies beside unseen pictures')}
              </Button>
            </SoWhat>
          </>
        )}
      </Loaded>
    </>
  );
}

function sentence(of: Found): string {
  const [first] = of.classes;
  if (of.kind === 'values' || first === undefined)
    return t('Under {0} masks the output spreads by {1}.', of.passes, formatValue(first?.std ?? 0));
  return t(
    '{0} of {1} masks agree with the answer without masks; {2} gets {3} ± {4}.',
    of.passes - of.flipped,
    of.passes,
    first.label ?? t('class {0}', first.index),
    show(of, first.mean),
    show(of, first.std)
  );
}

const show = (of: Found, value: number): string => (of.probabilities ? formatShare(value) : formatValue(value));

const tick = (of: Found, value: number): string =>
  of.probabilities ? `${String(Math.round(value * 100))} %` : formatValue(value);

function Spread({ of }: { readonly of: Found }) {
  return (
    <section aria-label={t('Spread of the answer')}>
      <p class="quiet">
        {t('Masks in {0}; everything else as at inference.', of.layers.join(', '))}{' '}
        {of.classes.length < of.outputs &&
          (of.kind === 'values'
            ? t('The first {0} of {1} numbers.', of.classes.length, formatExact(of.outputs))
            : t('The {0} leading of {1} classes.', of.classes.length, formatExact(of.outputs)))}
      </p>
      <ol class="spread">
        {of.classes.map((one) => {
          const name = one.label ?? (of.kind === 'values' ? t('value {0}', one.index) : t('class {0}', one.index));
          const numbers = t('{0} ± {1}', show(of, one.mean), show(of, one.std));
          return (
            <li key={one.index}>
              <span class="ellipsis" title={name}>
                {name}
              </span>
              <SpreadStrip
                spread={one}
                range={of.range}
                label={t('{0}: mean and deviation {1}, without masks {2}', name, numbers, show(of, one.base))}
              />
              <span class="spread-numbers">{numbers}</span>
            </li>
          );
        })}
        <li class="spread-axis quiet" aria-hidden="true">
          <span />
          <span class="spread-ticks">
            {[0, 0.5, 1].map((at) => (
              <span key={at}>{tick(of, of.range.min + at * (of.range.max - of.range.min))}</span>
            ))}
          </span>
          <span />
        </li>
      </ol>
      <p class="quiet">
        <i class="strip-key strip-key-bar" aria-hidden="true" /> {t('passes')} ·{' '}
        <i class="strip-key strip-key-mean" aria-hidden="true" /> {t('mean ± one deviation')} ·{' '}
        <i class="strip-key strip-key-base" aria-hidden="true" /> {t('without masks')}
      </p>
      {of.entropy !== null && of.mutualInformation !== null && (
        <p>
          {t(
            'Predictive entropy H[mean p] = {0} bits of at most {1}; of it {2} bits come from the masks (mutual information H[mean p] − mean H[p]).',
            formatValue(of.entropy),
            formatValue(of.entropyLimit),
            formatValue(of.mutualInformation)
          )}
          {of.kind === 'labels'
            ? ` ${t('Each label counts on its own: their entropies are summed.')}`
            : of.probabilities
              ? ''
              : ` ${t('The outputs are taken through softmax for this.')}`}
        </p>
      )}
    </section>
  );
}
