/** A drawing as a picture without its text, and the text as text. */
import type { Shape } from './shapes';

const ratio = 2;

/** @param draw paints in CSS pixels; the words it writes are taken down instead of painted. */
export function recorded(
  width: number,
  height: number,
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void
): readonly Shape[] {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext('2d');
  if (context === null) return [];
  context.scale(ratio, ratio);
  context.imageSmoothingEnabled = false;
  const texts: Shape[] = [];
  context.fillText = (text, x, y, most) => {
    texts.push(textShape(context, text, x, y, most));
  };
  draw(context, width, height);
  return [{ type: 'image', x: 0, y: 0, width, height, href: canvas.toDataURL('image/png') }, ...texts];
}

function textShape(context: CanvasRenderingContext2D, text: string, x: number, y: number, most?: number): Shape {
  const { a, d, e, f } = context.getTransform();
  const [, weight = 'normal', pixels = '10', family = 'sans-serif'] =
    /^(?:italic )?(?:(bold|\d{3}) )?([\d.]+)px (.+)$/.exec(context.font) ?? [];
  // Text that is given less room than it needs is condensed; a smaller size says as much.
  const room = most === undefined ? 1 : Math.min(1, most / Math.max(1e-9, context.measureText(text).width));
  const size = Number(pixels) * (a / ratio) * room;
  const lower = context.textBaseline === 'middle' ? 0.35 : /top|hanging/.test(context.textBaseline) ? 0.8 : 0;
  const { textAlign } = context;
  return {
    type: 'text',
    x: (a * x + e) / ratio,
    y: (d * y + f) / ratio + lower * size,
    text,
    size,
    family,
    weight,
    fill: typeof context.fillStyle === 'string' ? context.fillStyle : 'gray',
    anchor: textAlign === 'center' ? 'middle' : textAlign === 'right' || textAlign === 'end' ? 'end' : 'start'
  };
}
