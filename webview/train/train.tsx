/** The tab "Train": set a run up, watch it, look at the runs that are kept. */
import { useEffect } from 'preact/hooks';
import { t } from '../l10n';
import { useApp } from '../state';
import { KeptRuns } from './keptRuns';
import { RunPart } from './runView';
import { Setup } from './setup';
import { attach, isGoing, train, useTrain, type Part } from './trainState';

export function Train() {
  const opened = useApp((state) => state.opened);
  const part = useTrain((state) => state.part);
  const going = useTrain((state) => isGoing(state.live));
  const model = opened?.model ?? null;
  useEffect(() => {
    if (model !== null) void attach(model);
  }, [model]);
  if (opened === null) return null;
  if (opened.inputs.length === 0)
    return (
      <p class="empty">
        {t(
          'This file holds weights without an architecture: there is no network to train. Open the code that builds it, or a file that holds both.'
        )}
      </p>
    );
  if ((opened.summary.totals.params ?? 1) === 0)
    return <p class="empty">{t('No layer of this network has weights: there is nothing to train.')}</p>;
  const parts: Readonly<Record<Part, string>> = {
    setup: t('Set up'),
    run: going ? t('Run (going)') : t('Run'),
    kept: t('Kept runs')
  };
  return (
    <div class="view train-view">
      <div class="switch" role="group" aria-label={t('Parts of training')}>
        {(['setup', 'run', 'kept'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={name === part} onClick={() => train.set({ part: name })}>
            {parts[name]}
          </button>
        ))}
      </div>
      {part === 'setup' ? (
        <Setup model={opened.model} />
      ) : part === 'run' ? (
        <RunPart model={opened.model} />
      ) : (
        <KeptRuns model={opened.model} />
      )}
    </div>
  );
}
