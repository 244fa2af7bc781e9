/** What single layers do to one input, in sentences with numbers, for the report. */
import type { LayerNode } from '../../core/model';
import type { MapView } from '../maps';
import { statistics } from '../statistics';

/** @param before the value the layer reads, @param after what it gives; masked: with its mask drawn (dropout), else null */
export function effectSentences(
  layer: LayerNode,
  before: MapView | null,
  after: MapView,
  masked: MapView | null
): string[] {
  const out = statistics(after.values);
  const sentences = [
    `Activations from ${show(out.min)} to ${show(out.max)}, mean ${show(out.mean)}, standard deviation ${show(out.std)}; ${percent(out.zeros)} are zero.`
  ];
  if (before === null) return sentences;
  const given = statistics(before.values);
  switch (layer.kind.kind) {
    case 'batchNorm':
    case 'layerNorm':
    case 'groupNorm':
      sentences.push(
        `Normalising moves the mean from ${show(given.mean)} to ${show(out.mean)} and the standard deviation from ${show(given.std)} to ${show(out.std)}.`
      );
      break;
    case 'pool':
    case 'globalPool':
    case 'adaptivePool':
      sentences.push(
        `Pooling keeps ${after.values.length.toLocaleString('en-US')} of ${before.values.length.toLocaleString('en-US')} numbers; the mean goes from ${show(given.mean)} to ${show(out.mean)}.`
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
  const sentences = ['At inference this layer changes nothing.'];
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
      `One training mask (seed 1) sets ${percent(dropped / alive)} of the ${String(alive)} values that are not zero to zero.`
    );
  return sentences;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function show(value: number): string {
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5 ? value.toFixed(3) : value.toExponential(2);
}
