/** Grad-CAM while masks switch off features of the layer: whether the network looks at the same place each time. */
import type { ComponentChildren } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import type { CamUnderMasks, MaskedCam } from '../../../src/protocol/effects/dropout';
import type { Pixels } from '../../../src/protocol/values';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { DrawnCanvas, toCanvas } from '../../shared/canvas';
import { formatShare, formatSizes, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import type { Subject } from './overModels';

const masks = 6;
const rates = [0.25, 0.5, 0.75] as const;

export function CamMasks(props: {
  readonly subjects: readonly Subject[];
  readonly run: number;
  readonly thing: string;
}) {
  const { subjects, run, thing } = props;
  const [asked, setAsked] = useState(false);
  const [rate, setRate] = useState<number>(0.5);
  const [first, second] = subjects;
  if (first === undefined) return null;
  return (
    <section class="card" aria-label={t('Grad-CAM under masks')}>
      <div class="tools">
        <strong>{t('Where it looks under masks')}</strong>
        <Dropdown
          label={t('Share of {0} dropped', thing)}
          value={String(rate)}
          choices={rates.map((one) => ({ value: String(one), label: t('{0} of the {1}', formatShare(one), thing) }))}
          onChange={(value) => setRate(Number(value))}
        />
        {!asked && <Button onClick={() => setAsked(true)}>{t('Grad-CAM under {0} masks', masks)}</Button>}
      </div>
      {asked && <OfNetwork subject={first} rate={rate} run={run} thing={thing} named={second !== undefined} />}
      {asked && second !== undefined && (
        <OtherNetwork own={first} subject={second} rate={rate} run={run} thing={thing} />
      )}
    </section>
  );
}

interface OfNetworkProps {
  readonly subject: Subject;
  readonly rate: number;
  readonly run: number;
  readonly thing: string;
  readonly named: boolean;
}

/** The second network is given the first one's picture before it is asked. */
function OtherNetwork({ own, ...props }: Omit<OfNetworkProps, 'named'> & { readonly own: Subject }) {
  const shared = useRequest('compareAnswers', { model: own.model, other: props.subject.model }, props.run);
  return (
    <Loaded of={shared} skeleton="block">
      {() => <OfNetwork {...props} named />}
    </Loaded>
  );
}

function OfNetwork({ subject, rate, run, thing, named }: OfNetworkProps) {
  const { model, layer } = subject;
  const found = useRequest('camUnderMasks', { model, layer, rate, seed: 1, masks }, run);
  return (
    <Loaded of={found} skeleton="block">
      {(value) => <Maps of={value} thing={thing} title={named ? subject.title : null} />}
    </Loaded>
  );
}

function Maps({
  of,
  thing,
  title
}: {
  readonly of: CamUnderMasks;
  readonly thing: string;
  readonly title: string | null;
}) {
  const masked = of.maps.slice(1);
  const name = of.label ?? t('class {0}', of.index);
  const similar = masked.map(({ similarity }) => similarity).filter((one) => one !== null);
  const mean = similar.reduce((sum, one) => sum + one, 0) / Math.max(1, similar.length);
  return (
    <>
      {title !== null && <h2>{title}</h2>}
      <p class="quiet">
        {t(
          'Grad-CAM for “{0}” at {1} ({2}), while masks drop {3} of the {4} {5} of {6}; the rest is scaled by 1/(1 − {7}), as dropout does.',
          name,
          of.camLayer,
          formatSizes(of.size),
          formatShare(of.rate),
          of.channels,
          thing,
          of.layer,
          of.rate
        )}
      </p>
      <Legend colormap="viridis" min={0} max={1} note={t('each picture on its own scale: nothing to strongest')} />
      <div class="cam-masks">
        {of.maps.map((one) => (
          <Look key={String(one.seed)} input={of.input} heat={one.heat} label={lookLabel(one, name)}>
            <span>{one.seed === null ? t('without a mask') : t('mask {0}', one.seed)}</span>
            <span class="quiet">
              {of.probabilities ? formatShare(one.value) : formatValue(one.value)}
              {one.seed === null ? '' : one.similarity === null ? '' : ` · ρ ${formatValue(one.similarity, 2)}`}
            </span>
            {one.flipped && <span class="mask-flip">{t('flips')}</span>}
          </Look>
        ))}
        <Look input={of.input} heat={of.mean} label={t('Mean of the {0} maps under masks', masked.length)}>
          <span>{t('mean of the {0}', masked.length)}</span>
        </Look>
      </div>
      <p>
        {similar.length === 0
          ? t('Under these masks nothing is left to look at.')
          : t(
              'On average the maps under masks agree with the one without by ρ = {0} (Spearman’s rank correlation, 1: the same order); {1} of {2} masks flip the answer.',
              formatValue(mean, 2),
              of.flipped,
              masked.length
            )}
      </p>
    </>
  );
}

function lookLabel(one: MaskedCam, name: string): string {
  return one.seed === null
    ? t('Grad-CAM for {0} without a mask', name)
    : t('Grad-CAM for {0} under mask {1}', name, one.seed);
}

const side = 104;

function Look(props: {
  readonly input: Pixels;
  readonly heat: Pixels;
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  const { input, heat, label } = props;
  const tall = Math.round((side * input.height) / input.width);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(toCanvas(input), 0, 0, side, tall);
      context.globalAlpha = 0.75;
      context.drawImage(toCanvas(heat), 0, 0, side, tall);
    },
    [input, heat]
  );
  return (
    <figure>
      <DrawnCanvas width={side} height={tall} draw={draw} label={label} />
      <figcaption>{props.children}</figcaption>
    </figure>
  );
}
