/** A small glyph for each family of layers. Colours come from the theme's chart colours. */
import type { LayerFamily } from '../../src/core/layerFamily';

const glyphs: Readonly<Record<LayerFamily, string>> = {
  conv: 'M2 2h12v12H2zM6 2v12M10 2v12M2 6h12M2 10h12',
  pool: 'M2 3h12L10 9v4H6V9z',
  norm: 'M1 13c4 0 4-10 7-10s3 10 7 10',
  dropout: 'M3 3h2v2H3zM11 3h2v2h-2zM7 7h2v2H7zM3 11h2v2H3zM11 11h2v2h-2z',
  dense: 'M3 3l10 5M3 8h10M3 13l10-5M3 3l10 10M3 13L13 3',
  activation: 'M1 12h7l6-9',
  shape: 'M2 4h12v8H2zM5 7l3 2 3-2',
  merge: 'M8 2v12M2 8h12',
  input: 'M2 8h9M8 4l4 4-4 4M14 2v12',
  model: 'M2 5h9v9H2zM5 5V2h9v9h-3',
  opaque: 'M5 6a3 3 0 1 1 4 3c-1 .4-1 1-1 2M8 13v1'
};

export function KindGlyph({ family }: { readonly family: LayerFamily }) {
  return (
    <svg class={`glyph family-${family}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={glyphs[family]} fill="none" stroke="currentColor" stroke-width="1.3" />
    </svg>
  );
}
