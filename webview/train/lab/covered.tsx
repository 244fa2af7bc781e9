/** Stands where a chart would give away what a guess is about. */
import { t } from '../../l10n';

export function Covered({ what }: { readonly what: string }) {
  return (
    <div class="lab-cover">
      <span aria-hidden="true">?</span>
      <p>{t('{0} is covered: your guess is about it.', what)}</p>
    </div>
  );
}
