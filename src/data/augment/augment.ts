/**
 * Random changes of pictures while training, as Keras's preprocessing layers make them: each layer draws one set of
 * parameters an image. The draws follow a seed of our own, so they differ from Keras's; what is done with them does not.
 */
import { createRandom, seedFor, type Random } from '../../core/random';
import type { DenseTensor } from '../../core/tensor';
import { projective, type Sampling, type Transform } from './projective';
import { rotation, translation, zoom } from './transforms';
import { added, brightened, contrasted, flipped } from './values';

type Range = readonly [number, number];

/** One layer. Ranges are those that Keras's `factor` stands for (see `fromLayer`), lower bound first. */
export type Augmentation =
  | { readonly kind: 'flip'; readonly horizontal: boolean; readonly vertical: boolean }
  /** `turns`: parts of a whole turn. */
  | { readonly kind: 'rotation'; readonly turns: Range; readonly sampling: Sampling }
  /** Parts of the height and width. */
  | { readonly kind: 'translation'; readonly height: Range; readonly width: Range; readonly sampling: Sampling }
  /** Added to 1; `width` `null`: the same as the height's draw. Positive makes things smaller. */
  | { readonly kind: 'zoom'; readonly height: Range; readonly width: Range | null; readonly sampling: Sampling }
  /** Added to 1. */
  | { readonly kind: 'contrast'; readonly factor: Range; readonly valueRange: Range }
  /** Parts of the value range. */
  | { readonly kind: 'brightness'; readonly factor: Range; readonly valueRange: Range }
  | { readonly kind: 'noise'; readonly stddev: number };

/** What one layer does to one batch, drawn. */
export type Drawn =
  | { readonly kind: 'flip'; readonly horizontal: readonly boolean[]; readonly vertical: readonly boolean[] }
  | { readonly kind: 'move'; readonly transforms: readonly Transform[]; readonly sampling: Sampling }
  | { readonly kind: 'contrast'; readonly factors: readonly number[]; readonly valueRange: Range }
  | { readonly kind: 'brightness'; readonly deltas: readonly number[]; readonly valueRange: Range }
  | { readonly kind: 'noise'; readonly noise: Float32Array };

const within = (random: Random, [low, high]: Range): number => low + (high - low) * random.uniform();

/** @param shape `[N, H, W, C]` */
export function draw(layer: Augmentation, shape: readonly number[], random: Random): Drawn {
  const [n = 0, height = 0, width = 0, channels = 0] = shape;
  const each = <T>(one: () => T): T[] => Array.from({ length: n }, one);
  switch (layer.kind) {
    case 'flip': {
      // One draw decides both directions, as in Keras.
      const flips = each(() => random.uniform() <= 0.5);
      const none = flips.map(() => false);
      return { kind: 'flip', horizontal: layer.horizontal ? flips : none, vertical: layer.vertical ? flips : none };
    }
    case 'rotation': {
      const transforms = each(() => rotation(360 * within(random, layer.turns), height, width));
      return { kind: 'move', transforms, sampling: layer.sampling };
    }
    case 'translation': {
      const transforms = each(() => {
        const down = within(random, layer.height) * height;
        return translation(within(random, layer.width) * width, down);
      });
      return { kind: 'move', transforms, sampling: layer.sampling };
    }
    case 'zoom': {
      const transforms = each(() => {
        const zy = 1 + within(random, layer.height);
        return zoom(layer.width === null ? zy : 1 + within(random, layer.width), zy, height, width);
      });
      return { kind: 'move', transforms, sampling: layer.sampling };
    }
    case 'contrast':
      return { kind: 'contrast', factors: each(() => 1 + within(random, layer.factor)), valueRange: layer.valueRange };
    case 'brightness': {
      const [low, high] = layer.valueRange;
      const deltas = each(() => within(random, layer.factor) * (high - low));
      return { kind: 'brightness', deltas, valueRange: layer.valueRange };
    }
    case 'noise': {
      const noise = new Float32Array(n * height * width * channels).map(() => layer.stddev * random.normal());
      return { kind: 'noise', noise };
    }
  }
}

/** @param images `[N, H, W, C]` @returns a new tensor */
export function applyDrawn(images: DenseTensor, drawn: Drawn): DenseTensor {
  switch (drawn.kind) {
    case 'flip':
      return flipped(images, drawn.horizontal, drawn.vertical);
    case 'move':
      return projective(images, drawn.transforms, drawn.sampling);
    case 'contrast':
      return contrasted(images, drawn.factors, drawn.valueRange);
    case 'brightness':
      return brightened(images, drawn.deltas, drawn.valueRange);
    case 'noise':
      return added(images, drawn.noise);
  }
}

/**
 * All layers one after another. Each draws from a stream of its own, named by its kind and its number among those of that
 * kind: taking one layer out leaves the draws of the others alone.
 * @param images `[N, H, W, C]`, left as it is @param seed of the batch: mix epoch and batch into it (`seedFor`)
 */
export function augment(images: DenseTensor, layers: readonly Augmentation[], seed: number): DenseTensor {
  const seen = new Map<string, number>();
  return layers.reduce<DenseTensor>((batch, layer) => {
    const count = seen.get(layer.kind) ?? 0;
    seen.set(layer.kind, count + 1);
    const random = createRandom(seedFor(seed, `${layer.kind}#${String(count)}`));
    return applyDrawn(batch, draw(layer, batch.shape, random));
  }, images);
}
