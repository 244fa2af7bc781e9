/** Class names for the answer: a built-in list where one fits, a file, or typed by hand; and which are in use, and why. */
import { useState } from 'preact/hooks';
import type { RequestError } from '../../src/protocol/channel';
import type { PanelRequests } from '../../src/protocol/panel';
import type { LabelsInUse } from '../../src/protocol/running';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { announce, report, run } from '../session';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded } from '../shared/waiting';
import { app, useApp } from '../state';

type Given = PanelRequests['setLabels']['params']['labels'];

export function Labels() {
  const model = useApp((state) => state.opened?.model ?? '');
  const [typed, setTyped] = useState('');
  const changes = useApp((state) => state.labelChanges);
  const [error, setError] = useState<RequestError | null>(null);
  const labels = useRequest('labels', { model }, `${useOpening()}.${changes}`);
  const set = (given: Given) =>
    channel.request('setLabels', { model, labels: given }).then(
      ({ names }) => {
        setError(null);
        app.set({ labelChanges: app.get().labelChanges + 1 });
        announce(names === null ? t('No class names') : t('{0} class names in use', names.length));
        return run();
      },
      (failure: unknown) => setError(toRequestError(failure))
    );
  const fromFile = () =>
    channel.request('pickLabels', null).then((found) => found && set({ kind: 'file', path: found.path }), report);
  const names = typed
    .split('\n')
    .map((name) => name.trim())
    .filter(Boolean);
  return (
    <div class="labels">
      {error !== null && <ErrorBox error={error} />}
      <Loaded of={labels} skeleton="lines">
        {({ choices, inUse }) => (
          <>
            <p class="quiet" role="status">
              {describe(inUse)}
            </p>
            <div class="tools" role="group" aria-label={t('Class names')}>
              {choices
                .filter((choice) => choice.fits)
                .map((choice) => (
                  <Button key={choice.id} onClick={() => void set({ kind: 'builtin', id: choice.id })}>
                    {choice.title}
                  </Button>
                ))}
              <Button onClick={() => void fromFile()}>{t('From a file…')}</Button>
              {inUse !== null && <Button onClick={() => void set(null)}>{t('None')}</Button>}
            </div>
          </>
        )}
      </Loaded>
      <textarea
        aria-label={t('Class names, one a line')}
        rows={3}
        value={typed}
        placeholder={t('One name a line')}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <Button disabled={names.length === 0} onClick={() => void set({ kind: 'list', names })}>
        {t('Use these names')}
      </Button>
    </div>
  );
}

function describe(inUse: LabelsInUse | null): string {
  if (inUse === null) return t('No class names are in use: classes are numbered.');
  const few = inUse.names.slice(0, 3).join(', ');
  const what = t('{0} names in use ({1}…)', inUse.names.length, few);
  return inUse.assumed === null ? what : `${what}: ${inUse.assumed}`;
}

/** Another number for each time the chooser opens, so that no old answer is shown. */
let openings = 0;
function useOpening(): number {
  const [opening] = useState(() => ++openings);
  return opening;
}
