/** Which pictures a probe uses, and in words what its batch is made of. */
import type { BatchFacts } from '../../../src/protocol/effects/normalization';
import type { DataSetInfo } from '../../../src/protocol/dataSets';
import { Dropdown } from '../../controls';
import { t } from '../../l10n';

export const batchSizes = ['1', '2', '8', '32', '128'] as const;

export function BatchChoice(props: {
  readonly sets: readonly DataSetInfo[];
  readonly set: string | null;
  /** `null`: sizes are compared, none is chosen. */
  readonly size: number | null;
  readonly onSet: (set: string) => void;
  readonly onSize: (size: number) => void;
}) {
  return (
    <>
      {props.sets.length > 0 && (
        <Dropdown
          label={t('Pictures')}
          value={props.set ?? props.sets[0]?.id ?? ''}
          choices={props.sets.map((set) => ({ value: set.id, label: `${set.title} (${set.size})` }))}
          onChange={props.onSet}
        />
      )}
      {props.size !== null && (
        <Dropdown
          label={t('Batch size')}
          value={String(props.size)}
          choices={batchSizes.map((size) => ({ value: size, label: t('batch of {0}', size) }))}
          onChange={(size) => props.onSize(Number(size))}
        />
      )}
    </>
  );
}

export function batchWords({ title, asked, size, distinct }: BatchFacts): string {
  const copies = size - distinct;
  const made =
    title === null
      ? t('{0} inputs: the one now set and {1} noisy copies of it (a tenth of its deviation, seeded)', size, copies)
      : size === 1
        ? t('One picture of “{0}”', title)
        : copies === 0
          ? t('{0} pictures of “{1}”', size, title)
          : t(
              '{0} pictures: {1} of “{2}” and {3} seeded copies, shifted by up to 2 pixels, 20 % brighter or darker',
              size,
              distinct,
              title,
              copies
            );
  return size < asked ? `${made}; ${t('{0} were asked for, but do not fit the memory', asked)}` : made;
}
