/** What single layers do to one input, in sentences with numbers, for the report. */
import type { LayerNode } from '../../core/model';
import { inLanguage } from '../../core/numbers';
import type { MapView } from '../maps';
import { statistics } from '../statistics';
import { t } from '../../core/texts';

/** @param before the value the layer reads, @param after what it gives; masked: with its mask drawn (dropout), else null */
export function effectSentences(
  layer: LayerNode,
  before: MapView | null,
  after: MapView,
  masked: MapView | null
): string[] {
  const out = statistics(after.values);
  const sentences = [
    t(
      'Activations from {0} to {1}, mean {2}, standard deviation {3}; {4} are zero.',
      show(out.min),
      show(out.max),
      show(out.mean),
      show(out.std),
      percent(out.zeros)
    )
  ];
  if (before === null) return sentences;
  const given = statistics(before.values);
  switch (layer.kind.kind) {
    case 'batchNorm':
    case 'layerNorm':
    case 'groupNorm':
      sentences.push(
        t(
          'Normalising moves the mean from {0} to {1} and the standard deviation from {2} to {3}.',
          show(given.mean),
          show(out.mean),
          show(given.std),
          show(out.std)
        )
      );
      break;
    case 'pool':
    case 'globalPool':
    case 'adaptivePool':
      sentences.push(
        t(
          'Pooling keeps {0} of {1} numbers; the mean goes from {2} to {3}.',
          inLanguage(after.values.length.toLocaleString('en-US')),
          inLanguage(before.values.length.toLocaleString('en-US')),
          show(given.mean),
          show(out.mean)
        )
      );
      break;
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianDropout':
    case 'gaussianNoise':
      sentences.push(...dropoutSentences(after, masked));
      break;
    default:
  }
  return sentences;
}

/** At inference the layer hands its input through; with a mask drawn some values change. */
function dropoutSentences(after: MapView, masked: MapView | null): string[] {
  const sentences = [t('At inference this layer changes nothing.')];
  if (masked === null) return sentences;
  let alive = 0;
  let dropped = 0;
  after.values.forEach((value, i) => {
    if (value === 0) return;
    alive++;
    if (masked.values[i] === 0) dropped++;
  });
  if (alive > 0)
    sentences.push(
      t(
        'One training mask (seed 1) sets {0} of the {1} values that are not zero to zero.',
        percent(dropped / alive),
        alive
      )
    );
  return sentences;
}

function percent(share: number): string {
  return `${inLanguage((100 * share).toFixed(1))} %`;
}

function show(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
    ? inLanguage(value.toFixed(3))
    : inLanguage(value.toExponential(2));
}
