/** A small pad to draw a digit with the mouse, a pen or a finger. */
import { useRef } from 'preact/hooks';
import type { Pixels } from '../../src/protocol/values';
import { Button } from '../controls';
import { t } from '../l10n';

const edge = 140;
const thickness = 12;

export function DrawingPad({ onDone }: { readonly onDone: (pixels: Pixels) => void }) {
  const element = useRef<HTMLCanvasElement>(null);
  const last = useRef<readonly [number, number] | null>(null);
  const clear = () => {
    const context = element.current?.getContext('2d');
    if (!context) return;
    // White on black, as the digit sets are.
    context.fillStyle = 'black';
    context.fillRect(0, 0, edge, edge);
  };
  /** Where the pointer is on the canvas, whose border and zoom the event's offsets may count. */
  const placeOf = (event: PointerEvent): readonly [number, number] => {
    const box = element.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: edge, height: edge };
    return [((event.clientX - box.left) / box.width) * edge, ((event.clientY - box.top) / box.height) * edge];
  };
  const draw = (event: PointerEvent) => {
    const context = element.current?.getContext('2d');
    if (!context || last.current === null) return;
    const place = placeOf(event);
    context.strokeStyle = 'white';
    context.lineWidth = thickness;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(...last.current);
    context.lineTo(...place);
    context.stroke();
    last.current = place;
  };
  /** Where the pointer only touches, a line has no length and would not be drawn. */
  const dot = (event: PointerEvent) => {
    const context = element.current?.getContext('2d');
    const place = placeOf(event);
    last.current = place;
    if (!context) return;
    context.fillStyle = 'white';
    context.beginPath();
    context.arc(...place, thickness / 2, 0, 2 * Math.PI);
    context.fill();
  };
  const done = () => {
    if (last.current === null) return;
    last.current = null;
    const image = element.current?.getContext('2d')?.getImageData(0, 0, edge, edge);
    if (image !== undefined) onDone({ width: edge, height: edge, rgba: new Uint8Array(image.data) });
  };
  return (
    <div class="row">
      <canvas
        ref={(canvas) => {
          if (canvas !== null && element.current === null) {
            element.current = canvas;
            clear();
          }
        }}
        class="pad"
        width={edge}
        height={edge}
        role="img"
        aria-label={t('Drawing pad')}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          dot(event);
        }}
        onPointerMove={draw}
        onPointerUp={done}
        onPointerCancel={done}
      />
      <Button onClick={clear}>{t('Clear')}</Button>
    </div>
  );
}
