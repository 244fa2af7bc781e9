/** The chosen point: its picture as the network sees it, the answer, and how far it lies from the clean copy. */
import type { AugmentationName, FeatureSpace } from '../../../src/protocol/effects/features';
import type { Pixels } from '../../../src/protocol/values';
import { channel } from '../../channel';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { report, setInput } from '../../session';
import { PixelCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { groupName, type ShownPoint } from './points';

export function titleOf(point: ShownPoint, space: FeatureSpace): string {
  if (point.group === 'unseen') return t('unseen picture {0}', space.unseen[point.at]?.index ?? 0);
  if (point.group === 'clean') return t('the clean copy');
  return t('{0}, seed {1}', groupName(point.group), space.firstSeed + point.at);
}

export function OnePoint(props: {
  readonly model: string;
  readonly space: FeatureSpace;
  readonly point: ShownPoint;
  readonly augmentation: AugmentationName;
  readonly nameOf: (index: number) => string;
}) {
  const { space, point, nameOf } = props;
  const unseen = point.group === 'unseen' ? space.unseen[point.at] : undefined;
  const show = space.probabilities ? formatShare : (value: number) => formatValue(value);
  const nearest = unseen?.nearest ?? null;
  return (
    <section class="card one-point" aria-label={t('The chosen point')}>
      <PictureOf {...props} />
      <div>
        <strong>{titleOf(point, space)}</strong>
        <ol class="plain">
          {point.top.map(({ index, value }) => (
            <li key={index}>
              {nameOf(index)} <span class="quiet">{show(value)}</span>
            </li>
          ))}
        </ol>
        {unseen !== undefined && unseen.truth !== null && (
          <p class={unseen.truth === unseen.top[0]?.index ? 'quiet' : ''}>
            {unseen.truth === unseen.top[0]?.index
              ? t('right: it is {0}', nameOf(unseen.truth))
              : t('wrong: it is {0}', nameOf(unseen.truth))}
          </p>
        )}
        {(point.group === 'masks' || point.group === 'weights') && (
          <p class="quiet">{t('The picture is the clean one: the noise acts inside the network.')}</p>
        )}
        {point.group !== 'clean' && (
          <p class="quiet">{t('{0} from the clean copy over all features', formatValue(point.distance))}</p>
        )}
        {nearest !== null && (
          <p class="quiet">
            {t(
              '{0} from the nearest copy ({1}, seed {2})',
              formatValue(nearest.distance),
              groupName(nearest.noise),
              space.firstSeed + nearest.copy
            )}
          </p>
        )}
        {unseen !== undefined && (
          <Button onClick={() => makeInput(props.model, space.set, unseen.index)}>
            {t('Make this picture the input')}
          </Button>
        )}
      </div>
    </section>
  );
}

/** A picture of the data set becomes the input of the panel. */
export function makeInput(model: string, set: string, index: number): void {
  channel
    .request('chooseFromSet', { model, set, index })
    .then(({ pixels }) => setInput(0, { kind: 'drawing', pixels }, null))
    .catch(report);
}

function PictureOf(props: {
  readonly model: string;
  readonly space: FeatureSpace;
  readonly point: ShownPoint;
  readonly augmentation: AugmentationName;
}) {
  const { model, space, point, augmentation } = props;
  const prepared = useApp((state) => state.inputs[0]?.prepared ?? null);
  if (point.group === 'unseen')
    return <Fetched model={model} set={space.set} of={{ kind: 'unseen', index: space.unseen[point.at]?.index ?? 0 }} />;
  if (point.group === 'augmentation')
    return (
      <Fetched
        model={model}
        set={space.set}
        of={{ kind: 'augmentation', seed: space.firstSeed + point.at, augmentation }}
      />
    );
  return prepared === null ? null : <Picture pixels={prepared.preview} />;
}

function Fetched(props: {
  readonly model: string;
  readonly set: string;
  readonly of:
    | { readonly kind: 'unseen'; readonly index: number }
    | { readonly kind: 'augmentation'; readonly seed: number; readonly augmentation: AugmentationName };
}) {
  const found = useRequest(
    'featurePicture',
    props,
    useApp((state) => state.inputs[0]?.given ?? 0)
  );
  if (found.status === 'loading') return <div class="one-point-picture skeleton skeleton-block" aria-hidden="true" />;
  return <Loaded of={found}>{({ pixels }) => <Picture pixels={pixels} />}</Loaded>;
}

function Picture({ pixels }: { readonly pixels: Pixels }) {
  return <PixelCanvas pixels={pixels} label={t('The picture as the network sees it')} class="one-point-picture" />;
}
