/** Views that are fetched when they are first shown: the page opens without their code. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../l10n';
import { Skeleton } from './waiting';

/** @param load gives the component; called once, and again where that failed */
export function later(load: () => Promise<FunctionComponent>): FunctionComponent {
  let loaded: FunctionComponent | null = null;
  return function Later() {
    const [, drawAgain] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== null) return;
      let wanted = true;
      load().then(
        (found) => {
          loaded = found;
          if (wanted) drawAgain((count) => count + 1);
        },
        () => {
          if (wanted) setFailed(true);
        }
      );
      return () => {
        wanted = false;
      };
    }, []);
    if (loaded !== null) {
      const View = loaded;
      return <View />;
    }
    return failed ? (
      <p class="empty" role="alert">
        {t('This view could not be loaded: close the panel and open it again.')}
      </p>
    ) : (
      <Skeleton kind="lines" />
    );
  };
}
