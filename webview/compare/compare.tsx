/** Two networks, or one network on two pictures, side by side: answers, layers matched, kernels and maps with their difference. */
import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { RequestError } from '../../src/protocol/channel';
import type { ModelComparison } from '../../src/protocol/compare';
import type { PreparedInput, SampleInfo } from '../../src/protocol/inputs';
import type { HostRequests, KeptInput } from '../../src/protocol/panel';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { report } from '../session';
import { AnswerBars } from '../shared/answerBars';
import { PixelCanvas } from '../shared/canvas';
import { formatShare } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded, Skeleton } from '../shared/waiting';
import { app, selectTitle, useApp, type AppState, type Compared } from '../state';
import { OverSet } from './overSet';
import { PairDetail } from './pairDetail';
import { PairTable } from './pairTable';

export function Compare() {
  const compared = useApp((state) => state.compared);
  const beside = useApp((state) => state.beside);
  const opened = useApp((state) => state.opened);
  const model = opened?.model ?? '';
  const ready = useApp((state) => state.inputs.every(({ prepared }) => prepared !== null));
  const preparing = useApp((state) => preparationOf(state.inputs[0]?.prepared));
  const samples = useApp((state) => state.inputs[0]?.samples ?? none);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<{ readonly error: RequestError; readonly retry: () => void } | null>(null);
  const choose = async (load: () => Promise<Chosen | null>) => {
    setBusy(true);
    setFailed(null);
    try {
      const next = await load();
      if (next !== null && app.get().opened?.model === model) app.set(next);
    } catch (failure) {
      setFailed({ error: toRequestError(failure), retry: () => void choose(load) });
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    if (beside === null || opened === null || !ready) return;
    // What stood beside the model before the window was reloaded, or before the model was opened anew; a second picture is
    // prepared as the first one is.
    const fits = compared !== null && (beside.kind === 'model' || preparationOf(compared.prepared) === preparing);
    if (!fits) void choose(() => again(model, beside));
  }, [opened, ready, preparing]);
  const fitting = samples.filter(({ fits }) => fits);
  const ownSample = useApp((state) => (state.input?.kind === 'sample' ? state.input.id : null));
  /** For a comparison that found no difference: the first sample picture that is not the input itself. */
  const unlike = fitting.find(({ id }) => id !== ownSample);
  const end = () => {
    app.set({ compared: null, beside: null });
    setFailed(null);
    channel.request('closeCompared', null).catch(report);
  };
  const error = failed === null || failed.error.kind === 'cancelled' ? null : failed.error;
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
        <Button disabled={busy} onClick={() => void choose(() => otherPicture(model))}>
          {t('Another picture…')}
        </Button>
        {fitting.length > 0 && (
          <Dropdown
            label={t('A sample picture beside the first')}
            value={beside?.kind === 'picture' && beside.source.kind === 'sample' ? beside.source.id : ''}
            choices={[
              { value: '', label: t('or a sample picture') },
              ...fitting.map(({ id, title }) => ({ value: id, label: title }))
            ]}
            onChange={(id) => {
              const title = fitting.find((one) => one.id === id)?.title ?? id;
              if (id !== '') void choose(() => twin(model, { kind: 'sample', id }, title));
            }}
          />
        )}
        {(compared !== null || beside !== null) && <Button onClick={end}>{t('End the comparison')}</Button>}
      </div>
      {error !== null && <ErrorBox error={error} onRetry={failed?.retry ?? end} />}
      {compared !== null ? (
        <SideBySide
          key={compared.opened.model}
          compared={compared}
          next={
            unlike === undefined ? (
              <Button onClick={() => void choose(otherModel)}>{t('Another model…')}</Button>
            ) : (
              <Button onClick={() => void choose(() => twin(model, { kind: 'sample', id: unlike.id }, unlike.title))}>
                {t('Set the picture {0} beside instead', unlike.title)}
              </Button>
            )
          }
        />
      ) : busy ? (
        <Skeleton kind="lines" />
      ) : error !== null ? null : (
        <p class="empty">
          {t(
            'Set a second model beside this one: another file format, another checkpoint, or the definition in your code. Or keep the model and set a second picture beside the first.'
          )}
        </p>
      )}
      {beside?.kind === 'picture' ? (
        <Explanation
          see={t(
            'One network on two pictures: each row is a layer, its bar how far the maps of B lie from those of A (|B − A| / |A| over all values). Below, the maps of the chosen layer and their difference, the same channel marked in all three.'
          )}
          look={t(
            'Early maps follow the pixels and differ wherever the pictures do; where late maps of two pictures of one class come together again, the network has found what they have in common.'
          )}
        />
      ) : (
        <Explanation
          see={t(
            'Layers that correspond stand in one row, found by their order in both networks and then by their shapes; bars show how far their kernels and their maps lie apart (|B − A| / |A| over all values).'
          )}
          look={t(
            'Kernels of early layers often change little while later ones change much; where maps part first is where the two networks begin to see differently.'
          )}
        />
      )}
    </div>
  );
}

