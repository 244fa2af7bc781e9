/** A picture as shapes, from which an SVG with real text is written. Lengths are CSS pixels, y downwards. */

export type Shape =
  | {
      readonly type: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: string | null;
      readonly stroke: string | null;
    }
  | {
      readonly type: 'text';
      readonly x: number;
      /** Of the baseline. */
      readonly y: number;
      readonly text: string;
      readonly size: number;
      readonly family: string;
      readonly weight: string;
      readonly fill: string;
      readonly anchor: 'start' | 'middle' | 'end';
    }
  | {
      readonly type: 'image';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      /** A data address. */
      readonly href: string;
    }
  | {
      readonly type: 'path';
      readonly d: string;
      readonly stroke: string | null;
      readonly fill: string | null;
      readonly width: number;
    }
  | { readonly type: 'svg'; readonly x: number; readonly y: number; readonly markup: string };

export interface Figure {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

/** A standalone document; pixels of enlarged pictures stay sharp. */
export function toSvg({ width, height, background, shapes }: Figure): string {
  const size = `width="${round(width)}" height="${round(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size} viewBox="0 0 ${round(width)} ${round(height)}">`,
    `<rect ${size} fill="${escapeXml(background)}"/>`,
    ...shapes.map(toElement),
    '</svg>'
  ].join('\n');
}

function toElement(shape: Shape): string {
  switch (shape.type) {
    case 'rect':
      return `<rect ${box(shape)} fill="${escapeXml(shape.fill ?? 'none')}"${stroke(shape.stroke, 1)}/>`;
    case 'text': {
      const font = `font-size="${round(shape.size)}" font-family="${escapeXml(shape.family)}" font-weight="${escapeXml(shape.weight)}"`;
      return `<text x="${round(shape.x)}" y="${round(shape.y)}" ${font} text-anchor="${shape.anchor}" fill="${escapeXml(shape.fill)}" xml:space="preserve">${escapeXml(shape.text)}</text>`;
    }
    case 'image':
      return `<image ${box(shape)} preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="${escapeXml(shape.href)}"/>`;
    case 'path':
      return `<path d="${escapeXml(shape.d)}" fill="${escapeXml(shape.fill ?? 'none')}"${stroke(shape.stroke, shape.width)}/>`;
    case 'svg':
      return `<g transform="translate(${round(shape.x)} ${round(shape.y)})">${shape.markup}</g>`;
  }
}

function box(shape: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}): string {
  return `x="${round(shape.x)}" y="${round(shape.y)}" width="${round(shape.width)}" height="${round(shape.height)}"`;
}

function stroke(colour: string | null, width: number): string {
  return colour === null ? '' : ` stroke="${escapeXml(colour)}" stroke-width="${round(width)}"`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Characters that XML cannot carry. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

export function escapeXml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(controlCharacters, '');
}
