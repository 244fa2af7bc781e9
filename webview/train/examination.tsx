/** What the network gets wrong after an epoch: which classes it takes for which, and its worst mistakes. */
import { useState } from 'preact/hooks';
import type { EpochReport, Mistake, RunExamination } from '../../src/protocol/training';
import { Dropdown } from '../controls';
import { t } from '../l10n';
import { setInput, setView } from '../session';
import { BusyLine } from '../shared/busyLine';
import { PixelCanvas } from '../shared/canvas';
import { formatExact, formatShare, formatValue } from '../shared/format';
import { useSteady } from '../shared/steady';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { Confusion, type Cell } from './confusion';

export function Examination(props: {
  readonly model: string;
  readonly run: string;
  readonly epochs: readonly EpochReport[];
}) {
  const { model, run, epochs } = props;
  const last = epochs.at(-1)?.epoch ?? 1;
  // Follows the newest epoch until another one is chosen.
  const [chosen, setChosen] = useState<number | null>(null);
  const [cell, setCell] = useState<Cell | null>(null);
  const epoch = chosen ?? last;
  const { shown, busy } = useSteady(useRequest('examineRun', { model, run, epoch }), run);
  return (
    <section class="card" aria-label={t('What it gets wrong')}>
      <div class="tools">
        <h2>{t('What it gets wrong')}</h2>
        <Dropdown
          label={t('After which epoch')}
          value={chosen === null ? 'newest' : String(chosen)}
          choices={[
            { value: 'newest', label: t('newest epoch ({0})', last) },
            ...epochs.map((one) => ({ value: String(one.epoch), label: t('epoch {0}', one.epoch) }))
          ]}
          onChange={(value) => setChosen(value === 'newest' ? null : Number(value))}
        />
      </div>
      <BusyLine busy={busy} />
      <Loaded of={shown} skeleton="block">
        {(found) => <Found found={found} cell={cell} onCell={setCell} />}
      </Loaded>
    </section>
  );
}

function Found(props: {
  readonly found: RunExamination;
  readonly cell: Cell | null;
  readonly onCell: (cell: Cell | null) => void;
}) {
  const { found, cell, onCell } = props;
  const { classNames, confusion, mistakes, examples } = found;
  const classes = classNames.length;
  const right = classNames.reduce((sum, _, index) => sum + (confusion[index * classes + index] ?? 0), 0);
  const shown =
    cell === null
      ? mistakes
      : mistakes.filter(
          ({ truth, answer }) => truth === classNames[cell.truth] && answer === classNames[cell.answered]
        );
  return (
    <>
      <p>
        {t(
          'After epoch {0}: {1} of {2} validation examples right.',
          found.epoch,
          formatExact(right),
          formatExact(examples)
        )}
      </p>
      {classes > 0 && <Confusion names={classNames} counts={confusion} chosen={cell} onChoose={onCell} />}
      {mistakes.length === 0 ? (
        <p class="empty">{t('Not one mistake in the validation part.')}</p>
      ) : (
        <>
          <p class="quiet">
            {cell === null
              ? t(
                  'The {0} worst mistakes by loss; click one: it becomes the input, and its maps open.',
                  mistakes.length
                )
              : t(
                  '{0} of the {1} worst mistakes are {2} taken for {3}.',
                  shown.length,
                  mistakes.length,
                  classNames[cell.truth] ?? '?',
                  classNames[cell.answered] ?? '?'
                )}{' '}
            {cell !== null && (
              <button type="button" class="link" onClick={() => onCell(null)}>
                {t('show all')}
              </button>
            )}
          </p>
          <ul class="mistakes" aria-label={t('Worst mistakes')}>
            {shown.map((mistake) => (
              <li key={mistake.index}>
                <OneMistake mistake={mistake} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function OneMistake({ mistake }: { readonly mistake: Mistake }) {
  const { picture, name, truth, answer, probability, loss } = mistake;
  const words = (
    <>
      {picture === null ? (
        <span class="mistake-none" />
      ) : (
        <PixelCanvas pixels={picture} label={t('{0}: {1} taken for {2}', name, truth, answer)} />
      )}
      <span>
        <span class="mistake-truth">{truth}</span> → {answer}
      </span>
      <span class="quiet">{formatShare(probability)}</span>
      <span class="quiet">{t('loss {0}', formatValue(loss, 2))}</span>
    </>
  );
  if (picture === null) return <div class="mistake">{words}</div>;
  return (
    <button
      type="button"
      class="mistake"
      title={t('{0}: make it the input and open its maps', name)}
      onClick={() => {
        void setInput(0, { kind: 'drawing', pixels: picture }, null);
        setView('maps');
      }}
    >
      {words}
    </button>
  );
}
