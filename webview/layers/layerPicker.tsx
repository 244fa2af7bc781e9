/** Where the panel is narrow the layer list lies folded under one button: the layer now open. It lies over the views, so nothing moves. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../l10n';
import { Sizes } from '../shared/sizes';
import { selectCurrent, useApp } from '../state';
import { familyOf } from '../../src/core/layerFamily';
import { KindGlyph } from './families';
import { LayerList } from './layerList';
import { Thumbnail } from './thumbnail';

type Opening = 'rows' | 'filter' | null;

export function LayerPicker() {
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [opening, setOpening] = useState<Opening>(null);
  const layer = useApp(selectCurrent);
  const thumbnails = useApp((state) => state.thumbnails);
  const open = opening !== null;
  const close = () => {
    setOpening(null);
    button.current?.focus();
  };
  useEffect(() => {
    if (opening === null) return undefined;
    box.current?.querySelector<HTMLElement>(opening === 'rows' ? '.rows' : '#layer-filter')?.focus();
    const onOutside = (event: Event) => {
      if (event.target instanceof Node && box.current?.contains(event.target) === false) setOpening(null);
    };
    document.addEventListener('pointerdown', onOutside);
    document.addEventListener('focusin', onOutside);
    return () => {
      document.removeEventListener('pointerdown', onOutside);
      document.removeEventListener('focusin', onOutside);
    };
  }, [opening]);
  useEffect(() => {
    const onSlash = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.composedPath()[0] instanceof HTMLInputElement) return;
      setOpening('filter');
      event.preventDefault();
    };
    document.addEventListener('keydown', onSlash);
    return () => document.removeEventListener('keydown', onSlash);
  }, []);
  return (
    <div
      ref={box}
      class="picker"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        event.preventDefault();
        close();
      }}
    >
      <button
        ref={button}
        type="button"
        class="layer-picker"
        aria-haspopup="tree"
        aria-expanded={open}
        onClick={() => setOpening(open ? null : 'rows')}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          setOpening('rows');
          event.preventDefault();
        }}
      >
        <span class="hidden-text">{t('Layers')}</span>
        {layer === null ? (
          <span class="row-text">{t('Select a layer.')}</span>
        ) : (
          <>
            <span aria-hidden="true">
              <Thumbnail layer={layer} picture={thumbnails.get(layer.id) ?? null} />
            </span>
            <span class="row-text">
              <span class="row-name">
                <KindGlyph family={familyOf(layer.kind)} />
                <span class="layer-name">{layer.name}</span>
              </span>
              <span class="row-shape">
                <Sizes layer={layer.id} shape={layer.outputShape} />
              </span>
            </span>
          </>
        )}
        <span class="twist" aria-hidden="true">
          {open ? '▴' : '▾'}
        </span>
      </button>
      {open && <LayerList onPicked={close} />}
    </div>
  );
}
