/** A kernel on its way over a map: the input with the window, the output that fills in, and the play head. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Volume, WindowAxes } from '../../../src/protocol/effects/windows';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { useLatest, useSize } from '../../shared/hooks';
import { Breaking } from '../../shared/parts';
import { useApp } from '../../state';
import { CellMap } from '../cells/cellMap';
import { elementFrames, frameOf, outputOver, padsOf } from '../cells/linked';
import { scaleFor, sliceOf, type Range } from '../cells/paint';

export interface SlidingProps {
  readonly axes: WindowAxes;
  readonly input: Volume;
  readonly output: Volume;
  readonly rank: number;
  readonly inputRange: Range;
  readonly outputRange: Range;
  readonly inputName: string;
  readonly outputName: string;
  /** Slice of the output, and of the input shown. */
  readonly slice: number;
  readonly depth: number;
  /** Row-major position of the play head in the slice. */
  readonly head: number;
  readonly onHead: (head: number) => void;
  /** Whether the numbers of this position are there: playing waits for them. */
  readonly ready: boolean;
  readonly grey?: boolean;
  /** Shows the whole output, not only what lies before the play head. */
  readonly whole?: boolean;
  readonly children?: ComponentChildren;
}

const speeds = [
  { value: 900, words: () => t('slow') },
  { value: 300, words: () => t('normal') },
  { value: 60, words: () => t('fast') }
] as const;
const nobody = new Int32Array();

export function Sliding(props: SlidingProps) {
  const { axes, input, output, slice, depth, head, onHead } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const sequential = useApp((state) => state.colormap);
  const series = props.rank === 1;
  const [high, wide] = [output.size[1], output.size[2]];
  const [row, column] = [Math.floor(head / wide), head % wide];
  const before = useMemo(() => sliceOf(input, depth), [input, depth]);
  const after = useMemo(() => sliceOf(output, slice), [output, slice]);
  const frames = useMemo(() => {
    const cell = [slice, row, column] as const;
    const whole = frameOf(axes, cell);
    const elements = elementFrames(axes, cell);
    const gaps = whole !== null && elements.length < whole.high * whole.wide;
    return gaps ? elements : whole === null ? [] : [whole];
  }, [axes, slice, row, column]);
  const marked = useMemo(() => [[row, column] as const], [row, column]);
  const from = scaleFor(props.inputRange, props.grey === true ? 'gray' : sequential);
  const to = scaleFor(props.outputRange, sequential);
  const room = Math.max(120, width - 14);
  const go = (y: number, x: number) =>
    onHead(Math.max(0, Math.min(high - 1, y)) * wide + Math.max(0, Math.min(wide - 1, x)));
  const value = after[head] ?? 0;
  const text = t('row {0}, column {1}: {2}', row, column, formatValue(value, 5));
  return (
    <>
      <div ref={box} class={`pair-of-maps ${series ? 'stacked' : ''}`}>
        <figure style={series ? {} : { maxWidth: `${String(room / 2)}px` }}>
          <figcaption>
            <Breaking name={props.inputName} />
          </figcaption>
          <CellMap
            values={before}
            size={[input.size[1], input.size[2]]}
            pads={padsOf(axes)}
            width={series ? room : room / 2}
            range={from.range}
            map={from.map}
            series={series}
            frames={frames}
            label={t('Input, the window framed')}
            text={text}
            onPoint={(y, x, keep) => {
              const cell = keep ? outputOver(axes, slice, y, x, nobody) : null;
              if (cell !== null) go(cell[1], cell[2]);
            }}
          />
          <Scale range={from.range} map={from.map} series={series} />
        </figure>
        <figure style={series ? {} : { maxWidth: `${String(room / 2)}px` }}>
          <figcaption>
            <Breaking name={props.outputName} />
          </figcaption>
          <CellMap
            values={after}
            size={[high, wide]}
            width={series ? room : room / 2}
            range={to.range}
            map={to.map}
            series={series}
            marked={marked}
            {...(props.whole === true ? {} : { written: head + 1 })}
            label={t('Output, filled up to the play head; arrow keys move it')}
            text={text}
            onPoint={(y, x, keep) => {
              if (keep) go(y, x);
            }}
            onMove={(dy, dx) => go(row + dy, column + dx)}
          />
          <Scale range={to.range} map={to.map} series={series} />
        </figure>
      </div>
      <PlayHead head={head} count={high * wide} onHead={onHead} ready={props.ready} text={text} />
      {props.children}
    </>
  );
}

function Scale({ range, map, series }: { readonly range: Range; readonly map: string; readonly series: boolean }) {
  return (
    <div class="small-legend quiet">
      {series ? '↑ ' : ''}
      {formatValue(range.min, 2)}
      {series ? ' … ' : <span class={`ramp ramp-${map}`} />}
      {formatValue(range.max, 2)}
    </div>
  );
}

function PlayHead(props: {
  readonly head: number;
  readonly count: number;
  readonly onHead: (head: number) => void;
  readonly ready: boolean;
  readonly text: string;
}) {
  const { head, count, onHead, ready } = props;
  const [playing, setPlaying] = useState(false);
  const [pace, setPace] = useState<number>(300);
  const still = useStill();
  const latest = useLatest({ head, count, onHead });
  const step = (by: number) => {
    const { head: at, count: all, onHead: move } = latest.current;
    move(Math.max(0, Math.min(all - 1, at + by)));
  };
  useEffect(() => {
    if (!playing || !ready) return undefined;
    if (head >= count - 1) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => step(1), pace);
    return () => clearTimeout(timer);
  }, [playing, ready, head, count, pace]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.composedPath()[0];
      if (target instanceof HTMLInputElement && target.type !== 'range') return;
      if (event.key !== '.' && event.key !== ',') return;
      setPlaying(false);
      step(event.key === '.' ? 1 : -1);
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div class="play-head" role="group" aria-label={t('Play head')}>
      <Button label={t('To the start')} onClick={() => onHead(0)}>
        «
      </Button>
      <Button label={t('One step back')} title=", " onClick={() => step(-1)}>
        ‹
      </Button>
      {!still && (
        <Button
          appearance="primary"
          label={playing ? t('Pause') : t('Play')}
          onClick={() => {
            if (!playing && head >= count - 1) onHead(0);
            setPlaying(!playing);
          }}
        >
          {playing ? t('Pause') : `▶ ${t('Play')}`}
        </Button>
      )}
      <Button label={t('One step forward')} title="." onClick={() => step(1)}>
        ›
      </Button>
      <Button label={t('To the end')} onClick={() => onHead(count - 1)}>
        »
      </Button>
      <input
        type="range"
        min={0}
        max={count - 1}
        value={head}
        aria-label={t('Play head')}
        aria-valuetext={props.text}
        onInput={(event) => {
          setPlaying(false);
          onHead(Number(event.currentTarget.value));
        }}
      />
      {still ? (
        <span class="quiet">{t('Motion is reduced: step with . and ,')}</span>
      ) : (
        <span class="switch" role="group" aria-label={t('Speed')}>
          {speeds.map((speed) => (
            <button
              key={speed.value}
              type="button"
              aria-pressed={pace === speed.value}
              onClick={() => setPace(speed.value)}
            >
              {speed.words()}
            </button>
          ))}
        </span>
      )}
      <span class="quiet">{t('{0} of {1}', head + 1, count)}</span>
    </div>
  );
}

/** Whether the person asked for less motion, in VS Code or in the system. */
function useStill(): boolean {
  const setting = useApp((state) => state.settings.reduceMotion);
  return setting || window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
