/** A figure as PNG, at twice the size, so that text is sharp in print. */
import { toSvg, type Figure } from './shapes';

const scale = 2;
const largestSide = 8192;

/** @throws {Error} where the browser cannot draw the figure */
export async function toPng(figure: Figure): Promise<Uint8Array> {
  const image = new Image();
  const drawn = new Promise<void>((resolve, reject) => {
    image.onload = () => resolve();
    image.onerror = () => reject(new Error('the picture could not be drawn'));
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(toSvg(figure))}`;
  await drawn;
  const factor = Math.min(scale, largestSide / Math.max(figure.width, figure.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(figure.width * factor);
  canvas.height = Math.round(figure.height * factor);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('the picture could not be drawn');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('the picture could not be drawn');
  return new Uint8Array(await blob.arrayBuffer());
}
