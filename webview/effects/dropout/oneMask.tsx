/** What one seed draws on the real values, compared with none and with the next ones; rate, seed, step and play. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import { t } from '../../l10n';
import { Explanation } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { BusyLine } from '../../shared/busyLine';
import { Closing, Flips } from './flips';
import { MaskHands } from './maskHands';
import { Panels } from './panels';
import { RateSlider } from './rateSlider';
import { useFollowing, useResting, useSteady } from '../../shared/steady';
import { seeWords } from './words';

export function OneMask(props: {
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly run: number;
  readonly onManyMasks: () => void;
}) {
  const { layer, occurrence, run } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const [strength, setStrength] = useState<number | null>(null);
  const [held, setHeld] = useState(1);
  const [next, setNext] = useState(2);
  const [asked, ask] = useState(strength);
  const settled = useResting(strength, 400);
  const question = { model, layer: layer.id, occurrence };
  const { shown, busy } = useSteady(
    useRequest('maskTriptych', { ...question, strength: asked, held, next }, run),
    `${layer.id} ${occurrence} ${run}`
  );
  useFollowing(strength, busy !== null, 60, ask);
  return (
    <Loaded of={shown}>
      {(value) => (
        <>
          <div class="mask-hands">
            <RateSlider
              of={value}
              layer={layer.id}
              strength={strength ?? value.ownStrength}
              onStrength={(to) => setStrength(to === value.ownStrength ? null : to)}
            />
            <Flips of={value} question={question} strength={settled} moving={settled !== strength} />
            <MaskHands of={value} held={held} next={next} busy={busy !== null} onHeld={setHeld} onNext={setNext} />
          </div>
          <BusyLine busy={busy} />
          {layer.calls > 1 && (
            <p class="quiet">{t('Only this call of {0} draws here; its other calls answer as always.', layer.name)}</p>
          )}
          <Panels of={value} name={layer.name} />
          <Explanation
            see={seeWords(value.kind)}
            look={t(
              'Whether the answer holds although the values differ each time: training like this is meant to teach a network not to lean on single ones.'
            )}
          />
          <Closing
            of={value}
            question={question}
            strength={settled}
            moving={settled !== strength}
            run={run}
            onManyMasks={props.onManyMasks}
          />
        </>
      )}
    </Loaded>
  );
}
