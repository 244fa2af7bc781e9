/** Whether the file of weights fits the code: the verdict, and each layer that does not, with the reason. */
import type { FitRow, FitStatus } from '../../src/core/weightsFit';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { useApp } from '../state';

function statusWords(status: FitStatus): string {
  switch (status) {
    case 'matched':
      return t('fits');
    case 'differs':
      return t('differs');
    case 'missing':
      return t('not in the file');
    case 'extra':
      return t('not in the code');
    case 'refused':
      return t('other order');
    case 'unknown':
      return t('not known');
  }
}

export function LoadWeightsButton() {
  return (
    <Button onClick={() => void channel.request('loadWeights', null).catch(() => undefined)}>
      {t('Load weights…')}
    </Button>
  );
}

/** For a model that code defines; nothing for a file. */
export function WeightsFit() {
  const opened = useApp((state) => state.opened);
  const isSource = useApp((state) => state.subject?.kind === 'source');
  if (opened === null || !isSource) return null;
  const fit = opened.summary.weightsFit;
  if (fit === null)
    return (
      <p class="quiet">
        {t('A file with trained weights of this network can be joined with the code.')} <LoadWeightsButton />
      </p>
    );
  const open = fit.rows.filter(({ status }) => status !== 'matched');
  return (
    <section aria-label={t('Weights and code')}>
      <h2>{t('Does {0} fit this code?', fit.file)}</h2>
      <p>
        {fit.verdict} <LoadWeightsButton />
      </p>
      {open.length > 0 && (
        <table class="facts" aria-label={t('Layers that do not match')}>
          <thead>
            <tr>
              <th scope="col">{t('In the code')}</th>
              <th scope="col">{t('In the file')}</th>
              <th scope="col">{t('State')}</th>
              <th scope="col">{t('Why')}</th>
            </tr>
          </thead>
          <tbody>
            {open.map((row, index) => (
              <Row key={index} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ row }: { readonly row: FitRow }) {
  const { layer } = row;
  return (
    <tr>
      <td>
        {layer === null ? (
          '–'
        ) : (
          <button type="button" class="link" onClick={() => selectLayer(layer, 'kernels')}>
            {layer}
          </button>
        )}
      </td>
      <td>{row.fileLayer ?? '–'}</td>
      <td>{statusWords(row.status)}</td>
      <td>{row.reason ?? ''}</td>
    </tr>
  );
}
