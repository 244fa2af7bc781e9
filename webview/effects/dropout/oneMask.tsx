/** Off, one mask held by its seed, the next masks: the same values of the same input three times. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { isDropped, shareBound } from '../../../src/core/noise';
import type { LayerRow } from '../../../src/core/summary';
import type { MaskPanel, MaskTriptych } from '../../../src/protocol/effects/dropout';
import { Button, TextField } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatExact, formatShare, formatValue } from '../../shared/format';
import { useLatest } from '../../shared/hooks';
import { Explanation, Legend, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { MaskNodes } from './maskNodes';
import { MaskTiles } from './maskTiles';
import { useResting, useSteady } from './steady';
import { arithmetic, kindOf, strengthName } from './words';

const counted = 50;
const pictures = 100;
const playMilliseconds = 700;

export function OneMask(props: { readonly layer: LayerRow; readonly run: number; readonly onManyMasks: () => void }) {
  const { layer, run } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const [strength, setStrength] = useState<number | null>(null);
  const [held, setHeld] = useState(1);
  const [next, setNext] = useState(2);
  const rested = useResting(strength, 30);
  const question = { model, layer: layer.id, occurrence: 0, strength: rested };
  const triptych = useSteady(useRequest('maskTriptych', { ...question, held, next }, run), `${layer.id} ${run}`);
  return (
    <Loaded of={triptych}>
      {(value) => (
        <>
          <Hands
            of={value}
            strength={strength ?? value.ownStrength}
            onStrength={(to) => setStrength(to === value.ownStrength ? null : to)}
            held={held}
            next={next}
            onHeld={setHeld}
            onNext={setNext}
          />
          <Panels of={value} name={layer.name} />
          <Counts of={value} question={question} run={run} onManyMasks={props.onManyMasks} />
        </>
      )}
    </Loaded>
  );
}

function Hands(props: {
  readonly of: MaskTriptych;
  readonly strength: number;
  readonly onStrength: (strength: number) => void;
  readonly held: number;
  readonly next: number;
  readonly onHeld: (seed: number) => void;
  readonly onNext: (seed: number) => void;
}) {
  const { of, strength, held, next } = props;
  const [playing, setPlaying] = useState(false);
  const still = useStill();
  const latest = useLatest(props);
  useEffect(() => {
    if (!playing || still) return undefined;
    const timer = setInterval(() => latest.current.onNext(latest.current.next + 1), playMilliseconds);
    return () => clearInterval(timer);
  }, [playing, still]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest('input, textarea, vscode-text-field, vscode-dropdown') !== null && target !== null) return;
      if (event.key === '.') latest.current.onNext(latest.current.next + 1);
      else if (event.key === ',') latest.current.onNext(Math.max(0, latest.current.next - 1));
      else if (event.key === ' ' && target?.closest('button, vscode-button, [tabindex]') === null)
        setPlaying((now) => !now);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const most = of.kind === 'gaussianNoise' ? Math.max(1, of.ownStrength * 3) : 0.95;
  return (
    <div class="mask-hands">
      <label class="slider">
        <span>
          {strengthName(of.kind)} {formatValue(strength)}
        </span>
        <input
          type="range"
          min={0}
          max={most}
          step={of.kind === 'gaussianNoise' ? most / 100 : 0.05}
          value={strength}
          aria-describedby="mask-now"
          onInput={(event) => props.onStrength(Number(event.currentTarget.value))}
        />
      </label>
      <span id="mask-now" class="quiet">
        {t('changes what is dropped now, not how it was trained')}
        {strength === of.ownStrength ? '' : ` (${t('trained with {0}', formatValue(of.ownStrength))})`}
      </span>
      {strength !== of.ownStrength && <Button onClick={() => props.onStrength(of.ownStrength)}>{t('Reset')}</Button>}
      <div class="row">
        <span class="seed-field">
          <span aria-hidden="true">{t('Seed')}</span>
          <TextField
            label={t('Seed of the held mask')}
            value={String(held)}
            onInput={(text) => {
              const seed = Number.parseInt(text, 10);
              if (Number.isFinite(seed)) props.onHeld(seed);
            }}
          />
        </span>
        <Button label={t('Mask before (,)')} onClick={() => props.onNext(Math.max(0, next - 1))}>
          ◂
        </Button>
        <Button
          disabled={still}
          title={still ? t('Off, because you prefer less motion: step with the arrows') : t('Play or pause (space)')}
          label={playing ? t('Pause') : t('Play')}
          onClick={() => setPlaying(!playing)}
        >
          {playing && !still ? '❚❚' : '▶'}
        </Button>
        <Button label={t('Next mask (.)')} onClick={() => props.onNext(next + 1)}>
          ▸
        </Button>
        <Button onClick={() => props.onHeld(next)}>{t('Hold mask {0}', next)}</Button>
      </div>
    </div>
  );
}

function useStill(): boolean {
  const chosen = useApp((state) => state.settings.reduceMotion);
  return chosen || window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}

function Panels({ of, name }: { readonly of: MaskTriptych; readonly name: string }) {
  const [picked, setPicked] = useState(() => strongestIndex(of.before));
  const at = Math.min(picked, Math.max(0, of.before.length - 1));
  const kind = kindOf(of);
  const channel = of.shown[Math.floor(at / (of.size[0] * of.size[1]))] ?? 0;
  const value = of.before[at] ?? 0;
  const unit = of.vector ? t('unit {0}', channel) : t('map {0}', channel);
  const sums = [of.held, of.next].map((panel) => ({
    panel,
    ...arithmetic(kind, value, panel.noise[at] ?? 0, panel.after[at] ?? 0)
  }));
  const pick = { picked: at, onPick: setPicked };
  return (
    <>
      <Legend
        colormap={of.range.min < 0 ? 'diverging' : 'viridis'}
        min={of.range.min}
        max={of.range.max}
        note={
          of.shown.length < of.channels
            ? t('one scale for all; the {0} strongest of {1}', of.shown.length, of.channels)
            : t('one scale for all')
        }
      />
      {(of.kind === 'dropout' || of.kind === 'alphaDropout') && (
        <p class="mask-key quiet">
          <i class="hatched" aria-hidden="true" /> {of.vector ? t('struck through: dropped') : t('hatched: dropped')}
          {of.edges !== null && <> · {t('dashed: connections cut off from {0}', of.edges.layer)}</>}
        </p>
      )}
      <div class="triptych">
        <Panel
          title={t('Off: as the network answers')}
          of={of}
          panel={null}
          says={`${unit}: ${formatValue(value)}`}
          {...pick}
        />
        {sums.map(({ panel, text }, index) => (
          <Panel
            key={index}
            title={index === 0 ? t('Held: mask {0}', panel.seed) : t('Next: mask {0}', panel.seed)}
            of={of}
            panel={panel}
            says={`${unit}: ${text}`}
            {...pick}
          />
        ))}
      </div>
      <section class="card" aria-label={t('One value worked by hand')}>
        <strong>
          {of.vector ? t('Unit {0} of {1}', channel, name) : t('One value of map {0} of {1}', channel, name)}
        </strong>
        {sums.map(({ panel, text, same }) => (
          <p key={panel.seed}>
            {t('Mask {0}', panel.seed)}: {text}{' '}
            <span class={same ? 'agrees' : 'differs'}>
              {same ? t('✓ equal to the runtime') : t('differs from the runtime')}
            </span>
          </p>
        ))}
        <p class="quiet">{t('Click another value, or walk with the arrow keys.')}</p>
      </section>
    </>
  );
}

const neverDropped = () => false;

function Panel(props: {
  readonly title: string;
  readonly of: MaskTriptych;
  readonly panel: MaskPanel | null;
  readonly says: string;
  readonly picked: number;
  readonly onPick: (index: number) => void;
}) {
  const { of, panel, picked, onPick, says, title } = props;
  const kind = kindOf(of);
  const dropped = useCallback(
    (index: number) => panel !== null && isDropped(kind, panel.noise[index] ?? 1),
    [panel, of.kind]
  );
  const values = panel?.after ?? of.before;
  const shared = { names: of.shown, label: title, says, picked, onPick };
  const gaussian = of.kind === 'gaussianDropout' || of.kind === 'gaussianNoise';
  return (
    <section class="triptych-panel" aria-label={title}>
      <h2>{title}</h2>
      {of.vector ? (
        <MaskNodes {...shared} values={values} range={of.range} dropped={dropped} edges={of.edges} />
      ) : (
        <MaskTiles
          {...shared}
          count={of.shown.length}
          size={of.size}
          values={values}
          range={of.range}
          dropped={panel === null ? neverDropped : dropped}
        />
      )}
      {panel !== null && gaussian && !of.vector && <Drawn of={of} panel={panel} {...shared} />}
      <p class="quiet">{panel === null ? t('mean {0}', formatValue(of.mean)) : factsOf(of, panel)}</p>
      <AnswerBars change={panel?.change ?? of.off} label={t('Answer: {0}', title)} />
      {panel?.change.flipped === true && <p class="mask-flip">{t('This mask flips the answer.')}</p>}
    </section>
  );
}

/** The factors or addends themselves, around 1 or 0. */
function Drawn(props: {
  readonly of: MaskTriptych;
  readonly panel: MaskPanel;
  readonly names: readonly number[];
  readonly picked: number;
  readonly says: string;
  readonly onPick: (index: number) => void;
}) {
  const { of, panel, names, picked, onPick, says } = props;
  const centre = of.kind === 'gaussianDropout' ? 1 : 0;
  const around = panel.noise.map((value) => value - centre);
  const limit = around.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
  const label = centre === 1 ? t('The factors drawn, minus 1') : t('The numbers added');
  return (
    <>
      <p class="quiet">{label}</p>
      <Legend colormap="diverging" min={-limit} max={limit} note="" />
      <MaskTiles
        count={of.shown.length}
        size={of.size}
        values={around}
        range={{ min: -limit, max: limit }}
        dropped={neverDropped}
        {...{ names, picked, onPick, says, label }}
      />
    </>
  );
}

