import { describe, expect, it } from 'vitest';
import { kernelView, toChannelsLast, type StoredKernel } from '../../../src/core/kernelView';
import type { KernelLayout } from '../../../src/core/tensor';

/** A kernel of 2 × 3 pixels, 2 inputs, 3 outputs whose weight says where it stands: `1000 o + 100 i + 10 y + x`. */
const [HEIGHT, WIDTH, INPUTS, OUTPUTS] = [2, 3, 2, 3];
const value = (o: number, i: number, y: number, x: number): number => 1000 * o + 100 * i + 10 * y + x;

function stored(layout: KernelLayout, flipped = false): StoredKernel {
  const letters = layout.split('');
  const sizes: Record<string, number> = { H: HEIGHT, W: WIDTH, I: INPUTS, O: OUTPUTS };
  const shape = letters.map((letter) => sizes[letter] ?? 0);
  const data = new Float32Array(HEIGHT * WIDTH * INPUTS * OUTPUTS);
  for (let flat = 0; flat < data.length; flat++) {
    const at: Record<string, number> = {};
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[letters[axis] ?? ''] = rest % (shape[axis] ?? 1);
      rest = Math.floor(rest / (shape[axis] ?? 1));
    }
    const { O = 0, I = 0, H = 0, W = 0 } = at;
    data[flat] = flipped ? value(O, I, HEIGHT - 1 - H, WIDTH - 1 - W) : value(O, I, H, W);
  }
  return { shape, layout, flipped, data };
}

describe('kernelView', () => {
  for (const layout of ['HWIO', 'OIHW', 'IOHW', 'HWOI'] as const) {
    for (const flipped of [false, true]) {
      it(`reads ${layout}${flipped ? ', stored rotated,' : ''} by output, input and position`, () => {
        const view = kernelView(stored(layout, flipped));
        expect([view.outputs, view.inputs, view.spatial]).toEqual([OUTPUTS, INPUTS, [HEIGHT, WIDTH]]);
        expect(view.at(2, 1, 0, 2)).toBe(2102);
        expect(view.at(0, 1, 1, 0)).toBe(110);
        expect([...view.plane(1, 0)]).toEqual([1000, 1001, 1002, 1010, 1011, 1012]);
      });

      it(`brings ${layout}${flipped ? ', stored rotated,' : ''} to spatial, input, output`, () => {
        const { shape, data } = toChannelsLast(stored(layout, flipped));
        expect(shape).toEqual([HEIGHT, WIDTH, INPUTS, OUTPUTS]);
        expect([...data.subarray(0, 7)]).toEqual([0, 1000, 2000, 100, 1100, 2100, 1]);
        expect([...data]).toEqual([...toChannelsLast(stored('HWIO')).data]);
      });
    }
  }

  it('reads dense kernels of both orders', () => {
    const io = { shape: [2, 3], layout: 'IO', flipped: false, data: Float32Array.from([0, 1, 2, 10, 11, 12]) } as const;
    const oi = { shape: [3, 2], layout: 'OI', flipped: false, data: Float32Array.from([0, 10, 1, 11, 2, 12]) } as const;
    expect(kernelView(io).at(2, 1)).toBe(12);
    expect(kernelView(oi).at(2, 1)).toBe(12);
    expect([...toChannelsLast(oi).data]).toEqual([...io.data]);
  });

  it('gives each output of a depthwise kernel its own channel', () => {
    const data = Float32Array.from({ length: 2 * 2 * 3 }, (_, i) => i);
    const view = kernelView({ shape: [2, 1, 2, 3], layout: 'HWIM', flipped: false, data });
    expect([view.outputs, view.inputs]).toEqual([6, 1]);
    expect(view.at(4, 0, 1, 0)).toBe(6 + 3 + 1);
  });

  it('divides the outputs of a PyTorch depthwise kernel among the channels', () => {
    const data = Float32Array.from([0, 1, 10, 11, 100, 101, 110, 111]);
    const kernel = { shape: [4, 1, 1, 2], layout: 'OIHW', flipped: false, data } as const;
    const { shape, data: result } = toChannelsLast(kernel, { depthwiseChannels: 2 });
    expect(shape).toEqual([1, 2, 2, 2]);
    expect([...result]).toEqual([0, 10, 100, 110, 1, 11, 101, 111]);
  });

  it('refuses what is no kernel', () => {
    const bias = { shape: [3], layout: 'none', flipped: false, data: new Float32Array(3) } as const;
    expect(() => kernelView(bias)).toThrow(/at least two axes/);
    expect(() => kernelView({ ...bias, shape: [3, 1] })).toThrow(/no filters|layout/);
  });
});
