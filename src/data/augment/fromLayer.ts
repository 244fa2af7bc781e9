/** Keras's random layers as augmentations: what their arguments mean. */
import { t } from '../../core/texts';
import type { Augmentation } from './augment';
import type { FillMode, Interpolation, Sampling } from './projective';

type Range = readonly [number, number];

/** Why a layer's parameters cannot be used: `factor` is no number or pair of numbers. */
export interface UnknownAugmentation {
  readonly operation: string;
  readonly problem: string;
}

/** Whether the layer is one that can be run. */
export function isAugmentation(value: Augmentation | UnknownAugmentation): value is Augmentation {
  return 'kind' in value;
}

/**
 * A Keras layer as code or a file gives it.
 * @param operation the class: `RandomFlip` @param parameters as `get_config()` names them; left out: Keras's defaults
 */
export function fromLayer(
  operation: string,
  parameters: Readonly<Record<string, unknown>>
): Augmentation | UnknownAugmentation {
  const get = (name: string): unknown => (Object.hasOwn(parameters, name) ? parameters[name] : undefined);
  const unknown = (problem: string): UnknownAugmentation => ({ operation, problem });
  const range = (name: string, low = -1): Range | null => symmetric(get(name), low);
  const valueRange = pair(get('value_range') ?? [0, 255]);
  const sampling = samplingOf(get);
  if (sampling === null || valueRange === null) return unknown(t('its fill mode or value range is not known'));
  switch (operation) {
    case 'RandomFlip': {
      const mode = get('mode') ?? 'horizontal_and_vertical';
      if (mode !== 'horizontal' && mode !== 'vertical' && mode !== 'horizontal_and_vertical') {
        return unknown(t('its mode {0} is not known', String(mode)));
      }
      return { kind: 'flip', horizontal: mode !== 'vertical', vertical: mode !== 'horizontal' };
    }
    case 'RandomRotation': {
      const turns = range('factor');
      return turns === null ? unknown(t('its factor is not known')) : { kind: 'rotation', turns, sampling };
    }
    case 'RandomTranslation': {
      const [height, width] = [range('height_factor'), range('width_factor')];
      if (height === null || width === null) return unknown(t('its factors are not known'));
      return { kind: 'translation', height, width, sampling };
    }
    case 'RandomZoom': {
      const height = range('height_factor');
      const free = get('width_factor') ?? null;
      const width = free === null ? null : symmetric(free, -1);
      if (height === null || (free !== null && width === null)) return unknown(t('its factors are not known'));
      return { kind: 'zoom', height, width, sampling };
    }
    case 'RandomContrast': {
      // Keras 3 cuts the lower bound of a single number at 0 and then takes 1 - lower: it draws from [1, 1 + factor].
      const factor = range('factor', 0);
      if (factor === null) return unknown(t('its factor is not known'));
      return { kind: 'contrast', factor: [-factor[0], factor[1]], valueRange };
    }
    case 'RandomBrightness': {
      const factor = range('factor');
      return factor === null ? unknown(t('its factor is not known')) : { kind: 'brightness', factor, valueRange };
    }
    case 'GaussianNoise': {
      const stddev = get('stddev');
      return typeof stddev === 'number' && stddev >= 0
        ? { kind: 'noise', stddev }
        : unknown(t('its deviation is not known'));
    }
    default:
      return unknown(t('is not among the changes that can be run'));
  }
}

/** A number stands for `[-number, number]`, its lower bound not under `low`; a pair is sorted. */
function symmetric(value: unknown, low: number): Range | null {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const size = Math.abs(value);
    return [Math.max(-size, low), size];
  }
  return pair(value);
}

function pair(value: unknown): Range | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [a, b] = value as readonly unknown[];
  if (typeof a !== 'number' || typeof b !== 'number' || !Number.isFinite(a + b)) return null;
  return a <= b ? [a, b] : [b, a];
}

function samplingOf(get: (name: string) => unknown): Sampling | null {
  const fillMode = get('fill_mode') ?? 'reflect';
  const interpolation = get('interpolation') ?? 'bilinear';
  const fillValue = get('fill_value') ?? 0;
  const modes: readonly unknown[] = ['reflect', 'wrap', 'constant', 'nearest'];
  if (!modes.includes(fillMode) || (interpolation !== 'bilinear' && interpolation !== 'nearest')) return null;
  if (typeof fillValue !== 'number') return null;
  return { fillMode: fillMode as FillMode, interpolation: interpolation satisfies Interpolation, fillValue };
}
