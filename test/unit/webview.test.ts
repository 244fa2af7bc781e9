import { describe, expect, it } from 'vitest';
import { toCsv } from '../../webview/export/csv';
import { readKernel } from '../../webview/effects/steps/keptKernel';
import { toSvg } from '../../webview/export/shapes';

describe('what views are saved as', () => {
  it('quotes fields of a table as RFC 4180 says', () => {
    const rows = [
      ['name', 'note'],
      ['a, b', 'says "no"'],
      ['two\nlines', '']
    ];
    expect(toCsv(rows)).toBe('name,note\r\n"a, b","says ""no"""\r\n"two\nlines",\r\n');
  });

  it('writes text as text and escapes what XML reserves', () => {
    const base = { size: 12, family: 'sans "x"', weight: 'normal', fill: 'black', anchor: 'start' } as const;
    const svg = toSvg({
      width: 100,
      height: 50.126,
      background: '#fff',
      shapes: [
        { type: 'text', x: 1, y: 2, text: 'a < b & c\u0007', ...base },
        { type: 'rect', x: 0, y: 0, width: 3, height: 4, fill: null, stroke: 'red' },
        { type: 'path', d: 'M0 0L1 1', stroke: 'blue', fill: null, width: 1.5 },
        { type: 'image', x: 0, y: 0, width: 2, height: 2, href: 'data:image/png;base64,AA==' }
      ]
    });
    expect(svg).toContain('viewBox="0 0 100 50.13"');
    expect(svg).toContain('>a &lt; b &amp; c</text>');
    expect(svg).toContain('font-family="sans &quot;x&quot;"');
    expect(svg).toContain('<path d="M0 0L1 1" fill="none" stroke="blue" stroke-width="1.5"/>');
    expect(svg).toContain('image-rendering:pixelated');
  });
});

describe('a kernel made by hand', () => {
  const own = { size: 1, kernel: [2.5], stride: 2, padding: 'valid', dilation: 1 } as const;

  it('comes back as it was kept, and not at all where it is none', () => {
    expect(readKernel(structuredClone(own))).toEqual(own);
    const nonsense = [
      null,
      5,
      {},
      { ...own, size: 2 },
      { ...own, kernel: [1, 2] },
      { ...own, kernel: ['1'] },
      { ...own, kernel: [Number.NaN] },
      { ...own, stride: 0 },
      { ...own, dilation: 9 }
    ];
    for (const one of nonsense) expect(readKernel(one)).toBeNull();
  });
});
