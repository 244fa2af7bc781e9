/** What can be done with an experiment's findings: trained networks side by side, files, deleting. */
import { useState } from 'preact/hooks';
import type { ExperimentFindings } from '../../../src/protocol/experiments';
import { channel } from '../../channel';
import { Button, Dropdown } from '../../controls';
import { toPng } from '../../export/raster';
import { saveBytes, saveText, wholeFigure } from '../../export/saveView';
import { toSvg } from '../../export/shapes';
import { t } from '../../l10n';
import { toRequestError } from '../../../src/protocol/rpc';
import type { RequestError } from '../../../src/protocol/channel';
import { announce, visit } from '../../session';
import { ErrorBox } from '../../shared/waiting';
import { app } from '../../state';
import { begunWords, DeleteExperiment } from './keptExperiments';

interface ActionsProps {
  readonly model: string;
  readonly findings: ExperimentFindings;
}

export function Actions({ model, findings }: ActionsProps) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<{ readonly error: RequestError; readonly retry: () => void } | null>(null);
  const { summary, results } = findings;
  const { experiment, title } = summary;
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setFailed(null);
    try {
      await work();
    } catch (failure) {
      const error = toRequestError(failure);
      if (error.kind !== 'cancelled') setFailed({ error, retry: () => void act(work) });
    } finally {
      setBusy(false);
    }
  };
  const figures = () => {
    const part = document.getElementById('lab-figures');
    return part === null ? Promise.reject(new Error(t('There is nothing to save.'))) : wholeFigure(part);
  };
  const none = results.length === 0;
  return (
    <>
      <SideBySide model={model} findings={findings} busy={busy} act={act} />
      <section class="tools" aria-label={t('Save what was found')}>
        <Button
          disabled={busy || none}
          onClick={() =>
            void act(async () => {
              const { html } = await channel.request('experimentReport', { model, experiment });
              await saveText(title, 'html', html);
            })
          }
        >
          {t('Report (HTML)…')}
        </Button>
        <Button
          disabled={busy || none}
          onClick={() =>
            void act(async () => {
              const { csv } = await channel.request('experimentCsv', { model, experiment });
              await saveText(title, 'csv', csv);
            })
          }
        >
          {t('All looks as CSV…')}
        </Button>
        <Button
          disabled={busy || none}
          onClick={() => void act(async () => saveBytes(title, 'png', await toPng(await figures())))}
        >
          {t('Curves as PNG…')}
        </Button>
        <Button
          disabled={busy || none}
          onClick={() => void act(async () => saveText(title, 'svg', toSvg(await figures())))}
        >
          {t('Curves as SVG…')}
        </Button>
        {summary.status !== 'running' && (
          <DeleteExperiment summary={summary} name={`${title}, ${begunWords(summary)}`} />
        )}
      </section>
      {failed !== null && <ErrorBox error={failed.error} onRetry={failed.retry} />}
    </>
  );
}

type SideBySideProps = ActionsProps & {
  readonly busy: boolean;
  readonly act: (work: () => Promise<unknown>) => Promise<void>;
};

/** Two trained networks of the first seed: in the comparison, or in the dropout view, which shows how much each leans on single features. */
function SideBySide({ model, findings, busy, act }: SideBySideProps) {
  const { keptNetworks, summary } = findings;
  const [chosenA, setA] = useState<string | null>(null);
  const [chosenB, setB] = useState<string | null>(null);
  const a = chosenA ?? keptNetworks[0]?.variant ?? '';
  const b = chosenB ?? keptNetworks.at(-1)?.variant ?? '';
  if (keptNetworks.length < 2) return null;
  const open = (view: 'compare' | 'effects') =>
    act(async () => {
      const ask = (variant: string) =>
        channel.request('openExperimentNetwork', { model, experiment: summary.experiment, variant });
      const [first, second] = [await ask(a), await ask(b)];
      visit(first.opened, first.title, { kind: 'model', prepared: null, ...second });
      app.set({ view, ...(view === 'effects' ? { effect: 'dropout' as const } : {}) });
      announce(t('{0} and {1} stand side by side', first.title, second.title));
    });
  const choices = keptNetworks.map(({ variant, label }) => ({ value: variant, label }));
  return (
    <section class="card" aria-label={t('The trained networks side by side')}>
      <h3>{t('The trained networks side by side')}</h3>
      {keptNetworks.length > 2 && (
        <div class="row wrap">
          <Dropdown label={t('First network')} value={a} choices={choices} onChange={setA} />
          <Dropdown label={t('Second network')} value={b} choices={choices} onChange={setB} />
        </div>
      )}
      <div class="tools">
        <Button disabled={busy || a === b} onClick={() => void open('compare')}>
          {t('Kernels, maps and answers')}
        </Button>
        <Button disabled={busy || a === b} onClick={() => void open('effects')}>
          {t('How much each leans on single features')}
        </Button>
      </div>
      <p class="quiet">
        {keptNetworks.length > 2
          ? t('Both as they were trained on the first seed.')
          : t('{0} and {1}, as they were trained on the first seed.', choices[0]?.label ?? '', choices[1]?.label ?? '')}
      </p>
    </section>
  );
}
