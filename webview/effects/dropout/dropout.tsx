/** Dropout: one mask, many masks, and how much the answer leans on single features. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import { t } from '../../l10n';
import { cancelRun, run } from '../../session';
import { CallChoice } from '../../shared/callChoice';
import { ErrorBox, Waiting } from '../../shared/waiting';
import { layersById, selectCurrent, selectLayers, useApp, type RunStatus } from '../../state';
import { PutIn } from '../../train/lab/trainTheTwin';
import { LayersWith } from '../effects';
import { ManyMasks } from './manyMasks';
import { OneMask } from './oneMask';
import { Reliance } from './reliance';

type Part = 'one' | 'many' | 'reliance';
const noisy: readonly LayerRow['kind'][] = ['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise'];

export function Dropout({ layer }: { readonly layer: LayerRow | null }) {
  const [chosen, choose] = useState<Part>('one');
  const rows = useApp(selectLayers);
  const current = useApp(selectCurrent);
  const [call, setCall] = useState<{ readonly layer: string; readonly occurrence: number } | null>(null);
  const random = useApp((state) => state.opened?.summary.weightsOrigin.kind === 'random');
  const status = useApp((state) => state.run);
  const any = [...layersById(rows).values()].some((row) => noisy.includes(row.kind));
  const offered: readonly Part[] = any ? ['one', 'many', 'reliance'] : ['reliance'];
  const part = offered.includes(chosen) ? chosen : (offered[0] ?? 'reliance');
  // The choice holds for its own layer only.
  const occurrence = call !== null && call.layer === current?.id ? call.occurrence : 0;
  const titles: Readonly<Record<Part, string>> = {
    one: t('One mask'),
    many: t('Many masks'),
    reliance: t('Reliance')
  };
  return (
    <div class="view dropout">
      {!any && (
        <div class="empty">
          <p>
            {t(
              'This model has no dropout layer: try adding one after a pooling or dense layer. How much its answer leans on single features can be measured all the same:'
            )}
          </p>
          <PutIn way="dropout" />
        </div>
      )}
      <div class="row wrap">
        {offered.length > 1 && (
          <div class="switch" role="group" aria-label={t('Dropout')}>
            {offered.map((name) => (
              <button key={name} type="button" aria-pressed={name === part} onClick={() => choose(name)}>
                {titles[name]}
              </button>
            ))}
          </div>
        )}
        {current !== null && (part === 'reliance' || layer !== null) && (
          <CallChoice
            layer={current}
            occurrence={occurrence}
            onChange={(to) => setCall({ layer: current.id, occurrence: to })}
          />
        )}
      </div>
      {random && (
        <p class="note">{t('The weights are random: the masks are real, but the answers mean nothing yet.')}</p>
      )}
      <AfterRun status={status}>
        {(version) =>
          part === 'reliance' ? (
            current === null ? null : (
              <Reliance
                key={`${current.id} ${occurrence}`}
                layer={current}
                occurrence={occurrence}
                run={version}
                onManyMasks={any ? () => choose('many') : null}
              />
            )
          ) : part === 'many' ? (
            <ManyMasks layer={layer} occurrence={occurrence} run={version} onReliance={() => choose('reliance')} />
          ) : layer === null ? (
            <LayersWith effect="dropout" none={t('This model has no dropout layer: try adding one.')} />
          ) : (
            <OneMask
              key={`${layer.id} ${occurrence}`}
              layer={layer}
              occurrence={occurrence}
              run={version}
              onManyMasks={() => choose('many')}
            />
          )
        }
      </AfterRun>
    </div>
  );
}

function AfterRun(props: { readonly status: RunStatus; readonly children: (version: number) => ComponentChildren }) {
  const { status } = props;
  if (status.status === 'idle') return <p class="empty">{t('Choose an input above; masks fall on its values.')}</p>;
  if (status.status === 'running') return <Waiting note={status.note} onCancel={cancelRun} />;
  if (status.status === 'failed') return <ErrorBox error={status.error} onRetry={() => void run()} />;
  return <>{props.children(status.outcome.run)}</>;
}
