/** An output that is a picture or a mask: small in the dock, large over the panel when asked for. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { OutputView } from '../../src/protocol/running';
import type { Pixels } from '../../src/protocol/values';
import { Button } from '../controls';
import { t } from '../l10n';
import { PixelCanvas } from '../shared/canvas';
import { formatShare, formatShort, formatValue } from '../shared/format';
import { Legend } from '../shared/parts';
import { useApp } from '../state';

type PictureView = Extract<OutputView, { kind: 'image' }>;
type MaskView = Extract<OutputView, { kind: 'mask' }>;

export function PictureOutput({ output }: { readonly output: PictureView | MaskView }) {
  const [large, setLarge] = useState(false);
  const input = useApp((state) => state.inputs[0]?.prepared?.preview ?? null);
  const open = () => setLarge(true);
  return (
    <div class="row picture-output">
      <button type="button" class="picture-button" aria-haspopup="dialog" title={t('Show it large')} onClick={open}>
        <PixelCanvas
          pixels={output.pixels}
          label={output.kind === 'image' ? t('Output image') : t('Mask')}
          class="input-picture"
        />
        {output.kind === 'image' && output.difference !== null && (
          <PixelCanvas pixels={output.difference.pixels} label={t('Difference to the input')} class="input-picture" />
        )}
      </button>
      {output.kind === 'image' ? (
        <span class="quiet">
          {t('{0} to {1}', formatValue(output.range.min), formatValue(output.range.max))}
          {output.difference !== null &&
            ` · ${t('difference up to {0} grey levels', formatShort(output.difference.largest))}`}
        </span>
      ) : (
        <MaskLegend mask={output} most={5} />
      )}
      <Button onClick={open}>{t('Large…')}</Button>
      {large && (
        <Large title={output.name} onClose={() => setLarge(false)}>
          {output.kind === 'image' ? (
            <LargePicture output={output} input={input} />
          ) : (
            <LargeMask output={output} input={input} />
          )}
        </Large>
      )}
    </div>
  );
}

function MaskLegend({ mask, most }: { readonly mask: MaskView; readonly most: number }) {
  const more = mask.legend.length - most;
  return (
    <span class="mask-legend">
      {mask.legend.slice(0, most).map((one) => (
        <span key={one.label}>
          <Swatch colour={one.colour} />
          {one.label} {formatShare(one.share)}
        </span>
      ))}
      {more > 0 && <span>{t('and {0} more', more)}</span>}
    </span>
  );
}

/** A fill attribute, because the content policy allows no style in the markup. */
function Swatch({ colour }: { readonly colour: string }) {
  return (
    <svg class="swatch" width="10" height="10" aria-hidden="true">
      <rect width="10" height="10" fill={colour} />
    </svg>
  );
}

/** A modal dialog: Escape and the button close it, the focus goes back to what opened it. */
function Large(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: preact.ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="large"
      aria-label={t('Output {0}', props.title)}
      onClose={props.onClose}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        props.onClose();
      }}
    >
      <div class="large-head">
        <h2>{t('Output {0}', props.title)}</h2>
        <Button onClick={props.onClose}>{t('Close (Esc)')}</Button>
      </div>
      {props.children}
    </dialog>
  );
}

function LargePicture({ output, input }: { readonly output: PictureView; readonly input: Pixels | null }) {
  const { pixels, difference, range } = output;
  return (
    <>
      <div class="large-row">
        {input !== null && <Captioned pixels={input} words={t('input, {0} × {1}', input.height, input.width)} />}
        <Captioned pixels={pixels} words={t('output, {0} × {1}', pixels.height, pixels.width)} />
        {difference !== null && <Captioned pixels={difference.pixels} words={t('output − input')} />}
      </div>
      <p class="quiet">
        {t('Black to white stand for {0} to {1} of each colour.', formatValue(range.min), formatValue(range.max))}
      </p>
      {difference === null ? (
        input !== null && <p class="quiet">{t('No difference: the output has another size than the input.')}</p>
      ) : (
        <Legend
          colormap="diverging"
          min={-difference.largest}
          max={difference.largest}
          note={t('mean over the colours of output − input, in grey levels')}
        />
      )}
    </>
  );
}

function Captioned({ pixels, words }: { readonly pixels: Pixels; readonly words: string }) {
  return (
    <figure>
      <PixelCanvas pixels={pixels} label={words} />
      <figcaption>{words}</figcaption>
    </figure>
  );
}

function LargeMask({ output, input }: { readonly output: MaskView; readonly input: Pixels | null }) {
  const [opacity, setOpacity] = useState(input === null ? 100 : 60);
  const mask = useRef<HTMLDivElement>(null);
  useEffect(() => {
    mask.current?.style.setProperty('opacity', String(opacity / 100));
  }, [opacity]);
  return (
    <>
      <div class="overlay">
        {input !== null && <PixelCanvas pixels={input} label={t('Input under the mask')} />}
        <div ref={mask} class={input === null ? '' : 'over-input'}>
          <PixelCanvas pixels={output.pixels} label={t('Mask')} />
        </div>
      </div>
      {input !== null && (
        <label class="slider">
          {t('Mask over the input: {0} %', opacity)}
          <input
            type="range"
            min={0}
            max={100}
            value={opacity}
            onInput={(event) => setOpacity(Number(event.currentTarget.value))}
          />
        </label>
      )}
      <MaskLegend mask={output} most={40} />
    </>
  );
}
