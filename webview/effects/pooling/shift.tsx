/** What pooling buys: the input moved by a pixel, and how far the maps before and after follow. */
import { useState } from 'preact/hooks';
import type { Movement, PoolChoice, ShiftedPool } from '../../../src/protocol/effects/pooling';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatShare } from '../../shared/format';
import { SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { TrainTheTwin } from '../../train/lab/trainTheTwin';
import { CellMap } from '../cells/cellMap';
import { scaleFor, sliceOf } from '../cells/paint';
import type { MapProps } from './pooling';
import { choicesFor } from './swap';

export interface ShiftProps extends MapProps {
  readonly slice: number;
  readonly width: number;
  readonly onSwap: (choice: PoolChoice) => void;
}

const arrows = [
  ['↖', '↑', '↗'],
  ['←', '·', '→'],
  ['↙', '↓', '↘']
] as const;

export function Shift(props: ShiftProps) {
  const { layer, occurrence, map, run, onSwap } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const [[down, right], setDirection] = useState<readonly [number, number]>([0, 1]);
  const found = useRequest(
    'poolingShift',
    { model, layer: layer.id, occurrence, channel: map.channel, down, right },
    run
  );
  const [next] = choicesFor(map);
  return (
    <>
      <section class="card" aria-label={t('Move the input by one pixel')}>
        <strong>{t('Move the input by one pixel')}</strong>
        <Directions down={down} right={right} series={map.rank === 1} onChange={(y, x) => setDirection([y, x])} />
        <Loaded of={found} skeleton="lines">
          {(shifted) => <Result {...props} shifted={shifted} />}
        </Loaded>
      </section>
      {found.status === 'done' && (
        <SoWhat text={sentence(found.value)}>
          {next !== undefined && (
            <Button
              onClick={() => {
                onSwap(next.choice);
                document.querySelector('.view .card:nth-of-type(2)')?.scrollIntoView({ block: 'nearest' });
              }}
            >
              {t('Try {0} instead', next.label)}
            </Button>
          )}
          <TrainTheTwin layer={layer.id} />
        </SoWhat>
      )}
    </>
  );
}

function Directions(props: {
  readonly down: number;
  readonly right: number;
  readonly series: boolean;
  readonly onChange: (down: number, right: number) => void;
}) {
  const names = [
    [t('up and left'), t('up'), t('up and right')],
    [t('left'), t('not at all'), t('right')],
    [t('down and left'), t('down'), t('down and right')]
  ];
  return (
    <div class="directions" role="group" aria-label={t('Direction')}>
      {arrows.map((row, y) =>
        row.map((arrow, x) => {
          const [dy, dx] = [y - 1, x - 1];
          return (
            <button
              key={arrow}
              type="button"
              disabled={props.series && dy !== 0}
              aria-pressed={dy === props.down && dx === props.right}
              aria-label={names[y]?.[x] ?? ''}
              title={names[y]?.[x] ?? ''}
              onClick={() => props.onChange(dy, dx)}
            >
              {arrow}
            </button>
          );
        })
      )}
    </div>
  );
}

function Result({ map, slice, width, shifted }: ShiftProps & { readonly shifted: ShiftedPool }) {
  const colormap = useApp((state) => state.colormap);
  const { range, map: colours } = scaleFor(map.range, colormap);
  const pictures = [
    [t('before pooling'), shifted.input, map.axes[0].indices[slice]?.[0] ?? 0],
    [t('after pooling'), shifted.output, slice]
  ] as const;
  return (
    <div class="shifted">
      <table class="facts">
        <thead>
          <tr>
            <th scope="col">{t('change')}</th>
            <th scope="col">{t('cell by cell')}</th>
            <th scope="col">{t('best aligned')}</th>
          </tr>
        </thead>
        <tbody>
          <Row name={t('all maps before')} movement={shifted.before} />
          <Row name={t('all maps after')} movement={shifted.after} />
          {shifted.others.map(({ operation, movement }) => (
            <Row key={operation} name={insteadOf(operation)} movement={movement} />
          ))}
          <Row name={t('map {0} before', map.channel)} movement={shifted.mapBefore} />
          <Row name={t('map {0} after', map.channel)} movement={shifted.mapAfter} />
        </tbody>
      </table>
      <div class="big-row">
        {pictures.map(([name, volume, at]) => (
          <figure key={name}>
            <figcaption>{name}</figcaption>
            <CellMap
              values={sliceOf(volume, at)}
              size={[volume.size[1], volume.size[2]]}
              width={Math.min(170, width / 2 - 16)}
              range={range}
              map={colours}
              series={map.rank === 1}
              label={t('Map of the moved input, {0}', name)}
              text=""
            />
          </figure>
        ))}
      </div>
      <AnswerBars change={shifted.answer} label={t('The answer for the moved input')} />
      <p class="quiet">
        {t(
          'Change: ‖new − old‖ / ‖old‖. Best aligned: the least of it over shifts by whole cells, at most 2. The border of the input is repeated. Instead: the same values through another pooling of the same windows; the strided convolution takes the first value of each.'
        )}
      </p>
    </div>
  );
}

function Row({ name, movement }: { readonly name: string; readonly movement: Movement }) {
  const show = (share: number | null) => (share === null ? '?' : formatShare(share));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{show(movement.plain)}</td>
      <td>
        {show(movement.aligned)}{' '}
        <span class="quiet nowrap">{t('moved by {0}, {1}', movement.shift[0], movement.shift[1])}</span>
      </td>
    </tr>
  );
}

function insteadOf(operation: PoolChoice['operation']): string {
  switch (operation) {
    case 'max':
      return t('with max pooling instead');
    case 'average':
      return t('with average pooling instead');
    case 'first':
      return t('with a strided convolution instead');
  }
}

function sentence({ before, after, others, answer }: ShiftedPool): string {
  if (before.plain === null || after.plain === null) return t('These maps are zero everywhere: nothing can move.');
  const answers =
    answer.kind === 'values'
      ? ''
      : answer.flipped
        ? ` ${t('The answer becomes another one.')}`
        : ` ${t('The answer stays.')}`;
  const strided = others.find(({ operation }) => operation === 'first')?.movement.plain ?? null;
  const moved =
    strided === null
      ? t(
          'Moved by one pixel, the maps after pooling change by {0}, the maps before by {1}.',
          formatShare(after.plain),
          formatShare(before.plain)
        )
      : t(
          'Moved by one pixel, the maps after pooling change by {0}, the maps before by {1}; a stride without pooling would give {2}.',
          formatShare(after.plain),
          formatShare(before.plain),
          formatShare(strided)
        );
  return moved + answers;
}
