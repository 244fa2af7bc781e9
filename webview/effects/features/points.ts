/** The points of the picture in one list, with what they are called and how they look. */
import type { FeaturePoint, FeatureSpace, NoiseName } from '../../../src/protocol/effects/features';
import { t } from '../../l10n';

export type GroupName = 'unseen' | NoiseName | 'clean';

export interface ShownPoint extends FeaturePoint {
  readonly group: GroupName;
  /** In its group. */
  readonly at: number;
  /** Output index that colours it: the label of an unseen picture where it is known, else the answer. */
  readonly colouredBy: number;
}

/** Told apart on light and dark grounds, each at least 3 : 1 against white and #1f1f1f; the tenth place is "others". */
export const classColours = [
  '#2f7ed8',
  '#d9730d',
  '#2e9e5b',
  '#c4457f',
  '#8a63d2',
  '#9a7d0a',
  '#0f8fa0',
  '#d64541',
  '#6b7f8c',
  '#6f8f00'
] as const;
const otherColour = '#808080';

export function groupName(group: GroupName): string {
  switch (group) {
    case 'unseen':
      return t('unseen pictures');
    case 'clean':
      return t('the clean copy');
    case 'masks':
      return t('dropout masks');
    case 'weights':
      return t('weight noise');
    case 'augmentation':
      return t('augmentation');
  }
}

export function shownPoints(space: FeatureSpace): ShownPoint[] {
  const answer = ({ top }: FeaturePoint) => top[0]?.index ?? -1;
  return [
    ...space.unseen.map((one, at) => ({ ...one, group: 'unseen' as const, at, colouredBy: one.truth ?? answer(one) })),
    ...space.copies.flatMap(({ noise, points }) =>
      points.map((one, at) => ({ ...one, group: noise, at, colouredBy: answer(one) }))
    ),
    { ...space.clean, group: 'clean', at: 0, colouredBy: answer(space.clean) }
  ];
}

export interface ClassColour {
  readonly index: number;
  readonly colour: string;
  /** Of unseen pictures; 0 where only copies are answered so. */
  readonly count: number;
}

/** The commonest classes each with a colour of its own, in the order of their index; more than ten share grey. */
export function coloursOf(points: readonly ShownPoint[]): {
  readonly classes: readonly ClassColour[];
  readonly others: number;
  readonly of: (index: number) => string;
} {
  const counts = new Map<number, number>();
  const copies = new Map<number, number>();
  for (const { group, colouredBy } of points) {
    const own = group === 'unseen' ? 1 : 0;
    counts.set(colouredBy, (counts.get(colouredBy) ?? 0) + own);
    copies.set(colouredBy, (copies.get(colouredBy) ?? 0) + 1 - own);
  }
  const common = [...counts]
    .sort((a, b) => b[1] - a[1] || (copies.get(b[0]) ?? 0) - (copies.get(a[0]) ?? 0))
    .slice(0, classColours.length);
  const classes = common
    .sort((a, b) => a[0] - b[0])
    .map(([index, count], place) => ({ index, count, colour: classColours[place] ?? otherColour }));
  const byIndex = new Map(classes.map(({ index, colour }) => [index, colour]));
  return {
    classes,
    others:
      [...counts.values()].reduce((sum, count) => sum + count, 0) - classes.reduce((sum, one) => sum + one.count, 0),
    of: (index) => byIndex.get(index) ?? otherColour
  };
}

/** Glyphs tell the groups apart without colour; drawn about the origin. */
export function glyphOf(group: GroupName): string {
  switch (group) {
    case 'unseen':
      return 'M3.2 0A3.2 3.2 0 1 1 -3.2 0A3.2 3.2 0 1 1 3.2 0Z';
    case 'masks':
      return 'M0 -5L4.8 3.6H-4.8Z';
    case 'weights':
      return 'M-3.8 -3.8H3.8V3.8H-3.8Z';
    case 'augmentation':
      return 'M0 -5.4L5.4 0L0 5.4L-5.4 0Z';
    case 'clean':
      return 'M0 -10L2.6 -3.2L9.8 -3L4 1.6L6.2 8.6L0 4.4L-6.2 8.6L-4 1.6L-9.8 -3L-2.6 -3.2Z';
  }
}
