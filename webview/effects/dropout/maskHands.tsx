/** Seed, step, play and hold. */
import { useEffect, useState } from 'preact/hooks';
import type { MaskTriptych } from '../../../src/protocol/effects/dropout';
import { Button, TextField } from '../../controls';
import { t } from '../../l10n';
import { useLatest } from '../../shared/hooks';
import { useApp } from '../../state';
import { isGaussian } from './words';

const playMilliseconds = 700;

export function MaskHands(props: {
  readonly of: MaskTriptych;
  readonly held: number;
  readonly next: number;
  /** Whether the answer to the last step is still awaited: playing waits for it. */
  readonly busy: boolean;
  readonly onHeld: (seed: number) => void;
  readonly onNext: (seed: number) => void;
}) {
  const { of, held, next, busy } = props;
  const [playing, setPlaying] = useState(false);
  const still = useStill();
  const latest = useLatest(props);
  useEffect(() => {
    if (!playing || still || busy) return undefined;
    const timer = setTimeout(() => latest.current.onNext(latest.current.next + 1), playMilliseconds);
    return () => clearTimeout(timer);
  }, [playing, still, busy, next]);
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
  return (
    <div class="row wrap">
      <span class="seed-field">
        <span aria-hidden="true">{t('Seed')}</span>
        <TextField
          label={isGaussian(of.kind) ? t('Seed of the held noise') : t('Seed of the held mask')}
          value={String(held)}
          onInput={(text) => {
            const seed = Number.parseInt(text, 10);
            if (Number.isFinite(seed)) props.onHeld(seed);
          }}
        />
      </span>
      <Button label={t('The draw before (,)')} onClick={() => props.onNext(Math.max(0, next - 1))}>
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
      <Button label={t('The next draw (.)')} onClick={() => props.onNext(next + 1)}>
        ▸
      </Button>
      <Button onClick={() => props.onHeld(next)}>
        {isGaussian(of.kind) ? t('Hold noise {0}', next) : t('Hold mask {0}', next)}
      </Button>
    </div>
  );
}

function useStill(): boolean {
  const chosen = useApp((state) => state.settings.reduceMotion);
  return chosen || window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
