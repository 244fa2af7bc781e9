/** Inputs that could exist: one picture under noise among pictures that the network has not been given. */
import { useMemo, useState } from 'preact/hooks';
import type { DataSetInfo } from '../../../src/protocol/dataSets';
import type { AugmentationName, FeatureSpace } from '../../../src/protocol/effects/features';
import { toRequestError } from '../../../src/protocol/rpc';
import type { RequestError } from '../../../src/protocol/channel';
import { channel } from '../../channel';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { cancelRun, run } from '../../session';
import { formatShare } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { ErrorBox, Loaded, Waiting } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { NumberField, useRested } from '../../why/controls';
import { Cloud } from './cloud';
import { OnePoint, titleOf, makeInput } from './onePoint';
import { coloursOf, glyphOf, groupName, shownPoints, type GroupName, type ShownPoint } from './points';
import { SharesTable } from './sharesTable';

const amounts = [50, 100, 200, 500] as const;
/** Networks beyond this begin with few pictures, so that the first look takes seconds. */
const heavy = 5e7;

export function Features() {
  const status = useApp((state) => state.run);
  const runs = useApp((state) => (state.opened?.inputs.length ?? 0) > 0);
  const model = useApp((state) => state.opened?.model ?? '');
  const given = useApp((state) => state.inputs[0]?.given ?? 0);
  const random = useApp((state) => state.opened?.summary.weightsOrigin.kind === 'random');
  return (
    <div class="view features">
      {!runs ? (
        <p class="empty">{t('Nothing to run: the file says nothing about how its layers are wired.')}</p>
      ) : status.status === 'idle' ? (
        <p class="empty">{t('Choose an input above; its copies under noise appear here.')}</p>
      ) : status.status === 'running' ? (
        <Waiting note={status.note} onCancel={cancelRun} skeleton="block" />
      ) : status.status === 'failed' ? (
        <ErrorBox error={status.error} onRetry={() => void run()} />
      ) : (
        <>
          {random && (
            <p class="note">
              {t('The weights are random: these features are real, but they were not learned from anything yet.')}
            </p>
          )}
          <WithSets model={model} version={`${String(status.outcome.run)} ${String(given)}`} />
        </>
      )}
    </div>
  );
}

