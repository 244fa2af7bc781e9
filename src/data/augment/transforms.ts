/** The transforms of Keras's geometric layers from their drawn parameters (keras/src/layers/preprocessing/image_preprocessing). */
import type { Transform } from './projective';

const f = Math.fround;

/** About the picture's centre. @param degrees counter-clockwise as drawn; @param width @param height in pixels */
export function rotation(degrees: number, height: number, width: number): Transform {
  const angle = f(f(degrees) * f(Math.PI / 180));
  const [cos, sin] = [f(Math.cos(angle)), f(Math.sin(angle))];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, cx - cx * cos + cy * sin, sin, cos, cy - cx * sin - cy * cos, 0, 0];
}

/** @param dx pixels to the right @param dy pixels down */
export function translation(dx: number, dy: number): Transform {
  return [1, 0, -dx, 0, 1, -dy, 0, 0];
}

/** About the centre; factors over 1 make things smaller. */
export function zoom(zx: number, zy: number, height: number, width: number): Transform {
  return [zx, 0, ((width - 1) / 2) * (1 - zx), 0, zy, ((height - 1) / 2) * (1 - zy), 0, 0];
}
