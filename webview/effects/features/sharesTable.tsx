/** How far the copies go and how many unseen pictures they come near to, in numbers. */
import type { FeatureSpace, NearerShare } from '../../../src/protocol/effects/features';
import { t } from '../../l10n';
import { formatShare, formatValue } from '../../shared/format';
import { groupName } from './points';

export function SharesTable({ space, winner }: { readonly space: FeatureSpace; readonly winner: string }) {
  const share = (of: NearerShare) =>
    of.of === 0 ? '–' : t('{0} of {1} ({2})', of.some, of.of, formatShare(of.some / of.of));
  return (
    <>
      <div class="scroll-x" tabIndex={0} role="group" aria-label={t('Distances and shares')}>
        <table class="facts feature-shares">
          <thead>
            <tr>
              <th scope="col">{t('Noise')}</th>
              <th scope="col">{t('Mean distance of the copies')}</th>
              <th scope="col">{t('Answers flipped')}</th>
              <th scope="col">{t('Unseen nearer to some copy')}</th>
              <th scope="col">{t('the same, only of {0}', winner)}</th>
              <th scope="col">{t('Nearer to one copy, on average')}</th>
            </tr>
          </thead>
          <tbody>
            {space.copies.map((one) => (
              <tr key={one.noise}>
                <th scope="row">{groupName(one.noise)}</th>
                <td>{formatValue(one.meanDistance)}</td>
                <td>{t('{0} of {1}', one.flipped, one.points.length)}</td>
                <td>{share(one.all)}</td>
                <td>{share(one.same)}</td>
                <td>{formatShare(one.all.each)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        {space.distanceSame !== null &&
          t('Unseen pictures of {0} lie {1} from the clean copy on average', winner, formatValue(space.distanceSame))}
        {space.distanceSame !== null && space.distanceOther !== null && ', '}
        {space.distanceOther !== null && t('those of other classes {0}', formatValue(space.distanceOther))}
        {(space.distanceSame ?? space.distanceOther) !== null && '. '}
        {t(
          'Nearer means: by Euclidean distance over all {0} features of this network, not in the picture above. More copies raise “some copy”; the average does not depend on their number.',
          space.size
        )}
      </p>
    </>
  );
}
