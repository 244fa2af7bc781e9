/** What the network answers, by what the output is; with random weights nothing is called predicted. */
import { useState } from 'preact/hooks';
import type { OutputView } from '../../src/protocol/running';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { cancelRun, run } from '../session';
import { formatShare, formatValue } from '../shared/format';
import { useLasting } from '../shared/hooks';
import { ErrorBox, Progress } from '../shared/waiting';
import { useApp } from '../state';
import { PictureOutput } from './pictureOutput';

export function Answer() {
  const status = useApp((state) => state.run);
  const random = useApp(
    (state) =>
      state.opened?.summary.weightsOrigin.kind !== 'file' && state.opened?.summary.weightsOrigin.kind !== 'trained'
  );
  const lasting = useLasting(status.status === 'running');
  const [chosen, setChosen] = useState(0);
  if (status.status === 'failed')
    return (
      <div class="answer">
        <ErrorBox error={status.error} onRetry={() => void run()} />
      </div>
    );
  if (status.status !== 'done')
    return (
      <div class="answer" aria-busy="true">
        {lasting && status.status === 'running' && <Progress note={status.note} onCancel={cancelRun} />}
      </div>
    );
  const { outputs, stoppedAt } = status.outcome;
  const output = outputs[chosen] ?? outputs[0];
  return (
    <div class={`answer ${random ? 'hollow' : ''}`}>
      {outputs.length > 1 && (
        <Dropdown
          label={t('Output')}
          value={String(chosen)}
          choices={outputs.map((one, index) => ({ value: String(index), label: one.name }))}
          onChange={(value) => setChosen(Number(value))}
        />
      )}
      {stoppedAt !== null && <span class="quiet">{t('Stopped at {0}: {1}', stoppedAt.layer, stoppedAt.reason)}</span>}
      {output !== undefined && <Output output={output} random={random} />}
    </div>
  );
}

function Output({ output, random }: { readonly output: OutputView; readonly random: boolean }) {
  switch (output.kind) {
    case 'classes': {
      const largest = Math.max(1e-9, ...output.top.map((one) => Math.abs(one.value)));
      return (
        <ol
          class="bars"
          aria-label={random ? t('Output of random weights: it means nothing yet') : t('Predicted classes')}
        >
          {output.top.slice(0, 3).map((one, place) => (
            <li key={one.index}>
              <span class="bar-name ellipsis" title={one.label ?? String(one.index)}>
                {place === 0 && !random
                  ? t('predicted {0}', one.label ?? one.index)
                  : (one.label ?? t('class {0}', one.index))}
              </span>
              <span class="bar">
                <span style={{ width: `${(Math.abs(one.value) / (output.probabilities ? 1 : largest)) * 100}%` }} />
              </span>
              <span class="bar-value">{output.probabilities ? formatShare(one.value) : formatValue(one.value)}</span>
            </li>
          ))}
        </ol>
      );
    }
    case 'image':
    case 'mask':
      return <PictureOutput key={output.name} output={output} />;
    case 'number':
      return (
        <strong class="number">
          {[...output.values.subarray(0, 4)].map((value) => formatValue(value, 5)).join(', ')}
        </strong>
      );
  }
}
