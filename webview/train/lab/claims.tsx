/** What is claimed, each claim with its verdict: holds, does not hold, too noisy to say. */
import type { JudgedClaim } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { fewestSeeds } from './labPlan';

const signs = { holds: '✔', doesNot: '✖', tooNoisy: '~' } as const;

interface ClaimsProps {
  readonly claims: readonly JudgedClaim[];
  readonly going: boolean;
  readonly seeds: number;
}

export function Claims({ claims, going, seeds }: ClaimsProps) {
  if (claims.length === 0) return null;
  return (
    <section aria-label={t('What is claimed')}>
      <h3>{going ? t('What is claimed, as far as it goes') : t('What is claimed')}</h3>
      <ul class="lab-claims">
        {claims.map((claim) => (
          <li key={claim.text}>
            <span class={`lab-chip lab-${claim.judgement}`}>
              <span aria-hidden="true">{signs[claim.judgement]}</span> {claim.word}
            </span>
            <span>
              {claim.text}
              <span class="quiet lab-detail">{claim.detail}</span>
            </span>
          </li>
        ))}
      </ul>
      {seeds < fewestSeeds && <p class="quiet">{t('Fewer than three seeds give no verdict: set it up with more.')}</p>}
      <p class="quiet">
        {t(
          'A claim holds where at least four of five seeds agree and their mean difference exceeds its spread; else the opposite holds, or it is too noisy to say.'
        )}
      </p>
    </section>
  );
}