const none: readonly SampleInfo[] = [];

/** How a picture is prepared, but for its own light or dark ground. */
function preparationOf(prepared: PreparedInput | null | undefined): string {
  if (prepared === null || prepared === undefined) return '';
  const { fit, normalization, colour } = prepared.preprocessing;
  return `${fit} ${normalization} ${colour}`;
}

type Chosen = Pick<AppState, 'compared' | 'beside'>;

/** A model that the person chooses, to stand beside this one; `null` where none was chosen. */
export async function otherModel(): Promise<Chosen | null> {
  return beside(await channel.request('openCompared', { again: false }));
}

function beside(chosen: HostRequests['openCompared']['result']): Chosen | null {
  return chosen === null ? null : { compared: { kind: 'model', prepared: null, ...chosen }, beside: { kind: 'model' } };
}

async function otherPicture(model: string): Promise<Chosen | null> {
  const chosen = await channel.request('pickInput', null);
  return chosen === null ? null : twin(model, { kind: 'file', path: chosen.path }, nameOf(chosen.path));
}

async function twin(model: string, source: KeptInput, title: string): Promise<Chosen> {
  const opened = await channel.request('openTwin', { model, source });
  return { compared: { kind: 'picture', title, ...opened }, beside: { kind: 'picture', source } };
}

/** Where nothing is remembered of a model, nothing stands beside this one any more. */
async function again(model: string, kept: NonNullable<AppState['beside']>): Promise<Chosen> {
  if (kept.kind === 'model')
    return beside(await channel.request('openCompared', { again: true })) ?? { compared: null, beside: null };
  const { source } = kept;
  return twin(model, source, source.kind === 'file' ? nameOf(source.path) : source.id);
}

const nameOf = (path: string): string => path.replace(/^.*[\\/]/, '');

/** @param props.next the experiment that follows where the two show no difference */
function SideBySide({ compared, next }: { readonly compared: Compared; readonly next: ComponentChild }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const subject = useApp(selectTitle);
  const prepared = useApp((state) => state.inputs[0]?.prepared ?? null);
  const ran = useApp((state) => (state.run.status === 'done' ? state.run.outcome.run : -1));
  const other = compared.opened.model;
  const names = compared.kind === 'model' ? [subject, compared.title] : [prepared?.label ?? '', compared.title];
  const comparison = useRequest('compareModels', { model, other });
  return (
    <>
      <h2 class="versus">
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
      </h2>
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
          const unlike = value.pairs.find(({ kernels }) => kernels?.comparable === false);
          const shown = most ?? unlike;
          const relative = most?.kernels?.comparable === true ? most.kernels.relative : null;
          return (
            <>
              <PairTable comparison={value} compared={compared} run={ran} />
              <PairDetail comparison={value} compared={compared} run={ran} />
              {compared.kind === 'model' && ran >= 0 && <OverSet model={model} other={other} />}
              {compared.kind === 'model' && (
                <SoWhat
                  text={
                    most === null
                      ? withoutChange(value, withKernels.length)
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
                  {shown === undefined ? (
                    next
                  ) : (
                    <Button onClick={() => app.set({ layer: shown.a })}>{t('Show {0}', shown.a)}</Button>
                  )}
                </SoWhat>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** Kernels of other sizes are neither equal nor different. */
function withoutChange({ pairs }: ModelComparison, equal: number): string {
  const others = pairs.filter(({ kernels }) => kernels?.comparable === false).length;
  if (others === 0) return t('{0} layers correspond; their kernels are equal.', pairs.length);
  return t(
    '{0} layers correspond; of their kernels {1} are equal and {2} have other sizes.',
    pairs.length,
    equal,
    others
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