function factsOf(of: MaskTriptych, panel: MaskPanel): string {
  const mean = t('mean {0}', formatValue(panel.mean));
  if (of.kind === 'gaussianDropout' || of.kind === 'gaussianNoise') return mean;
  const bound = shareBound(of.strength, panel.drawn);
  return `${t(
    'dropped {0} of {1} {2} = {3} (stated {4} ± {5})',
    formatExact(panel.dropped),
    formatExact(panel.drawn),
    of.wholeMaps ? t('maps') : of.vector ? t('units') : t('values'),
    formatShare(panel.dropped / Math.max(1, panel.drawn)),
    formatShare(of.strength),
    formatShare(bound)
  )}; ${mean}`;
}

function strongestIndex(values: Float32Array): number {
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value) > Math.abs(values[best] ?? 0)) best = index;
  });
  return best;
}

function Counts(props: {
  readonly of: MaskTriptych;
  readonly question: { model: string; layer: string; occurrence: number; strength: number | null };
  readonly run: number;
  readonly onManyMasks: () => void;
}) {
  const { of, run, onManyMasks } = props;
  const rested = useResting(props.question.strength, 400);
  const question = { ...props.question, strength: rested };
  const many = useRequest('manyMasks', { ...question, seed: 1, passes: counted }, run);
  const sets = useRequest('dataSets', { model: question.model });
  const set = sets.status === 'done' ? (sets.value[0] ?? null) : null;
  return (
    <>
      {set !== null && <OverPictures question={question} set={set.id} />}
      <Explanation
        see={t(
          'The values of this layer for your input: without a mask, under one mask that stays while you compare, and under the masks that would come next. What survives is scaled up so that the mean stays.'
        )}
        look={t(
          'Whether the answer holds although other values are missing each time: a network trained with dropout has learned not to lean on single ones.'
        )}
      />
      {many.status === 'done' ? (
        <SoWhat
          text={
            many.value.kind === 'classes'
              ? t(
                  '{0} of {1} masks at {2} flip the answer for this input; off, the network uses all {3} {4} at once.',
                  many.value.flipped,
                  many.value.passes,
                  formatValue(of.strength),
                  formatExact(of.channels),
                  of.vector ? t('units') : t('maps')
                )
              : t('Under {0} masks the output spreads by {1}.', counted, formatValue(many.value.classes[0]?.std ?? 0))
          }
        >
          <Button onClick={onManyMasks}>{t('Ask many masks')}</Button>
        </SoWhat>
      ) : (
        <p class="quiet" aria-busy="true">
          {many.status === 'failed' ? t('The masks could not be counted.') : t('Counting over {0} masks…', counted)}
        </p>
      )}
    </>
  );
}

function OverPictures(props: {
  readonly question: { model: string; layer: string; occurrence: number; strength: number | null };
  readonly set: string;
}) {
  const found = useRequest('picturesUnderMasks', { ...props.question, set: props.set, seed: 1, pictures });
  if (found.status !== 'done') return <p class="quiet">{t('Counting over the pictures of the data set…')}</p>;
  const { title, flipped, right, pictures: count } = found.value;
  return (
    <p>
      {t('{0}: one mask each flips {1} of {2} answers', title, flipped, count)}
      {right === null
        ? '.'
        : t(
            '; right without masks {0}, with masks {1} of {2}. Masks cost accuracy here and now: what they are for is training.',
            right.off,
            right.on,
            right.of
          )}
    </p>
  );
}
