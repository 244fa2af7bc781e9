/** A kernel made by hand, and how it comes back from what VS Code kept: that may be of an older version. */
export interface Own {
  /** Odd edge of the window. */
  readonly size: number;
  /** Row-major, `size * size`. */
  readonly kernel: readonly number[];
  readonly stride: number;
  readonly padding: 'valid' | 'same';
  readonly dilation: number;
}

/** `null` where what was kept is no such kernel. */
export function readKernel(value: unknown): Own | null {
  if (typeof value !== 'object' || value === null) return null;
  const { size, kernel, stride, padding, dilation } = value as Readonly<Record<string, unknown>>;
  const within = (number: unknown, choices: readonly number[]): number | null =>
    choices.find((choice) => choice === number) ?? null;
  const edge = within(size, [1, 3, 5]);
  const step = within(stride, [1, 2, 3]);
  const gap = within(dilation, [1, 2, 3]);
  if (edge === null || step === null || gap === null || !Array.isArray(kernel)) return null;
  const numbers = kernel.filter((one): one is number => typeof one === 'number' && Number.isFinite(one));
  if (numbers.length !== edge * edge || kernel.length !== edge * edge) return null;
  return {
    size: edge,
    kernel: numbers,
    stride: step,
    padding: padding === 'valid' ? 'valid' : 'same',
    dilation: gap
  };
}
