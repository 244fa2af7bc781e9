/** Why this answer: which pixels speak for a class, how firm the answer is, and what a channel looks for. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { WhyTargets } from '../../src/protocol/why';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { cancelRun, run } from '../session';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded, Skeleton, Waiting } from '../shared/waiting';
import { useApp } from '../state';
import { Attribution } from './attribution';
import { ChannelView } from './channelView';
import { Shake } from './shake';

export type WhyPart = 'pixels' | 'shake' | 'channel';
const parts: readonly WhyPart[] = ['pixels', 'shake', 'channel'];

export function Why({ layer }: { readonly layer: LayerRow }) {
  const status = useApp((state) => state.run);
  const runs = useApp((state) => (state.opened?.inputs.length ?? 0) > 0);
  const model = useApp((state) => state.opened?.model ?? '');
  if (!runs)
    return (
      <div class="view">
        <p class="empty">{t('Nothing to explain: the file says nothing about how its layers are wired.')}</p>
      </div>
    );
  if (status.status === 'idle')
    return (
      <div class="view">
        <p class="empty">{t('Choose an input above; why the network answers as it does appears here.')}</p>
        <Skeleton kind="block" />
      </div>
    );
  if (status.status === 'running') return <Waiting note={status.note} onCancel={cancelRun} skeleton="block" />;
  if (status.status === 'failed') return <ErrorBox error={status.error} onRetry={() => void run()} />;
  return <OfRun layer={layer} model={model} run={status.outcome.run} />;
}

function OfRun({
  layer,
  model,
  run: version
}: {
  readonly layer: LayerRow;
  readonly model: string;
  readonly run: number;
}) {
  const [part, setPart] = useState<WhyPart>('pixels');
  const [output, setOutput] = useState(0);
  const targets = useRequest('whyTargets', { model, output }, version);
  const random = useApp(
    (state) =>
      state.opened?.summary.weightsOrigin.kind !== 'file' && state.opened?.summary.weightsOrigin.kind !== 'trained'
  );
  const titles: Readonly<Record<WhyPart, string>> = {
    pixels: t('Which pixels'),
    shake: t('Shake the weights'),
    channel: t('What a channel looks for')
  };
  return (
    <div class="view why">
      <div class="switch" role="group" aria-label={t('Why')}>
        {parts.map((name) => (
          <button key={name} type="button" aria-pressed={name === part} onClick={() => setPart(name)}>
            {titles[name]}
          </button>
        ))}
      </div>
      {random && (
        <p class="note">
          {t('These weights are random: what you see explains nothing yet, it only shows how it works.')}
        </p>
      )}
      {part === 'channel' ? (
        <ChannelView key={layer.id} layer={layer} model={model} run={version} />
      ) : (
        <Loaded of={targets} skeleton="block">
          {(value: WhyTargets) => (
            <>
              {value.outputs.length > 1 && (
                <div class="tools">
                  <Dropdown
                    label={t('Output of the network')}
                    value={String(output)}
                    choices={value.outputs.map((name, index) => ({ value: String(index), label: name }))}
                    onChange={(index) => setOutput(Number(index))}
                  />
                </div>
              )}
              {part === 'pixels' ? (
                <Attribution
                  key={output}
                  layer={layer}
                  model={model}
                  run={version}
                  targets={value}
                  output={output}
                  onShake={() => setPart('shake')}
                />
              ) : (
                <Shake model={model} run={version} targets={value} output={output} />
              )}
            </>
          )}
        </Loaded>
      )}
    </div>
  );
}