function WithSets({ model, version }: { readonly model: string; readonly version: string }) {
  const [added, setAdded] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const [error, setError] = useState<RequestError | null>(null);
  const sets = useRequest('dataSets', { model }, added);
  const addFolder = async () => {
    setError(null);
    try {
      const folder = await channel.request('pickFolder', null);
      if (folder === null) return;
      const set = await channel.request('addImageFolder', { model, path: folder.path });
      setChosen(set.id);
      setAdded(added + 1);
    } catch (failure) {
      setError(toRequestError(failure));
    }
  };
  return (
    <Loaded of={sets} skeleton="block">
      {(found) => {
        const set = found.find(({ id }) => id === chosen) ?? found[0];
        const folder = <Button onClick={() => void addFolder()}>{t('A folder of pictures…')}</Button>;
        return (
          <>
            {error !== null && <ErrorBox error={error} />}
            {set === undefined ? (
              <div class="empty">
                <p>
                  {t(
                    'Unseen pictures are needed for this, and no data set fits this network: choose a folder of pictures. It works for networks that read one picture.'
                  )}
                </p>
                {folder}
              </div>
            ) : (
              <WithSet key={set.id} {...{ model, version, sets: found, set, folder, onSet: setChosen }} />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function WithSet(props: {
  readonly model: string;
  readonly version: string;
  readonly sets: readonly DataSetInfo[];
  readonly set: DataSetInfo;
  readonly folder: preact.ComponentChild;
  readonly onSet: (set: string) => void;
}) {
  const { model, version, sets, set } = props;
  const macs = useApp((state) => state.opened?.summary.totals.macs ?? 0);
  const [pictures, setPictures] = useState<number>(macs > heavy ? amounts[0] : amounts[2]);
  const [copies, setCopies] = useState(macs > heavy ? 12 : 30);
  const [seed, setSeed] = useState(1);
  const [sigma, setSigma] = useState(0.2);
  const [augmentation, setAugmentation] = useState<AugmentationName>('all');
  // As many as there are, once.
  const offered = amounts.filter((_, i) => i === 0 || (amounts[i - 1] ?? 0) < set.size);
  const taken = Math.min(pictures, offered.at(-1) ?? pictures);
  const ask = useRested({ pictures: taken, copies, seed, sigma, augmentation });
  const space = useRequest('featureSpace', { model, set: set.id, ...ask }, version);
  return (
    <>
      <div class="tools">
        {sets.length > 1 && (
          <Dropdown
            label={t('Data set')}
            value={set.id}
            choices={sets.map((one) => ({ value: one.id, label: one.title }))}
            onChange={props.onSet}
          />
        )}
        {props.folder}
        <Dropdown
          label={t('Unseen pictures')}
          value={String(taken)}
          choices={offered.map((amount) => ({
            value: String(amount),
            label: t('{0} unseen pictures', Math.min(amount, set.size))
          }))}
          onChange={(value) => setPictures(Number(value))}
        />
        <NumberField label={t('Copies of each kind')} value={copies} min={1} max={200} onChange={setCopies} />
        <NumberField label={t('First seed')} value={seed} min={0} max={999999} onChange={setSeed} />
        <NumberField label={t('Weight noise σ')} value={sigma} min={0} max={2} step={0.05} onChange={setSigma} />
        <Dropdown
          label={t('Augmentation')}
          value={augmentation}
          choices={[
            { value: 'all', label: t('augmentation: shift, turn, brightness, noise') },
            { value: 'shift', label: t('augmentation: shifts up to 8 % of the side') },
            { value: 'rotation', label: t('augmentation: rotations up to 12°') },
            { value: 'brightness', label: t('augmentation: brightness up to ± 20 %') },
            { value: 'noise', label: t('augmentation: pixel noise, σ 6 %') }
          ]}
          onChange={setAugmentation}
        />
      </div>
      <Loaded of={space} skeleton="block">
        {(value) => (
          <Found
            model={model}
            space={value}
            augmentation={ask.augmentation}
            onNext={() => setSeed(ask.seed + ask.copies)}
          />
        )}
      </Loaded>
      <Explanation
        see={t(
          'Each mark is what the last layer reads for one picture (its penultimate features), laid flat along the two directions in which the unseen pictures vary most: these principal components come from them alone, no noise moves the axes. The star is your picture, outlined marks are copies of it under dropout masks, weight noise and augmentation.'
        )}
        look={t(
          'Copies that reach into the cloud of their own class stand for inputs that could exist; a small knot, or copies where no picture lies, do not. In many dimensions noise often leads away from everything, so that even a share of 0 is a finding about this network, not an error.'
        )}
      />
    </>
  );
}

function Found(props: {
  readonly model: string;
  readonly space: FeatureSpace;
  readonly augmentation: AugmentationName;
  readonly onNext: () => void;
}) {
  const { model, space, augmentation } = props;
  const labels = useApp((state) => state.run);
  const [hidden, setHidden] = useState<ReadonlySet<GroupName>>(new Set());
  const [key, setKey] = useState('');
  const all = useMemo(() => shownPoints(space), [space]);
  const colours = useMemo(() => coloursOf(all), [all]);
  const points = all.filter(({ group }) => !hidden.has(group));
  const keyOf = (point: ShownPoint) => `${point.group} ${String(point.at)}`;
  const selected = points.find((point) => keyOf(point) === key) ?? null;
  const names = useMemo(() => {
    const found = new Map<number, string>();
    for (const { top } of all) for (const { index, label } of top) if (label !== null) found.set(index, label);
    return found;
  }, [all, labels]);
  const nameOf = (index: number) => names.get(index) ?? t('class {0}', index);
  const describe = (point: ShownPoint) =>
    t('{0}: answered {1}', titleOf(point, space), nameOf(point.top[0]?.index ?? -1));
  const groups: readonly GroupName[] = ['unseen', ...space.copies.map(({ noise }) => noise), 'clean'];
  const winner = nameOf(space.clean.top[0]?.index ?? -1);
  return (
    <>
      <p class="quiet">
        {t(
          '{0} features: what {1} reads from {2}. “{3}”: {4} pictures.',
          space.size,
          space.reader,
          space.layer,
          space.title,
          space.unseen.length
        )}{' '}
        {space.pooled && `${t('Each feature is the mean of a map over its places.')} `}
        {space.leftOut > 0 && `${t('The input itself is in the data set and is left out.')} `}
        {t('Unseen means: other than your picture; whether training saw them, no file says.')}{' '}
        {space.unseen.length < 20 &&
          t('So few pictures say little: a folder of your own pictures makes a better cloud.')}
      </p>
      <div class="row wrap cloud-legend" role="group" aria-label={t('What is shown')}>
        {groups.map((group) => (
          <button
            key={group}
            type="button"
            aria-pressed={!hidden.has(group)}
            disabled={group === 'clean'}
            onClick={() => {
              const next = new Set(hidden);
              if (!next.delete(group)) next.add(group);
              setHidden(next);
            }}
          >
            <svg width="22" height="22" viewBox="-11 -11 22 22" aria-hidden="true">
              <path class={`cloud-key cloud-key-${group}`} d={glyphOf(group)} />
            </svg>
            {groupName(group)} ({all.filter((point) => point.group === group).length})
          </button>
        ))}
      </div>
      <ul class="plain row wrap cloud-classes" aria-label={t('Colours of the classes')}>
        {colours.classes.map(({ index, colour, count }) => (
          <li key={index}>
            <svg width="12" height="12" aria-hidden="true">
              <circle cx="6" cy="6" r="5" fill={colour} />
            </svg>
            <span class="ellipsis" title={nameOf(index)}>
              {nameOf(index)}
            </span>{' '}
            <span class="quiet">({count > 0 ? count : t('copies only')})</span>
          </li>
        ))}
        {colours.others > 0 && <li class="quiet">{t('grey: {0} more of other classes', colours.others)}</li>}
        <li class="quiet">
          {space.labelled
            ? t('unseen pictures by their label, copies by the answer')
            : t('coloured by the answer: the labels are not those of the network')}
        </li>
      </ul>
      <Cloud
        points={points}
        explained={space.explained}
        colourOf={colours.of}
        nameOf={nameOf}
        named={[...colours.classes].sort((a, b) => b.count - a.count).map(({ index }) => index)}
        selected={selected}
        describe={describe}
        onSelect={(point) => setKey(keyOf(point))}
      />
      {selected === null ? (
        <p class="quiet">{t('Click a mark: its picture and answer appear here.')}</p>
      ) : (
        <OnePoint {...{ model, space, augmentation, nameOf }} point={selected} />
      )}
      {space.randomLayers.length === 0 && (
        <p class="quiet">{t('No masks: no dropout or noise layer stands before the last layer of this model.')}</p>
      )}
      {!space.picture && <p class="quiet">{t('No augmentation: the input is an array, not a picture.')}</p>}
      {!space.weights && <p class="quiet">{t('No weight noise: this model has no learned weights.')}</p>}
      <SharesTable space={space} winner={winner} />
      <Closing {...{ model, space, winner }} onNext={props.onNext} />
    </>
  );
}

/** The computed sentence, and as the next experiment the unseen picture of the class that no copy comes near to. */
function Closing(props: {
  readonly model: string;
  readonly space: FeatureSpace;
  readonly winner: string;
  readonly onNext: () => void;
}) {
  const { space, winner } = props;
  const parts = space.copies.map(({ noise, all }) =>
    t('{0} under {1}', formatShare(all.of === 0 ? 0 : all.some / all.of), groupName(noise))
  );
  const own = space.clean.top[0]?.index;
  const alike = space.unseen.filter((one) => (one.truth ?? one.top[0]?.index) === own && one.nearest !== null);
  const farthest = alike.reduce<(typeof alike)[number] | null>(
    (best, one) => ((one.nearest?.distance ?? 0) > (best?.nearest?.distance ?? -1) ? one : best),
    null
  );
  return (
    <SoWhat
      text={t(
        'Of {0} unseen pictures, nearer to one of {1} noisy copies than to the clean one: {2}.',
        space.unseen.length,
        space.copies[0]?.points.length ?? 0,
        parts.join(', ')
      )}
    >
      <span class="row wrap">
        {farthest === null ? (
          <Button onClick={props.onNext}>{t('Draw other copies')}</Button>
        ) : (
          <Button onClick={() => makeInput(props.model, space.set, farthest.index)}>
            {t('Start from the picture of {0} that no copy comes near to', winner)}
          </Button>
        )}
        {space.randomLayers.length > 0 && (
          <Button onClick={() => app.set({ effect: 'dropout' })}>{t('See the masks')}</Button>
        )}
      </span>
    </SoWhat>
  );
}
