/** The confusion matrix: rows are the truth, columns the answer; walked by the arrow keys. */
import { useRef, useState } from 'preact/hooks';
import { t } from '../l10n';
import { formatExact } from '../shared/format';

export interface Cell {
  readonly truth: number;
  readonly answered: number;
}

/** More classes than this make a list of the most frequent confusions instead of a table. */
const mostClasses = 20;
const pairsShown = 20;

interface ConfusionProps {
  readonly names: readonly string[];
  /** `[true * classes + answered]`. */
  readonly counts: Uint32Array;
  readonly chosen: Cell | null;
  readonly onChoose: (cell: Cell | null) => void;
}

export function Confusion(props: ConfusionProps) {
  return props.names.length > mostClasses ? <Pairs {...props} /> : <Matrix {...props} />;
}

function cellWords(names: readonly string[], { truth, answered }: Cell, count: number): string {
  return truth === answered
    ? t('{0}: {1} right', names[truth] ?? truth, formatExact(count))
    : t('{0} taken for {1}: {2}', names[truth] ?? truth, names[answered] ?? answered, formatExact(count));
}

function Matrix({ names, counts, chosen, onChoose }: ConfusionProps) {
  const classes = names.length;
  const [at, setAt] = useState<Cell>({ truth: 0, answered: 0 });
  const table = useRef<HTMLTableElement>(null);
  const count = (truth: number, answered: number) => counts[truth * classes + answered] ?? 0;
  // Mistakes are few beside what is right: each has its own scale, or they could not be seen.
  const mostWrong = Math.max(
    1,
    ...names.flatMap((_, truth) => names.map((_none, answered) => (truth === answered ? 0 : count(truth, answered))))
  );
  const move = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1]
    };
    const step = steps[event.key];
    if (step === undefined) return;
    const inside = (value: number) => Math.max(0, Math.min(classes - 1, value));
    const next = { truth: inside(at.truth + step[0]), answered: inside(at.answered + step[1]) };
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${String(next.truth)}-${String(next.answered)}"]`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  const choose = (cell: Cell) => {
    const same = chosen?.truth === cell.truth && chosen.answered === cell.answered;
    setAt(cell);
    onChoose(same || cell.truth === cell.answered ? null : cell);
  };
  return (
    <div
      class="numbers-scroll confusion-scroll"
      tabIndex={0}
      role="group"
      aria-label={t('Confusion matrix, scrolling')}
    >
      <table ref={table} class="confusion" onKeyDown={move}>
        <caption class="quiet">
          {t('rows: what it is; columns: what the network says; taller bars: more mistakes, up to {0}', mostWrong)}
        </caption>
        <thead>
          <tr>
            <td />
            {names.map((name, answered) => (
              <th key={answered} scope="col" title={name}>
                {shortName(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name, truth) => (
            <tr key={truth}>
              <th scope="row" title={name}>
                {shortName(name)}
              </th>
              {names.map((_none, answered) => {
                const cell = { truth, answered };
                const number = count(truth, answered);
                const right = truth === answered;
                return (
                  <td key={answered} class={right ? 'confusion-right' : ''}>
                    <button
                      type="button"
                      data-cell={`${String(truth)}-${String(answered)}`}
                      tabIndex={truth === at.truth && answered === at.answered ? 0 : -1}
                      aria-label={cellWords(names, cell, number)}
                      aria-pressed={chosen?.truth === truth && chosen.answered === answered}
                      title={cellWords(names, cell, number)}
                      onClick={() => choose(cell)}
                    >
                      {!right && number > 0 && (
                        <i aria-hidden="true" style={{ height: `${String((100 * number) / mostWrong)}%` }} />
                      )}
                      <span>{number === 0 ? '·' : formatExact(number)}</span>
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Column heads are narrow; the whole name stands in the title. */
function shortName(name: string): string {
  return name.length > 6 ? `${name.slice(0, 5)}…` : name;
}

function Pairs({ names, counts, chosen, onChoose }: ConfusionProps) {
  const classes = names.length;
  const pairs = [...counts.entries()]
    .map(([place, count]) => ({ truth: Math.floor(place / classes), answered: place % classes, count }))
    .filter(({ truth, answered, count }) => truth !== answered && count > 0)
    .sort((a, b) => b.count - a.count);
  const most = pairs[0]?.count ?? 1;
  return (
    <>
      <p class="quiet">{t('{0} classes: the most frequent confusions.', classes)}</p>
      <ol class="balance confusion-pairs">
        {pairs.slice(0, pairsShown).map(({ truth, answered, count }) => {
          const on = chosen?.truth === truth && chosen.answered === answered;
          return (
            <li key={truth * classes + answered}>
              <button
                type="button"
                class="link"
                aria-pressed={on}
                onClick={() => onChoose(on ? null : { truth, answered })}
              >
                {t('{0} taken for {1}', names[truth] ?? truth, names[answered] ?? answered)}
              </button>
              <span class="bar" aria-hidden="true">
                <span style={{ width: `${String((100 * count) / most)}%` }} />
              </span>
              <span class="bar-value">{formatExact(count)}</span>
            </li>
          );
        })}
      </ol>
    </>
  );
}
