/** The rate by hand: what it changes and what not, and what stands beside it. */
import type { ComponentChildren } from 'preact';
import type { MaskTriptych } from '../../../src/protocol/effects/dropout';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { TrainTheTwin } from '../../train/lab/trainTheTwin';
import { sliderWords, strengthName } from './words';

export function RateSlider(props: {
  readonly of: MaskTriptych;
  /** Its id. */
  readonly layer: string;
  readonly strength: number;
  readonly onStrength: (strength: number) => void;
}) {
  const { of, layer, strength, onStrength } = props;
  const noise = of.kind === 'gaussianNoise';
  const most = noise ? Math.max(1, of.ownStrength * 3) : Math.max(0.95, of.ownStrength);
  return (
    <>
      <label class="slider">
        <span>
          {strengthName(of.kind)} {formatValue(strength)}
        </span>
        <input
          type="range"
          min={0}
          max={most}
          step={noise ? most / 100 : 0.01}
          value={strength}
          aria-describedby="mask-now"
          aria-valuetext={formatValue(strength)}
          onInput={(event) => onStrength(Number(event.currentTarget.value))}
        />
      </label>
      <BesideRate>
        <span id="mask-now" class="quiet">
          {sliderWords(of.kind)}
          {strength === of.ownStrength ? '' : ` (${t('trained with {0}', formatValue(of.ownStrength))})`}
        </span>
        {strength !== of.ownStrength && <Button onClick={() => onStrength(of.ownStrength)}>{t('Reset')}</Button>}
        <TrainTheTwin layer={layer} rate={strength === of.ownStrength ? null : strength} />
      </BesideRate>
    </>
  );
}

/** What can be done about the rate beyond trying it here: back to the trained one, or training with this one. */
function BesideRate({ children }: { readonly children: ComponentChildren }) {
  return <div class="row wrap beside-rate">{children}</div>;
}
