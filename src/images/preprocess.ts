/** From a picture to the numbers a network reads. */
import type { DenseTensor } from '../core/tensor';
import { fitTo } from './resize';
import type { ImagePort, NormalizationName, Preprocessing, RgbaImage } from './types';

/** ITU-R 601-2 luma as PIL's `convert('L')` computes it. */
function luma(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 32768) >> 16;
}

/** Means and deviations of ImageNet's RGB in 0..1, as torchvision and Keras's `torch` mode use them. */
const imagenetMean = [0.485, 0.456, 0.406] as const;
const imagenetStd = [0.229, 0.224, 0.225] as const;
/** Means of ImageNet's channels in 0..255, subtracted by Keras's `caffe` mode, in RGB order. */
const caffeMean = [123.68, 116.779, 103.939] as const;

/** @param channel 0, 1, 2 for R, G, B whatever order they are stored in; @param value in 0..255. */
function normalize(value: number, channel: number, name: NormalizationName): number {
  switch (name) {
    case '0..1':
      return value / 255;
    case '-1..1':
      return value / 127.5 - 1;
    case 'imagenet':
      return (value / 255 - (imagenetMean[channel] ?? 0)) / (imagenetStd[channel] ?? 1);
    case 'caffe':
      return value - (caffeMean[channel] ?? 0);
    default:
      return value;
  }
}

/** The picture at the port's size, in the colours the network sees (grey, inverted), before any normalisation. */
export function visibleInput(image: RgbaImage, port: ImagePort, preprocessing: Preprocessing): RgbaImage {
  const sized = fitTo(image, port.width ?? image.width, port.height ?? image.height, preprocessing.fit);
  const data = Uint8Array.from(sized.data);
  const gray = preprocessing.colour === 'gray' || port.channels === 1;
  for (let i = 0; i < data.length; i += 4) {
    if (gray) data.fill(luma(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0), i, i + 3);
    if (preprocessing.invert) for (let c = 0; c < 3; c++) data[i + c] = 255 - (data[i + c] ?? 0);
  }
  return { ...sized, data };
}

/**
 * `[1, H, W, C]`, or `[1, C, H, W]` where the port says so. `caffe` stores the channels as BGR whatever `colour` says, as
 * the networks trained that way expect. A fourth channel is filled with full alpha.
 */
export function preprocess(image: RgbaImage, port: ImagePort, preprocessing: Preprocessing): DenseTensor {
  const seen = visibleInput(image, port, preprocessing);
  const { width, height } = seen;
  const channels = port.channels ?? 3;
  const reversed = channels === 3 && (preprocessing.colour === 'bgr' || preprocessing.normalization === 'caffe');
  const data = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < channels; c++) {
      const colour = reversed ? 2 - c : Math.min(c, 3);
      const value = normalize(seen.data[4 * pixel + colour] ?? 0, colour, preprocessing.normalization);
      data[port.channelsFirst ? c * width * height + pixel : pixel * channels + c] = value;
    }
  }
  return { shape: port.channelsFirst ? [1, channels, height, width] : [1, height, width, channels], data };
}
