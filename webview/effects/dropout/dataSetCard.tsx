/** A question over a data set: which one, and the button that asks, because the answer takes a while. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { DataSetInfo } from '../../../src/protocol/dataSets';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { useRequest } from '../../shared/useRequest';

export function DataSetCard(props: {
  readonly model: string;
  readonly label: string;
  readonly title: string;
  /** Instead, where no data set fits. */
  readonly none: string;
  readonly ask: (set: DataSetInfo) => string;
  readonly explained?: boolean;
  readonly children: (set: DataSetInfo) => ComponentChildren;
}) {
  const sets = useRequest('dataSets', { model: props.model });
  const [asked, setAsked] = useState(false);
  const [set, setSet] = useState<string | null>(null);
  if (sets.status !== 'done') return null;
  const [first] = sets.value;
  if (first === undefined) return <p class="quiet">{props.none}</p>;
  const chosen = sets.value.find((one) => one.id === set) ?? first;
  return (
    <section class="card" aria-label={props.label}>
      <div class="tools">
        <strong>{props.title}</strong>
        {sets.value.length > 1 && (
          <Dropdown
            label={t('Data set')}
            value={chosen.id}
            choices={sets.value.map((one) => ({ value: one.id, label: one.title }))}
            onChange={setSet}
          />
        )}
        {!asked && <Button onClick={() => setAsked(true)}>{props.ask(chosen)}</Button>}
      </div>
      {props.explained === true && <p class="quiet">{chosen.reason}</p>}
      {asked && props.children(chosen)}
    </section>
  );
}
