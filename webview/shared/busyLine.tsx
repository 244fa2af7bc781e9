/** A line that is always there and holds a bar with Cancel while a newer answer takes longer than half a second. */
import { useLasting } from './hooks';
import { Progress } from './waiting';
import type { Steady } from './steady';

export function BusyLine({ busy }: { readonly busy: Steady<unknown>['busy'] }) {
  const lasting = useLasting(busy !== null);
  return (
    <div class="busy-line" aria-busy={busy !== null}>
      {lasting && busy !== null && <Progress note={busy.note} onCancel={busy.cancel} />}
    </div>
  );
}
