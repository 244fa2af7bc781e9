/** What stands in a picture's place: a skeleton, a progress bar with Cancel, an error with the next step. */
import type { ComponentChildren } from 'preact';
import type { ProgressNote, RequestError } from '../../src/protocol/channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { useLasting } from './hooks';
import type { Loadable } from './useRequest';

export function Skeleton({ kind = 'tiles' }: { readonly kind?: 'tiles' | 'lines' | 'block' }) {
  const parts = kind === 'tiles' ? 12 : kind === 'lines' ? 5 : 1;
  return (
    <div class={`skeleton skeleton-${kind}`} aria-hidden="true">
      {Array.from({ length: parts }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  );
}

export function Progress({ note, onCancel }: { readonly note: ProgressNote | null; readonly onCancel?: () => void }) {
  const share = note?.share ?? null;
  const message = note?.message ?? t('Working');
  return (
    <div class="progress">
      <progress aria-label={message} {...(share === null ? {} : { value: share, max: 1 })} />
      <span class="progress-text">
        {message}
        {share === null ? '' : ` · ${Math.round(share * 100)} %`}
      </span>
      {onCancel && <Button onClick={onCancel}>{t('Cancel')}</Button>}
    </div>
  );
}

/** Nothing for half a second but a skeleton, then a bar and Cancel in the same place. */
export function Waiting(props: {
  readonly note: ProgressNote | null;
  readonly onCancel: () => void;
  readonly skeleton?: 'tiles' | 'lines' | 'block';
}) {
  const lasting = useLasting(true);
  return (
    <div class="waiting" aria-busy="true">
      <div class="waiting-bar">{lasting && <Progress note={props.note} onCancel={props.onCancel} />}</div>
      <Skeleton kind={props.skeleton ?? 'tiles'} />
    </div>
  );
}

export function ErrorBox(props: {
  readonly error: RequestError;
  readonly onRetry?: () => void;
  readonly children?: ComponentChildren;
}) {
  const { title, text } = describe(props.error);
  return (
    <div class="error-box" role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
      <div class="row">
        {props.onRetry && (
          <Button appearance="primary" onClick={props.onRetry}>
            {props.error.kind === 'cancelled' ? t('Start again') : t('Retry')}
          </Button>
        )}
        {props.children}
      </div>
    </div>
  );
}

function describe(error: RequestError): { title: string; text: string } {
  switch (error.kind) {
    case 'input':
      return {
        title: error.problem.problem.charAt(0).toUpperCase() + error.problem.problem.slice(1),
        text: `${error.problem.file} — ${error.problem.remedy}.`
      };
    case 'cancelled':
      return { title: t('Cancelled'), text: t('Nothing was changed.') };
    case 'crashed':
      return {
        title: t('The worker process ended unexpectedly'),
        text: t('{0} Your file is unharmed; Retry starts a new process and opens it again.', error.message)
      };
    case 'internal':
      return { title: t('Something went wrong inside ConvLens'), text: error.message };
  }
}

/** Draws `children` once the answer is there. */
export function Loaded<T>(props: {
  readonly of: Loadable<T>;
  readonly skeleton?: 'tiles' | 'lines' | 'block';
  readonly children: (value: T) => ComponentChildren;
}) {
  const { of } = props;
  if (of.status === 'loading')
    return <Waiting note={of.note} onCancel={of.cancel} skeleton={props.skeleton ?? 'tiles'} />;
  if (of.status === 'failed') return <ErrorBox error={of.error} onRetry={of.retry} />;
  return <>{props.children(of.value)}</>;
}
