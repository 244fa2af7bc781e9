/** The preprocessings worth comparing on one picture. */
import type { Preprocessing } from '../protocol/inputs';

const common = { fit: 'stretch', invert: false } as const;

export function presets(gray: boolean): Preprocessing[] {
  if (gray) {
    return (['0..1', '-1..1', '0..255'] as const).flatMap((normalization) =>
      [false, true].map((invert): Preprocessing => ({ fit: 'stretch', colour: 'gray', normalization, invert }))
    );
  }
  const names = ['0..1', '-1..1', '0..255', 'imagenet'] as const;
  return [
    ...names.map((normalization): Preprocessing => ({ ...common, colour: 'rgb', normalization })),
    { ...common, colour: 'bgr', normalization: 'caffe' }
  ];
}
