/** How far the copies go and how many unseen pictures they come near to, in numbers. */
import type { FeatureSpace, NearerShare, NoisyCopies } from '../../../src/protocol/effects/features';
import { t } from '../../l10n';
import { formatShare, formatValue } from '../../shared/format';
import { groupName } from './points';

export function SharesTable({ space, winner }: { readonly space: FeatureSpace; readonly winner: string }) {
  const share = (of: NearerShare) => (of.of === 0 ? '–' : formatShare(of.some / of.of));
  const counts = (of: NearerShare) => t('{0} of {1}', of.some, of.of);
  const part = (of: NearerShare) => (of.of === 0 ? '' : of.some / of.of);
  type Show = (one: NoisyCopies) => string;
  /** Name, what is shown, the detail beside it, the exact number for a saved table. */
  const rows: readonly (readonly [string, Show, Show, (one: NoisyCopies) => number | string])[] = [
    [t('mean distance to the clean copy'), (one) => formatValue(one.meanDistance), () => '', (one) => one.meanDistance],
    [t('answers flipped'), (one) => String(one.flipped), (one) => t('of {0}', one.points.length), (one) => one.flipped],
    [t('unseen nearer to some copy'), (one) => share(one.all), (one) => counts(one.all), (one) => part(one.all)],
    [
      t('of them pictures of {0}', winner),
      (one) => share(one.same),
      (one) => counts(one.same),
      (one) => part(one.same)
    ],
    [t('nearer to one copy, on average'), (one) => formatShare(one.all.each), () => '', (one) => one.all.each]
  ];
  return (
    <>
      <table class="facts feature-shares">
        <thead>
          <tr>
            <th scope="col">{t('Copies')}</th>
            {space.copies.map(({ noise }) => (
              <th key={noise} scope="col">
                {groupName(noise)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, value, detail, exact]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {space.copies.map((one) => (
                <td key={one.noise} data-value={String(exact(one))}>
                  {value(one)} <span class="quiet nowrap">{detail(one)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        {space.distanceSame !== null &&
          `${t('Unseen pictures of {0} lie {1} from the clean copy on average.', winner, formatValue(space.distanceSame))} `}
        {space.distanceOther !== null &&
          `${t('Those of other classes lie {0} away.', formatValue(space.distanceOther))} `}
        {t(
          'Nearer means: by Euclidean distance over all {0} features of this network, not in the picture above. More copies can only raise “some copy”; the average does not depend on their number.',
          space.size
        )}
      </p>
    </>
  );
}
