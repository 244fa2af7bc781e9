import type { LayerRow } from '../../src/core/summary';

export function Why({ layer }: { readonly layer: LayerRow }) {
  return <p class="empty">{layer.name}</p>;
}
