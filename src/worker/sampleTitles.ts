/** Names of the sample pictures in the display language; media/samples/index.json holds the English ones. */
import { t } from '../core/texts';

const titles: ReadonlyMap<string, () => string> = new Map([
  ['shape-circle', () => t('Circle')],
  ['shape-square', () => t('Square')],
  ['shape-triangle', () => t('Triangle')],
  ['shape-cross', () => t('Cross')],
  ['shape-ring', () => t('Ring')],
  ['shape-stripes', () => t('Stripes')],
  ['photo-cat', () => t('Cat')],
  ['photo-astronaut', () => t('Astronaut')],
  ['photo-coffee', () => t('Coffee')],
  ['photo-rocket', () => t('Rocket')]
]);

/** @param title what the list of samples says, for a picture that has no translation. */
export function sampleTitle({ id, title }: { readonly id: string; readonly title: string }): string {
  const digit = /^digit-(\d)$/.exec(id)?.[1];
  return digit === undefined ? (titles.get(id)?.() ?? title) : t('Digit {0}', digit);
}
