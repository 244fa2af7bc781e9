/** The tab "Train": set a run up, watch it, look at the runs that are kept, and experiments on the network. */
import { useEffect } from 'preact/hooks';
import { t } from '../l10n';
import { selectHome, useApp } from '../state';
import { KeptRuns } from './keptRuns';
import { Experiments } from './lab/experiments';
import { attachExperiment, isUnderWay, useLab } from './lab/labState';
import { RunPart } from './runView';
import { Setup } from './setup';
import { attach, isGoing, train, useTrain, type Part } from './trainState';

export function Train() {
  const opened = useApp(selectHome);
  const part = useTrain((state) => state.part);
  const going = useTrain((state) => isGoing(state.live));
  const trying = useLab((state) => isUnderWay(state.live));
  const model = opened?.model ?? null;
  useEffect(() => {
    if (model === null) return;
    void attach(model);
    void attachExperiment(model);
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
    kept: t('Kept runs'),
    experiments: trying ? t('Experiments (going)') : t('Experiments')
  };
  return (
    <div class="view train-view">
      <div class="switch" role="group" aria-label={t('Parts of training')}>
        {(['setup', 'run', 'kept', 'experiments'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={name === part} onClick={() => train.set({ part: name })}>
            {parts[name]}
          </button>
        ))}
      </div>
      {part === 'setup' ? (
        <Setup model={opened.model} />
      ) : part === 'run' ? (
        <RunPart model={opened.model} />
      ) : part === 'kept' ? (
        <KeptRuns model={opened.model} />
      ) : (
        <Experiments model={opened.model} />
      )}
    </div>
  );
}
