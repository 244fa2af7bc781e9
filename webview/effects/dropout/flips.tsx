/** How many answers the rate flips: over the pictures of a data set beside the slider, over many draws at the end. */
import { useRef, useState } from 'preact/hooks';
import type { ManyMasks, MaskTriptych, PicturesUnderMasks } from '../../../src/protocol/effects/dropout';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatValue } from '../../shared/format';
import { useLasting } from '../../shared/hooks';
import { SoWhat } from '../../shared/parts';
import { useRequest, type Loadable } from '../../shared/useRequest';
import { Progress } from '../../shared/waiting';
import { useApp } from '../../state';
import { isGaussian } from './words';

const counted = 50;
const pictures = 100;
/** Multiply-adds up to which the pictures are counted without being asked: a second or two. */
const unasked = 3e9;

interface Question {
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
}

interface FlipsProps {
  readonly of: MaskTriptych;
  readonly question: Question;
  readonly strength: number | null;
  /** While the slider moves nothing is counted, so that nothing stands in its way. */
  readonly moving: boolean;
}

export function Flips(props: FlipsProps) {
  const sets = useRequest('dataSets', { model: props.question.model });
  const macs = useApp((state) => state.opened?.summary.totals.macs ?? Number.POSITIVE_INFINITY);
  const [asked, setAsked] = useState(false);
  const last = useRef<string | null>(null);
  const set = sets.status === 'done' ? (sets.value[0] ?? null) : null;
  if (set === null) return null;
  const count = Math.min(pictures, set.size);
  if (!asked && macs * count > unasked)
    return (
      <div class="flips">
        <Button onClick={() => setAsked(true)}>{t('Count the flipped answers of {0} pictures', count)}</Button>
      </div>
    );
  return (
    <div class="flips" aria-live="polite">
      {props.moving ? (
        <span class="quiet" aria-busy="true">
          {last.current ?? t('Counting over the pictures of the data set…')}
        </span>
      ) : (
        <Counted {...props} set={set.id} onWords={(words) => (last.current = words)} />
      )}
    </div>
  );
}

function Counted(props: FlipsProps & { readonly set: string; readonly onWords: (words: string) => void }) {
  const { of, question, strength, set } = props;
  const found = useRequest('picturesUnderMasks', { ...question, strength, set, seed: 1, pictures });
  const lasting = useLasting(found.status === 'loading');
  if (found.status === 'failed') return <Failed of={found} />;
  if (found.status === 'loading')
    return lasting ? (
      <Progress note={found.note} onCancel={found.cancel} />
    ) : (
      <span class="quiet">{t('Counting over the pictures of the data set…')}</span>
    );
  const words = flipWords(of, found.value);
  props.onWords(words);
  return (
    <span>
      {words}
      {found.value.right !== null && (
        <span class="quiet">
          {' '}
          {t(
            'Right without: {0}, with: {1} of {2}. It costs accuracy here and now: what it is for is training.',
            found.value.right.off,
            found.value.right.on,
            found.value.right.of
          )}
        </span>
      )}
    </span>
  );
}

function flipWords(of: MaskTriptych, found: PicturesUnderMasks): string {
  if (found.kind === 'values') return t('The output is a number: there is no answer to flip.');
  return isGaussian(of.kind)
    ? t('One draw of noise each flips {0} of {1} answers ({2}).', found.flipped, found.pictures, found.title)
    : t('One mask each flips {0} of {1} answers ({2}).', found.flipped, found.pictures, found.title);
}

function Failed({ of }: { readonly of: Extract<Loadable<unknown>, { status: 'failed' }> }) {
  return (
    <span class="row wrap">
      <span class="quiet">
        {of.error.kind === 'cancelled' ? t('Counting was cancelled.') : t('The answers could not be counted.')}
      </span>
      <Button onClick={of.retry}>{t('Count again')}</Button>
    </span>
  );
}

/** The computed sentence about this input, with the experiment that follows. */
export function Closing(props: FlipsProps & { readonly run: number; readonly onManyMasks: () => void }) {
  return props.moving ? (
    <p class="quiet" aria-busy="true">
      {t('Counting over {0} draws…', counted)}
    </p>
  ) : (
    <Drawn {...props} />
  );
}

function Drawn(props: FlipsProps & { readonly run: number; readonly onManyMasks: () => void }) {
  const { of, question, strength, run, onManyMasks } = props;
  const many = useRequest('manyMasks', { ...question, strength, seed: 1, passes: counted }, run);
  const lasting = useLasting(many.status === 'loading');
  if (many.status === 'failed') return <Failed of={many} />;
  if (many.status === 'loading')
    return lasting ? (
      <Progress note={many.note} onCancel={many.cancel} />
    ) : (
      <p class="quiet">{t('Counting over {0} draws…', counted)}</p>
    );
  return (
    <SoWhat text={closingWords(of, many.value)}>
      <Button onClick={onManyMasks}>{isGaussian(of.kind) ? t('Draw many times') : t('Ask many masks')}</Button>
    </SoWhat>
  );
}

function closingWords(of: MaskTriptych, many: ManyMasks): string {
  const strength = formatValue(of.strength);
  if (many.kind === 'values') {
    const deviation = formatValue(many.classes[0]?.std ?? 0);
    return t(
      'Over {0} draws at {1} the output spreads by {2} (one standard deviation).',
      many.passes,
      strength,
      deviation
    );
  }
  if (isGaussian(of.kind))
    return t('{0} of {1} draws of noise at {2} flip the answer for this input.', many.flipped, many.passes, strength);
  return t(
    '{0} of {1} masks at {2} flip the answer for this input; off, the network uses all {3} {4} at once.',
    many.flipped,
    many.passes,
    strength,
    formatExact(of.channels),
    of.vector ? t('units') : t('maps')
  );
}
