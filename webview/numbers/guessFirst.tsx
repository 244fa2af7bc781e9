/** "Guess first": the learner types what leaves the layer and how much it learns, then sees, with the arithmetic. */
import { useEffect, useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import { Button } from '../controls';
import { t } from '../l10n';
import { announce } from '../session';
import { formatExact, formatSizes } from '../shared/format';
import { app, selectLayers, useApp } from '../state';
import { parameterSum, readCount, readSizes, shapeSums } from './arithmetic';

/** Whether both answers are known. */
export function canGuess({ kind, outputShape, params }: LayerRow): boolean {
  return (
    kind !== 'input' && params !== null && outputShape !== null && outputShape.slice(1).every((size) => size !== null)
  );
}

interface GuessFirstProps {
  readonly layer: LayerRow;
  /** Ends the quiz on this layer. */
  readonly onClose: () => void;
  /** The numbers may be shown. */
  readonly onRevealed: () => void;
}

export function GuessFirst({ layer, onClose, onRevealed }: GuessFirstProps) {
  const [shape, setShape] = useState('');
  const [count, setCount] = useState('');
  const [revealed, setRevealed] = useState(false);
  // Sizes are covered everywhere in the panel: the strip would give them away.
  useEffect(() => {
    app.set({ guessing: revealed ? null : layer.id });
    return () => app.set({ guessing: null });
  }, [layer.id, revealed]);
  const [sizes, number] = [readSizes(shape), readCount(count)];
  const unread = [
    shape.trim() !== '' && sizes === null ? t('The shape is no list of whole numbers, as 28 × 28 × 1 is.') : null,
    count.trim() !== '' && number === null ? t('The number of parameters is no whole number.') : null
  ].filter((one) => one !== null);
  const reveal = () => {
    setRevealed(true);
    onRevealed();
    announce(t('Revealed'));
  };
  return (
    <section class="card guess-first" aria-label={t('Guess first')}>
      <h3>{t('Guess first')}</h3>
      <p>
        {t(
          'Into {0} ({1}) goes {2}. What comes out, and how many parameters does it have?',
          layer.name,
          layer.title,
          layer.inputShapes.map((one) => (one === null ? '?' : formatSizes(one.slice(1)))).join(', ')
        )}
      </p>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (unread.length === 0) reveal();
        }}
      >
        <TextBox label={t('Output shape')} value={shape} example="28 × 28 × 1" done={revealed} onInput={setShape} />
        <TextBox label={t('Parameters')} value={count} example="1,000" done={revealed} onInput={setCount} />
        {/* Enter in a text box reveals. */}
        <button type="submit" class="hidden-text" tabIndex={-1} aria-hidden="true" />
      </form>
      {unread.map((problem) => (
        <p key={problem} class="lab-refused">
          <span aria-hidden="true">✖</span> {problem}
        </p>
      ))}
      {revealed ? (
        <Answers layer={layer} sizes={sizes} count={number} />
      ) : (
        <div class="tools">
          <Button appearance="primary" disabled={unread.length > 0} onClick={reveal}>
            {t('Reveal')}
          </Button>
          <Button onClick={onClose}>{t('Not now')}</Button>
        </div>
      )}
      {revealed && <NextLayer layer={layer} onClose={onClose} />}
    </section>
  );
}

interface TextBoxProps {
  readonly label: string;
  readonly value: string;
  readonly example: string;
  readonly done: boolean;
  readonly onInput: (value: string) => void;
}

function TextBox({ label, value, example, done, onInput }: TextBoxProps) {
  return (
    <label class="field">
      <span class="field-label">{label}</span>
      <input
        type="text"
        class="text-box"
        value={value}
        readOnly={done}
        placeholder={t('such as {0}', example)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface AnswersProps {
  readonly layer: LayerRow;
  readonly sizes: readonly number[] | null;
  readonly count: number | null;
}

function Answers({ layer, sizes, count }: AnswersProps) {
  const rows = useApp(selectLayers);
  const first = useApp((state) => state.opened?.inputs[0]?.channelsFirst === true);
  const before = rows.find(({ name }) => name === layer.inputs[0]) ?? null;
  const truth = (layer.outputShape ?? []).slice(1);
  const sums = shapeSums(layer, before, first ? 'channelsFirst' : 'channelsLast');
  return (
    <>
      <Answer
        name={t('Output shape')}
        said={sizes === null ? null : formatSizes(sizes)}
        truth={formatSizes(truth)}
        right={sizes !== null && sizes.length === truth.length && sizes.every((size, axis) => size === truth[axis])}
        sums={sums}
      />
      <Answer
        name={t('Parameters')}
        said={count === null ? null : formatExact(count)}
        truth={formatExact(layer.params)}
        right={count === layer.params}
        sums={[parameterSum(layer)].filter((sum) => sum !== null)}
      />
    </>
  );
}

interface AnswerProps {
  readonly name: string;
  readonly said: string | null;
  readonly truth: string;
  readonly right: boolean;
  readonly sums: readonly string[];
}

function Answer({ name, said, truth, right, sums }: AnswerProps) {
  return (
    <div class="lab-answer">
      <p>
        {name}: <strong>{truth}</strong>{' '}
        {said !== null && (
          <span class={`lab-chip lab-guess-${right ? 'yes' : 'no'}`}>
            {right ? t('✔ as you said') : t('✖ you said {0}', said)}
          </span>
        )}
      </p>
      {sums.map((sum) => (
        <p key={sum} class="quiet">
          {sum}
        </p>
      ))}
    </div>
  );
}

function NextLayer({ layer, onClose }: { readonly layer: LayerRow; readonly onClose: () => void }) {
  const rows = useApp(selectLayers);
  const at = rows.findIndex(({ id }) => id === layer.id);
  const next = rows.slice(at + 1).find(canGuess);
  return (
    <div class="tools">
      {next !== undefined && at >= 0 && (
        <Button onClick={() => app.set({ layer: next.id, channel: null })}>{t('Guess {0}', next.name)}</Button>
      )}
      <Button onClick={onClose}>{t('Done guessing')}</Button>
    </div>
  );
}
