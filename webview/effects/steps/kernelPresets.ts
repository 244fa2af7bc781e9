/** Kernels every image editor knows, to begin with. */
import { t } from '../../l10n';

export interface KernelPreset {
  readonly id: string;
  readonly name: () => string;
  readonly size: number;
  readonly kernel: readonly number[];
  /** What it does, in one sentence. */
  readonly words: () => string;
}

const ninth = 1 / 9;

export const kernelPresets: readonly KernelPreset[] = [
  {
    id: 'edge',
    name: () => t('Edges'),
    size: 3,
    kernel: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
    words: () => t('Compares each pixel with its neighbours: even areas give zero.')
  },
  {
    id: 'blur',
    name: () => t('Blur'),
    size: 3,
    kernel: Array.from({ length: 9 }, () => ninth),
    words: () => t('The mean of the window: an average pooling without the stride.')
  },
  {
    id: 'gauss',
    name: () => t('Gaussian blur'),
    size: 5,
    kernel: [1, 4, 6, 4, 1].flatMap((a) => [1, 4, 6, 4, 1].map((b) => (a * b) / 256)),
    words: () => t('A mean that weighs near pixels more.')
  },
  {
    id: 'sharpen',
    name: () => t('Sharpen'),
    size: 3,
    kernel: [0, -1, 0, -1, 5, -1, 0, -1, 0],
    words: () => t('The pixel itself plus its difference from its neighbours.')
  },
  {
    id: 'emboss',
    name: () => t('Emboss'),
    size: 3,
    kernel: [-2, -1, 0, -1, 1, 1, 0, 1, 2],
    words: () => t('A difference along the diagonal, added to the picture: light seems to come from one side.')
  },
  {
    id: 'sobelX',
    name: () => t('Sobel, upright edges'),
    size: 3,
    kernel: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
    words: () => t('How fast brightness grows to the right.')
  },
  {
    id: 'sobelY',
    name: () => t('Sobel, level edges'),
    size: 3,
    kernel: [-1, -2, -1, 0, 0, 0, 1, 2, 1],
    words: () => t('How fast brightness grows downwards.')
  },
  {
    id: 'identity',
    name: () => t('Nothing'),
    size: 3,
    kernel: [0, 0, 0, 0, 1, 0, 0, 0, 0],
    words: () => t('A single 1 in the middle passes the picture on as it is.')
  }
];

/** The same kernel in a window of another odd size: zeros around it, or its middle. */
export function resizedKernel(kernel: readonly number[], from: number, to: number): number[] {
  const shift = (from - to) / 2;
  return Array.from({ length: to * to }, (_, i) => {
    const [y, x] = [Math.floor(i / to) + shift, (i % to) + shift];
    return y >= 0 && y < from && x >= 0 && x < from ? (kernel[y * from + x] ?? 0) : 0;
  });
}
