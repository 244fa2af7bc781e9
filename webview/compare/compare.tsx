/** Two networks, or one network on two pictures, side by side: answers, layers matched, kernels and maps with their difference. */
import { useState } from 'preact/hooks';
import type { RequestError } from '../../src/protocol/channel';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { AnswerBars } from '../shared/answerBars';
import { PixelCanvas } from '../shared/canvas';
import { formatShare } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded } from '../shared/waiting';
import { app, useApp, type Compared } from '../state';
import { PairDetail } from './pairDetail';
import { PairTable } from './pairTable';

export function Compare() {
  const compared = useApp((state) => state.compared);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<RequestError | null>(null);
  const choose = async (load: () => Promise<Compared | null>) => {
    setBusy(true);
    setError(null);
    try {
      const next = await load();
      if (next !== null) app.set({ compared: next });
    } catch (failure) {
      setError(toRequestError(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="view compare">
      <div class="row wrap">
        <Button
          appearance={compared === null ? 'primary' : 'secondary'}
          disabled={busy}
          onClick={() => void choose(otherModel)}
        >
          {t('Another model…')}
        </Button>
        <Button disabled={busy} onClick={() => void choose(otherPicture)}>
          {t('Another picture…')}
        </Button>
        {compared !== null && <Button onClick={() => app.set({ compared: null })}>{t('End the comparison')}</Button>}
      </div>
      {error !== null && error.kind !== 'cancelled' && <ErrorBox error={error} />}
      {compared === null ? (
        <p class="empty">
          {t(
            'Set a second model beside this one: another file format, another checkpoint, or the definition in your code. Or keep the model and set a second picture beside the first.'
          )}
        </p>
      ) : (
        <SideBySide key={compared.opened.model} compared={compared} />
      )}
      <Explanation
        see={t(
          'Layers that correspond stand in one row, found by their order in both networks and then by their shapes; bars show how far their kernels lie apart.'
        )}
        look={t(
          'Kernels of early layers often change little while later ones change much; where maps part first is where the two networks begin to see differently.'
        )}
      />
    </div>
  );
}

/** A model that the person chooses, to stand beside this one; `null` where none was chosen. */
export async function otherModel(): Promise<Compared | null> {
  const chosen = await channel.request('openCompared', null);
  return chosen === null ? null : { kind: 'model', prepared: null, ...chosen };
}

async function otherPicture(): Promise<Compared | null> {
  const model = app.get().opened?.model ?? '';
  const chosen = await channel.request('pickInput', null);
  if (chosen === null) return null;
  const twin = await channel.request('openTwin', { model, source: { kind: 'file', path: chosen.path } });
  return { kind: 'picture', title: chosen.path.replace(/^.*[\\/]/, ''), ...twin };
}

function SideBySide({ compared }: { readonly compared: Compared }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const subject = useApp((state) => state.subject?.title ?? '');
  const prepared = useApp((state) => state.inputs[0]?.prepared ?? null);
  const ran = useApp((state) => (state.run.status === 'done' ? state.run.outcome.run : -1));
  const other = compared.opened.model;
  const names = compared.kind === 'model' ? [subject, compared.title] : [prepared?.label ?? '', compared.title];
  const comparison = useRequest('compareModels', { model, other });
  return (
    <>
      <h3 class="versus">
        <span class="row ellipsis" title={names[0]}>
          {compared.prepared !== null && prepared !== null && (
            <PixelCanvas pixels={prepared.preview} label={t('Picture {0}', 'A')} class="input-picture" />
          )}
          A: {names[0]}
        </span>
        <span class="row ellipsis" title={names[1]}>
          {compared.prepared !== null && (
            <PixelCanvas pixels={compared.prepared.preview} label={t('Picture {0}', 'B')} class="input-picture" />
          )}
          B: {names[1]}
        </span>
      </h3>
      {ran >= 0 && <Answers model={model} other={other} run={ran} />}
      <Loaded of={comparison} skeleton="lines">
        {(value) => {
          const withKernels = value.pairs.filter(({ kernels }) => kernels?.comparable === true);
          const changed = withKernels.filter(({ kernels }) => kernels?.comparable === true && kernels.largest > 0);
          const most = changed.reduce<(typeof changed)[number] | null>((best, pair) => {
            const size = (one: typeof pair | null) =>
              one?.kernels?.comparable === true ? (one.kernels.relative ?? Number.POSITIVE_INFINITY) : -1;
            return size(pair) > size(best) ? pair : best;
          }, null);
          const relative = most?.kernels?.comparable === true ? most.kernels.relative : null;
          return (
            <>
              <PairTable comparison={value} compared={compared} run={ran} />
              <PairDetail comparison={value} compared={compared} run={ran} />
              {compared.kind === 'model' && (
                <SoWhat
                  text={
                    most === null
                      ? t('{0} layers correspond; their kernels are equal.', value.pairs.length)
                      : t(
                          '{0} of {1} layers with kernels differ, {2} most ({3}); {4} layers have no counterpart.',
                          changed.length,
                          withKernels.length,
                          most.a,
                          relative === null ? '?' : formatShare(relative),
                          value.onlyA.length + value.onlyB.length
                        )
                  }
                >
                  {most !== null && <Button onClick={() => app.set({ layer: most.a })}>{t('Show {0}', most.a)}</Button>}
                </SoWhat>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Answers(props: { readonly model: string; readonly other: string; readonly run: number }) {
  const answers = useRequest('compareAnswers', { model: props.model, other: props.other }, props.run);
  return (
    <Loaded of={answers} skeleton="lines">
      {(value) =>
        value.kind === 'not compared' ? (
          <p class="quiet">{t('The answers are not compared: {0}.', value.reason)}</p>
        ) : (
          <>
            <p class="quiet">
              {value.change.flipped ? t('The answers differ.') : t('The answer is the same.')}{' '}
              {t('Dashed: A, filled: B ({0}).', value.prepared)}
            </p>
            <AnswerBars change={value.change} label={t('Answers of A and B')} />
          </>
        )
      }
    </Loaded>
  );
}
