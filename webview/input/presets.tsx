/** The same picture under every preset: what the network answers, and which one it was trained with, where that can be told. */
import type { PresetAnswer, PresetComparison } from '../../src/protocol/inputs';
import { t } from '../l10n';
import { setPreprocessing } from '../session';
import { PixelCanvas } from '../shared/canvas';
import { formatShare, formatValue } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { useApp } from '../state';

export function Presets({ input, given }: { readonly input: number; readonly given: number }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const names = useApp((state) => state.labelChanges);
  const comparison = useRequest('comparePresets', { model, input }, `${given}.${names}`);
  return (
    <Loaded of={comparison}>
      {(found) => (
        <div class="presets">
          <p class="quiet">{conclusion(found)}</p>
          <div class="samples" role="group" aria-label={t('Presets')}>
            {found.answers.map((one, index) => (
              <Preset key={index} answer={one} best={index === found.best} input={input} />
            ))}
          </div>
        </div>
      )}
    </Loaded>
  );
}

interface PresetProps {
  readonly answer: PresetAnswer;
  readonly best: boolean;
  readonly input: number;
}

function Preset({ answer, best, input }: PresetProps) {
  const { preprocessing, preview, spread } = answer;
  return (
    <button
      type="button"
      class={`preset ${best ? 'best' : ''}`}
      onClick={() => void setPreprocessing(input, preprocessing)}
    >
      <PixelCanvas pixels={preview} label={nameOf(answer)} />
      <span>{nameOf(answer)}</span>
      <span class="ellipsis">{answerOf(answer)}</span>
      {spread !== null && <span class="quiet">{t('spread × {0}', formatValue(spread, 2))}</span>}
      {best && <strong>{t('fits best')}</strong>}
    </button>
  );
}

const nameOf = ({ preprocessing }: PresetAnswer): string =>
  preprocessing.invert ? `${preprocessing.normalization} · ${t('inverted')}` : preprocessing.normalization;

function answerOf({ top, probabilities }: PresetAnswer): string {
  const [first] = top;
  if (first === undefined) return '–';
  const value = probabilities ? formatShare(first.value) : formatValue(first.value);
  return `${first.label ?? t('class {0}', first.index)} ${value}`;
}

function conclusion({ answers, best, norms }: PresetComparison): string {
  if (norms === 0)
    return t(
      'No trained batch normalisation to compare with, so only the answers differ; a sure answer proves little: large numbers make any network sure.'
    );
  const measure = t(
    'Spread: the values at the {0} batch normalisations relative to training, where 1 is as in training.',
    norms
  );
  const chosen = best === null ? undefined : answers[best];
  if (chosen !== undefined)
    return `${t('{0} fits best: its numbers are like those in training and its answer is the surest of such.', nameOf(chosen))} ${measure}`;
  const alike = answers.filter((answer) => answer.likeTraining).map(nameOf);
  return alike.length === 0
    ? `${t('None gives numbers like those in training.')} ${measure}`
    : `${t('{0} are like training and about as sure: this picture does not tell them apart.', alike.join(', '))} ${measure}`;
}
