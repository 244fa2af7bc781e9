/** A small pad to draw a digit with the mouse, a pen or a finger. */
import { useRef } from 'preact/hooks';
import type { Pixels } from '../../src/protocol/requests';
import { Button } from '../controls';
import { t } from '../l10n';

const edge = 140;

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
  const draw = (event: PointerEvent) => {
    const context = element.current?.getContext('2d');
    if (!context || last.current === null) return;
    context.strokeStyle = 'white';
    context.lineWidth = 12;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(...last.current);
    context.lineTo(event.offsetX, event.offsetY);
    context.stroke();
    last.current = [event.offsetX, event.offsetY];
  };
  const done = () => {
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
          last.current = [event.offsetX, event.offsetY];
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={draw}
        onPointerUp={done}
      />
      <Button onClick={clear}>{t('Clear')}</Button>
    </div>
  );
}
