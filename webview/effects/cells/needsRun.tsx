/** Stands before views that need the values of a pass: what to do while there are none. */
import type { ComponentChildren } from 'preact';
import { t } from '../../l10n';
import { cancelRun, run } from '../../session';
import { ErrorBox, Skeleton, Waiting } from '../../shared/waiting';
import { useApp } from '../../state';

export function NeedsRun({ children }: { readonly children: (run: number) => ComponentChildren }) {
  const status = useApp((state) => state.run);
  const runs = useApp((state) => (state.opened?.inputs.length ?? 0) > 0);
  if (!runs)
    return <p class="empty">{t('Nothing can run here: the file says nothing about how its layers are wired.')}</p>;
  switch (status.status) {
    case 'idle':
      return (
        <div class="view">
          <p class="empty">{t('Choose an input above; what this layer does to it appears here.')}</p>
          <Skeleton kind="block" />
        </div>
      );
    case 'running':
      return <Waiting note={status.note} onCancel={cancelRun} skeleton="block" />;
    case 'failed':
      return <ErrorBox error={status.error} onRetry={() => void run()} />;
    case 'done':
      return <>{children(status.outcome.run)}</>;
  }
}

/** Said wherever answers are shown for weights that nobody trained. */
export function UntrainedNote() {
  const kind = useApp((state) => state.opened?.summary.weightsOrigin.kind ?? 'none');
  if (kind === 'file' || kind === 'trained') return null;
  return (
    <p class="note">
      {t('Random weights: how the values move is true of this network, its answers mean nothing yet.')}
    </p>
  );
}

/** Which map: one after the other, or the strongest. */
export function ChannelStepper(props: {
  readonly name: string;
  readonly channel: number;
  readonly channels: number;
  readonly onChange: (channel: number) => void;
}) {
  const { name, channel, channels, onChange } = props;
  return (
    <span class="stepper" role="group" aria-label={name}>
      <button
        type="button"
        disabled={channel <= 0}
        aria-label={t('{0}: the one before', name)}
        onClick={() => onChange(channel - 1)}
      >
        ‹
      </button>
      <span>
        {name} <b>{channel}</b> {t('of {0}', channels)}
      </span>
      <button
        type="button"
        disabled={channel + 1 >= channels}
        aria-label={t('{0}: the next one', name)}
        onClick={() => onChange(channel + 1)}
      >
        ›
      </button>
    </span>
  );
}
