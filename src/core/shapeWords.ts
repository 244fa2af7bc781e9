/** A shape in words: `26 high × 26 wide × 32 feature maps`. */
import type { Model } from './model';
import type { DataFormat, Dim, Shape } from './shape';
import { channelAxis, spatialAxes } from './shape';
import { t } from './texts';

/** Where channels stand in a model's values: as its layers say, else as its framework does it. */
export function dataFormatOf(model: Model): DataFormat {
  for (const { kind } of model.root.layers.values()) if ('dataFormat' in kind) return kind.dataFormat;
  return model.framework === 'pytorch' ? 'channelsFirst' : 'channelsLast';
}

/** The batch is left out; a size that is not known is `?`. */
export function shapeWords(shape: Shape, format: DataFormat): string {
  const size = (axis: number): number | string => shape[axis] ?? '?';
  const channels = size(channelAxis(shape.length, format));
  const [first = 0, second = 0, third = 0] = spatialAxes(shape.length, format);
  switch (shape.length) {
    case 0:
    case 1:
      return t('one number for each example');
    case 2:
      return counted(shape[1] ?? null, t('1 number'), (count) => t('{0} numbers', count));
    case 3:
      return t('{0} positions × {1} channels', size(first), channels);
    case 4:
      return `${t('{0} high × {1} wide', size(first), size(second))} × ${maps(channels)}`;
    case 5:
      return `${t('{0} deep × {1} high × {2} wide', size(first), size(second), size(third))} × ${maps(channels)}`;
    default:
      return shape
        .slice(1)
        .map((each) => each ?? '?')
        .join(' × ');
  }
}

const maps = (channels: number | string): string =>
  channels === 1 ? t('1 feature map') : t('{0} feature maps', channels);

function counted(size: Dim, one: string, more: (count: number | string) => string): string {
  return size === 1 ? one : more(size ?? '?');
}
