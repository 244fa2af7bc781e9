/** Another pooling in this one's place: what it would pass on, and what the network would answer. */
import type { PoolChoice, PooledMap, SwappedPool } from '../../../src/protocol/effects/pooling';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatShare } from '../../shared/format';
import { SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { CellMap } from '../cells/cellMap';
import { scaleFor, sliceOf } from '../cells/paint';
import type { MapProps } from './pooling';

export interface SwapProps extends MapProps {
  readonly slice: number;
  readonly width: number;
  readonly choice: PoolChoice | null;
  readonly onChoice: (choice: PoolChoice | null) => void;
}

export function choicesFor(map: PooledMap): { readonly choice: PoolChoice; readonly label: string }[] {
  const other = map.operation === 'max' ? 'average' : 'max';
  const words = (operation: 'max' | 'average') => (operation === 'max' ? t('Max') : t('Average'));
  const swap = { choice: { operation: other, size: null } as const, label: words(other) };
  const own = Math.max(...map.axes.map(({ kernel }) => kernel));
  if (!hasSizes(map)) return [swap];
  const size = own === 2 ? 3 : 2;
  const first = { operation: 'first', size: null } as const;
  return [
    swap,
    { choice: { operation: map.operation, size }, label: t('{0}, window {1}', words(map.operation), size) },
    { choice: { operation: other, size }, label: t('{0}, window {1}', words(other), size) },
    ...(map.axes.some(({ stride }) => stride > 1)
      ? [{ choice: first, label: t('First of each window (strided convolution)') }]
      : [])
  ];
}

/** Windows of 2 and 3 can stand in for each other at the same stride; much larger ones would leave most cells out. */
function hasSizes({ kind, axes }: PooledMap): boolean {
  const own = Math.max(...axes.map(({ kernel }) => kernel));
  return kind === 'pool' && (own === 2 || own === 3);
}

export function Swap(props: SwapProps) {
  const { map, choice, onChoice } = props;
  const key = JSON.stringify(choice);
  return (
    <section class="card" aria-label={t('Put another pooling in its place')}>
      <strong>{t('Put another pooling in its place')}</strong>
      <div class="switch" role="group" aria-label={t('Pooling')}>
        <button type="button" aria-pressed={choice === null} onClick={() => onChoice(null)}>
          {t('As it is: {0}', map.operation === 'max' ? t('Max') : t('Average'))}
        </button>
        {choicesFor(map).map((one) => (
          <button
            key={one.label}
            type="button"
            aria-pressed={JSON.stringify(one.choice) === key}
            onClick={() => onChoice(one.choice)}
          >
            {one.label}
          </button>
        ))}
      </div>
      {choice === null ? (
        <p class="quiet">
          {!hasSizes(map) &&
            `${t('Only the operation can change here: another window would give the layers behind another size or leave cells out.')} `}
          {t(
            'Choose one: only this layer and those behind it are computed again, with the weights as they were trained.'
          )}
        </p>
      ) : (
        <Swapped key={key} {...props} choice={choice} />
      )}
    </section>
  );
}

function Swapped({ layer, occurrence, map, run, slice, width, choice, onChoice }: SwapProps & { choice: PoolChoice }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const found = useRequest('poolingSwap', { model, layer: layer.id, occurrence, channel: map.channel, choice }, run);
  const colormap = useApp((state) => state.colormap);
  const { range, map: colours } = scaleFor(map.range, colormap);
  return (
    <Loaded of={found} skeleton="block">
      {(swapped) => (
        <>
          <div class="big-row">
            <figure>
              <figcaption>{t('as it is')}</figcaption>
              <CellMap
                values={sliceOf(map.output, slice)}
                size={[map.output.size[1], map.output.size[2]]}
                width={Math.min(170, width / 2 - 16)}
                range={range}
                map={colours}
                series={map.rank === 1}
                label={t('Map after pooling, as it is')}
                text=""
              />
            </figure>
            <figure>
              <figcaption>{t('instead')}</figcaption>
              <CellMap
                values={sliceOf(swapped.output, slice)}
                size={[swapped.output.size[1], swapped.output.size[2]]}
                width={Math.min(170, width / 2 - 16)}
                range={range}
                map={colours}
                series={map.rank === 1}
                label={t('Map after the other pooling')}
                text=""
              />
            </figure>
          </div>
          <AnswerBars change={swapped.answer} label={t('The answer with the other pooling')} />
          <p class="quiet">{notes(swapped, choice)}</p>
          <SoWhat text={sentence(swapped)}>
            <Button onClick={() => onChoice(null)}>{t('Back to the layer as it is')}</Button>
          </SoWhat>
        </>
      )}
    </Loaded>
  );
}

function notes({ kept, pads }: SwappedPool, choice: PoolChoice): string {
  const parts = [
    kept === null ? '' : t('keeps {0} of the energy of all maps', formatShare(kept)),
    choice.operation === 'first'
      ? t(
          'takes the first value of each window, as a convolution of the same stride with a single 1 in its kernel would'
        )
      : '',
    choice.operation === 'first'
      ? ''
      : choice.size === null
        ? t('same windows')
        : t(
            'same stride; padding {0} so that the layers behind get the size they were made for',
            pads.map(([before, after]) => `${String(before)}/${String(after)}`).join(', ')
          ),
    choice.size !== null && pads.some((both) => both.some((pad) => pad < 0))
      ? t('negative: positions at the end are left out')
      : ''
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function sentence({ answer, change }: SwappedPool): string {
  const moved = change === null ? '?' : formatShare(change);
  if (answer.kind === 'values')
    return t('What the layer passes on changes by {0} (relative L2); the output moves with it.', moved);
  return answer.flipped
    ? t('What the layer passes on changes by {0} (relative L2), and the answer becomes another one.', moved)
    : t('What the layer passes on changes by {0} (relative L2), and the answer stays the same.', moved);
}
