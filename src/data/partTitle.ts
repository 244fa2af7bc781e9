/** What a part of a data set is called. */
import { t } from '../core/texts';

export type PartName = 'training' | 'validation' | 'test';

/** @param title of the whole data set */
export function partTitle(title: string, part: PartName): string {
  switch (part) {
    case 'training':
      return t('{0}, training part', title);
    case 'validation':
      return t('{0}, validation part', title);
    case 'test':
      return t('{0}, test part', title);
  }
}
