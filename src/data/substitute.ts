/** What can stand in for a data set that the machine lacks, always under its own name. */
import type { KnownDataSet } from './registry';
import { t } from '../core/texts';

export interface Substitute {
  /** The one set that comes with the program. */
  readonly use: 'digits';
  /** Its own, never those of the data set it stands in for. */
  readonly title: string;
  readonly classNames: readonly string[];
  /** One line for people. */
  readonly reason: string;
}

const classNames = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/**
 * The bundled digits where the network reads 28 x 28 grey pictures, in any layout.
 * @param set what the code names; `null` where it names nothing that is known
 * @param inputShape of the network, without the batch axis; `null` for sizes left open
 * @param outputs classes that the network tells apart; `null` where unknown
 */
export function substituteFor(
  set: KnownDataSet | null,
  inputShape: readonly (number | null)[],
  outputs: number | null = null
): Substitute | null {
  const fits =
    inputShape.length === 1
      ? inputShape[0] === 784
      : [
          [28, 28],
          [28, 28, 1],
          [1, 28, 28]
        ].some(
          (shape) => shape.length === inputShape.length && shape.every((size, i) => (inputShape[i] ?? size) === size)
        );
  if (!fits || (outputs !== null && outputs !== classNames.length)) return null;
  const named = set === null ? t('your data') : set.title;
  return {
    use: 'digits',
    title: t('Digits that come with ConvLens'),
    classNames,
    reason: t('Stands in for {0}: 6,000 handwritten digits of the same size, with the digits’ own class names', named)
  };
}
