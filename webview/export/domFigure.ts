/** What a view shows, as shapes: text stays text, canvases become pictures or what they say of themselves, controls stay out. */
import { shapesOf } from './registry';
import { escapeXml, type Figure, type Shape } from './shapes';

/** Things to press, not to look at. */
const controls = 'input, select, textarea, [role="tablist"], .tools, .hidden-text, .switch, .explanation';
const margin = 12;

export function figureOf(root: HTMLElement): Figure {
  const frame = root.getBoundingClientRect();
  const shapes: Shape[] = [];
  collect(root, { x: frame.left - margin, y: frame.top - root.scrollTop - margin }, shapes);
  const [right, bottom] = reachOf(shapes);
  return {
    width: Math.max(root.scrollWidth + margin, right) + margin,
    height: Math.max(root.scrollHeight + margin, bottom) + margin,
    background: backgroundOf(document.body) ?? 'white',
    shapes
  };
}

/** What scrolls on the screen is written whole: it gets the room it needs. @returns how to undo it */
export function unfoldScrollers(root: HTMLElement): () => void {
  const undo: (() => void)[] = [];
  for (const element of root.querySelectorAll<HTMLElement>('*')) {
    const { overflowY } = getComputedStyle(element);
    if (!/auto|scroll/.test(overflowY) || element.scrollHeight <= element.clientHeight + 1) continue;
    const { maxHeight, height } = element.style;
    element.style.maxHeight = 'none';
    element.style.height = `${String(element.scrollHeight + 2)}px`;
    undo.push(() => Object.assign(element.style, { maxHeight, height }));
  }
  return () => {
    for (const one of undo) one();
  };
}

/** The right and lower ends of what has a size; words and lines stay within those. */
function reachOf(shapes: readonly Shape[]): readonly [number, number] {
  let [right, bottom] = [0, 0];
  for (const shape of shapes) {
    if (shape.type !== 'image' && shape.type !== 'rect') continue;
    right = Math.max(right, shape.x + shape.width);
    bottom = Math.max(bottom, shape.y + shape.height);
  }
  return [right, bottom];
}

interface Origin {
  readonly x: number;
  readonly y: number;
}

function collect(element: Element, origin: Origin, into: Shape[]): void {
  for (const child of element.childNodes) {
    if (child instanceof Text) into.push(...textShapes(child, origin));
    else if (child instanceof Element) collectElement(child, origin, into);
  }
}

function collectElement(element: Element, origin: Origin, into: Shape[]): void {
  if (element.matches(controls) || element.tagName.startsWith('VSCODE-')) return;
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden') return;
  const rect = element.getBoundingClientRect();
  const [x, y] = [rect.left - origin.x, rect.top - origin.y];
  const own = shapesOf(element);
  if (own !== null) {
    into.push(...own.map((shape) => moved(shape, x, y)));
    return;
  }
  if (element instanceof HTMLCanvasElement) {
    if (element.width > 0 && element.height > 0)
      into.push({ type: 'image', x, y, width: rect.width, height: rect.height, href: element.toDataURL('image/png') });
    return;
  }
  if (element instanceof SVGSVGElement) {
    into.push({ type: 'svg', x, y, markup: svgMarkup(element, rect) });
    return;
  }
  const gradient = gradientOf(style.backgroundImage, rect);
  if (gradient !== null) into.push({ type: 'image', x, y, width: rect.width, height: rect.height, href: gradient });
  const fill = gradient !== null ? null : backgroundOf(element);
  const line = style.borderTopWidth !== '0px' && style.borderLeftWidth !== '0px' ? style.borderTopColor : null;
  if ((fill !== null || line !== null) && rect.width > 0)
    into.push({ type: 'rect', x, y, width: rect.width, height: rect.height, fill, stroke: line });
  collect(element, origin, into);
}

function backgroundOf(element: Element): string | null {
  const { backgroundColor, opacity } = getComputedStyle(element);
  return backgroundColor === 'transparent' || /, 0\)$/.test(backgroundColor) || opacity === '0'
    ? null
    : backgroundColor;
}

/** A legend's ramp from left to right as a picture. */
function gradientOf(background: string, rect: DOMRect): string | null {
  const stops = [...background.matchAll(/(rgba?\([^)]*\))\s*([\d.]+)?%?/g)];
  if (!background.startsWith('linear-gradient(') || stops.length < 2 || rect.width < 1) return null;
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(rect.width);
  canvas.height = 1;
  const context = canvas.getContext('2d');
  if (context === null) return null;
  const ramp = context.createLinearGradient(0, 0, canvas.width, 0);
  stops.forEach(([, colour, at], i) => {
    ramp.addColorStop(at === undefined ? i / (stops.length - 1) : Number(at) / 100, colour ?? 'gray');
  });
  context.fillStyle = ramp;
  context.fillRect(0, 0, canvas.width, 1);
  return canvas.toDataURL('image/png');
}

/** One text for each line that a node is broken into. */
function textShapes(node: Text, origin: Origin): Shape[] {
  const parent = node.parentElement;
  if (parent === null || node.data.trim() === '') return [];
  const style = getComputedStyle(parent);
  const size = Number.parseFloat(style.fontSize);
  const lines: { readonly top: number; readonly left: number; readonly bottom: number; text: string }[] = [];
  const range = document.createRange();
  for (const word of node.data.matchAll(/\S+\s*/g)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const [rect] = range.getClientRects();
    if (rect === undefined || rect.width === 0) continue;
    const last = lines.at(-1);
    if (last !== undefined && Math.abs(last.top - rect.top) < size / 2) last.text += word[0];
    else lines.push({ top: rect.top, left: rect.left, bottom: rect.bottom, text: word[0] });
  }
  return lines.map(({ top, left, bottom, text }) => ({
    type: 'text',
    x: left - origin.x,
    // The baseline lies about a quarter of the font's size above the line box's lower end.
    y: (top + bottom) / 2 - origin.y + size * 0.35,
    text: text.replace(/\s+/g, ' ').trimEnd(),
    size,
    family: style.fontFamily,
    weight: style.fontWeight,
    fill: style.color,
    anchor: 'start'
  }));
}

const copiedStyles = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'paint-order',
  'opacity',
  'font-size',
  'font-family',
  'font-weight',
  'text-anchor'
];

/** A drawing with the theme's colours written into it. */
function svgMarkup(element: SVGSVGElement, rect: DOMRect): string {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const originals = element.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((part, i) => {
    const original = originals[i];
    if (original === undefined) return;
    const style = getComputedStyle(original);
    for (const name of copiedStyles) part.setAttribute(name, style.getPropertyValue(name));
    part.removeAttribute('class');
    part.removeAttribute('style');
  });
  copy.setAttribute('width', String(rect.width));
  copy.setAttribute('height', String(rect.height));
  return new XMLSerializer().serializeToString(copy);
}

function moved(shape: Shape, x: number, y: number): Shape {
  if (shape.type === 'path') {
    const markup = `<path d="${escapeXml(shape.d)}" fill="${escapeXml(shape.fill ?? 'none')}" stroke="${escapeXml(shape.stroke ?? 'none')}" stroke-width="${String(shape.width)}"/>`;
    return { type: 'svg', x, y, markup };
  }
  return { ...shape, x: shape.x + x, y: shape.y + y };
}
