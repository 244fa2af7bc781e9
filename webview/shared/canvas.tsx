/** Canvases: pixels from the worker as they are, and small drawings in the theme's colours. */
import { useEffect, useRef } from 'preact/hooks';
import type { Pixels } from '../../src/protocol/values';
import { recorded } from '../export/recording';
import { describeDrawing } from '../export/registry';
import { useApp } from '../state';

/** A canvas holding the pixels one to one; enlarge it with smoothing off. */
export function toCanvas({ width, height, rgba }: Pixels): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  image.data.set(rgba.subarray(0, width * height * 4));
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}

/** As `toCanvas`, but immutable: drawing hundreds of them costs no snapshot each. */
export function toBitmap({ width, height, rgba }: Pixels): ImageBitmap {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  image.data.set(rgba.subarray(0, width * height * 4));
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas.transferToImageBitmap();
}

/** As a data address of a PNG. */
export function bitmapAddress(bitmap: ImageBitmap): string {
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return canvas.toDataURL('image/png');
}

export function themeColour(name: string, fallback = 'gray'): string {
  return getComputedStyle(document.body).getPropertyValue(name).trim() || fallback;
}

export function PixelCanvas(props: { readonly pixels: Pixels; readonly label: string; readonly class?: string }) {
  const element = useRef<HTMLCanvasElement>(null);
  const { pixels } = props;
  useEffect(() => {
    const canvas = element.current;
    if (canvas === null) return;
    canvas.width = pixels.width;
    canvas.height = pixels.height;
    canvas.getContext('2d')?.drawImage(toCanvas(pixels), 0, 0);
  }, [pixels]);
  return <canvas ref={element} class={`pixels ${props.class ?? ''}`} role="img" aria-label={props.label} />;
}

export type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

/** A drawing of `width * height` CSS pixels as pixels at the screen's resolution, for sheets of tiles. */
export function drawPixels(width: number, height: number, draw: Draw): Pixels {
  const canvas = document.createElement('canvas');
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return { width: 1, height: 1, rgba: new Uint8Array(4) };
  context.scale(ratio, ratio);
  draw(context, width, height);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { width: canvas.width, height: canvas.height, rgba: new Uint8Array(data.buffer) };
}

/** Draws in CSS pixels at the screen's resolution; again when `draw` or the theme changes. */
export function DrawnCanvas(props: {
  readonly width: number;
  readonly height: number;
  readonly draw: Draw;
  readonly label: string;
}) {
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const { width, height, draw } = props;
  useEffect(() => {
    const canvas = element.current;
    if (canvas !== null) drawSharp(canvas, width, height, draw);
  }, [width, height, draw, theme]);
  return <canvas ref={element} role="img" aria-label={props.label} />;
}

export function drawSharp(canvas: HTMLCanvasElement, width: number, height: number, draw: Draw): void {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  draw(context, width, height);
  describeDrawing(canvas, () => recorded(width, height, draw));
}

/** Bars from a zero line; negative ones below it. */
export function bars(values: ArrayLike<number>, min: number, max: number): Draw {
  return (context, width, height) => {
    const low = Math.min(0, min);
    const span = Math.max(0, max) - low || 1;
    const zero = height - (-low / span) * height;
    const step = width / Math.max(1, values.length);
    context.fillStyle = themeColour('--vscode-charts-blue');
    for (let i = 0; i < values.length; i++) {
      const tall = ((values[i] ?? 0) / span) * height;
      context.fillRect(
        i * step,
        Math.min(zero, zero - tall),
        Math.max(1, step - (step > 3 ? 1 : 0)),
        Math.max(0.5, Math.abs(tall))
      );
    }
  };
}

export function line(values: ArrayLike<number>, min: number, max: number, colour = '--vscode-charts-blue'): Draw {
  return (context, width, height) => {
    const span = max - min || 1;
    context.strokeStyle = themeColour(colour);
    context.lineWidth = 1.25;
    context.beginPath();
    for (let i = 0; i < values.length; i++) {
      const x = (i / Math.max(1, values.length - 1)) * (width - 2) + 1;
      const y = height - 1 - (((values[i] ?? 0) - min) / span) * (height - 2);
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  };
}
