/** One map large, or laid over the input; a pixel of it is chosen by mouse or arrows and explained by its arithmetic. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PreparedInput } from '../../src/protocol/inputs';
import type { InputPort } from '../../src/protocol/requests';
import type { MapSheet, PixelProof } from '../../src/protocol/running';
import type { ColormapName, Pixels } from '../../src/protocol/values';
import { channel as rpc } from '../channel';
import { Button, Checkbox } from '../controls';
import { t } from '../l10n';
import { inputPicture } from '../input/inputPicture';
import { report } from '../session';
import { drawSharp, line, themeColour, toCanvas } from '../shared/canvas';
import { formatValue } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { app, useApp } from '../state';
import { Proof } from './proof';

interface BigMapProps {
  readonly model: string;
  readonly sheet: MapSheet;
  readonly channel: number;
  readonly slice: number;
  readonly colormap: ColormapName;
  readonly run: number;
}

const widest = 280;

export function BigMap(props: BigMapProps) {
  const { model, sheet, channel, slice, colormap, run } = props;
  const { layer, occurrence } = sheet;
  const [height, width] = sheet.size;
  const place = useApp((state) => state.place);
  const input = useApp((state) => state.inputs[0]?.prepared ?? null);
  const port = useApp((state) => state.opened?.inputs[0] ?? null);
  const role = port?.role ?? null;
  const [overlay, setOverlay] = useState(false);
  const tiles = useRequest(
    'mapTiles',
    { model, layer, occurrence, channels: [channel], slice, scale: 'each', colormap },
    run
  );
  const numbers = useRequest('mapNumbers', { model, layer, occurrence, channel, slice }, run);
  const y = Math.min(height - 1, Math.floor((place?.y ?? 0.5) * height));
  const x = Math.min(width - 1, Math.floor((place?.x ?? 0.5) * width));
  const position =
    sheet.slices > 1 ? [slice, y, x] : sheet.shape.length === 1 ? [] : sheet.shape.length === 2 ? [x] : [y, x];
  const proof = useRequest('proof', { model, layer, occurrence, position, channel }, run);
  const move = (dy: number, dx: number) =>
    app.set({
      place: {
        y: (Math.max(0, Math.min(height - 1, y + dy)) + 0.5) / height,
        x: (Math.max(0, Math.min(width - 1, x + dx)) + 0.5) / width
      }
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1]
    };
    const step = steps[event.key];
    if (step === undefined) return;
    move(...step);
    event.preventDefault();
  };
  const value = numbers.status === 'done' ? (numbers.value.values[y * width + x] ?? 0) : null;
  const save = () => {
    if (tiles.status !== 'done' || tiles.value.tiles[0] === undefined) return;
    toCanvas(tiles.value.tiles[0]).toBlob((blob) => {
      if (blob === null) return;
      void blob
        .arrayBuffer()
        .then((bytes) =>
          rpc.request('saveFile', { name: `${layer}-${channel}`, type: 'png', bytes: new Uint8Array(bytes) })
        )
        .catch(report);
    });
  };
  const copy = () => {
    if (numbers.status !== 'done') return;
    const rows = Array.from(
      { length: height },
      (_, row) => `[${[...numbers.value.values.subarray(row * width, (row + 1) * width)].join(', ')}]`
    );
    rpc.request('copyText', { text: `np.array([${rows.join(',\n')}], dtype=np.float32)` }).catch(report);
  };
  const spatial = height * width > 1;
  return (
    <section class="card" aria-label={t('Map {0}', channel)}>
      <div class="tools">
        <strong>{t('Map {0}', channel)}</strong>
        {spatial && height > 1 && input !== null && (
          <Checkbox label={t('Over the input')} checked={overlay} onChange={setOverlay} />
        )}
        <Button onClick={save}>{t('Save image…')}</Button>
        <Button onClick={copy}>{t('Copy as NumPy')}</Button>
      </div>
      <div class="big-row">
        {spatial && (
          <Loaded of={tiles} skeleton="block">
            {(found) => {
              const tile = found.tiles[0];
              return tile === undefined ? null : (
                <Picture
                  tile={tile}
                  lineOf={height === 1 && numbers.status === 'done' ? numbers.value.values : null}
                  under={overlay ? (input?.preview ?? null) : null}
                  cell={{ y: (y + 0.5) / height, x: (x + 0.5) / width, high: 1 / height, wide: 1 / width }}
                  label={
                    height === 1
                      ? t('Map {0} at time step {1}: {2}', channel, x, value === null ? '?' : formatValue(value, 6))
                      : t(
                          'Map {0} at row {1}, column {2}: {3}',
                          channel,
                          y,
                          x,
                          value === null ? '?' : formatValue(value, 6)
                        )
                  }
                  onPlace={(down, right) => app.set({ place: { y: down, x: right } })}
                  onKeyDown={onKeyDown}
                />
              );
            }}
          </Loaded>
        )}
        {role !== 'values' && <Field proof={proof.status === 'done' ? proof.value : null} />}
      </div>
      <Loaded of={proof} skeleton="lines">
        {(found) => <Proof proof={found} />}
      </Loaded>
    </section>
  );
}

function Picture(props: {
  readonly tile: Pixels;
  readonly lineOf: Float32Array | null;
  readonly under: Pixels | null;
  readonly cell: { readonly y: number; readonly x: number; readonly high: number; readonly wide: number };
  readonly label: string;
  readonly onPlace: (y: number, x: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}) {
  const { tile, under, cell, lineOf } = props;
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const high = lineOf === null ? Math.max(24, Math.round(Math.min(widest, (widest * tile.height) / tile.width))) : 110;
  const wide = lineOf === null ? Math.max(24, Math.round(Math.min(widest, (high * tile.width) / tile.height))) : widest;
  useEffect(() => {
    if (element.current === null) return;
    drawSharp(element.current, wide, high, (context) => {
      if (under !== null) context.drawImage(toCanvas(under), 0, 0, wide, high);
      context.globalAlpha = under === null ? 1 : 0.6;
      if (lineOf === null) context.drawImage(toCanvas(tile), 0, 0, wide, high);
      else line(lineOf, Math.min(...lineOf), Math.max(...lineOf))(context, wide, high);
      context.globalAlpha = 1;
      frameAt(
        context,
        cell.x - cell.wide / 2,
        lineOf === null ? cell.y - cell.high / 2 : 0,
        cell.wide,
        lineOf === null ? cell.high : 1,
        wide,
        high
      );
    });
  }, [tile, under, cell.y, cell.x, high, wide, theme, lineOf]);
  return (
    <div
      class="big-map"
      role="slider"
      tabIndex={0}
      aria-label={t('Pixel of the map; arrow keys move')}
      aria-valuenow={Math.round(cell.y * 100)}
      aria-valuetext={props.label}
      onKeyDown={props.onKeyDown}
    >
      <canvas
        ref={element}
        aria-hidden="true"
        onClick={(event) => props.onPlace(event.offsetY / high, event.offsetX / wide)}
      />
      <span class="quiet">{props.label}</span>
    </div>
  );
}

/** A rectangle given in shares of the picture, readable on dark and light. */
function frameAt(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  w: number,
  h: number,
  wide: number,
  high: number
): void {
  const box = [x * wide, y * high, Math.max(4, w * wide), Math.max(4, h * high)] as const;
  context.lineWidth = 3;
  context.strokeStyle = themeColour('--vscode-editor-background', 'black');
  context.strokeRect(...box);
  context.lineWidth = 1.5;
  context.strokeStyle = themeColour('--vscode-symbolIcon-classForeground', 'orange');
  context.strokeRect(...box);
}

/** The input with the part that can reach the chosen number. */
function Field({ proof }: { readonly proof: PixelProof | null }) {
  const reached = proof?.receptiveFieldInput ?? 0;
  const input = useApp((state) => state.inputs[reached]?.prepared ?? null);
  const port = useApp((state) => state.opened?.inputs[reached] ?? null);
  return input === null ? null : <FieldOn input={input} port={port} proof={proof} />;
}

function FieldOn({
  input,
  port,
  proof
}: {
  readonly input: PreparedInput;
  readonly port: InputPort | null;
  readonly proof: PixelProof | null;
}) {
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const { preview } = input;
  const drawn = useApp((state) => (port === null ? null : inputPicture(state, port)));
  const series = drawn?.kind === 'line' ? drawn : null;
  const steps = port?.shape[port.channelsFirst ? 1 : 0] ?? series?.values.length ?? 1;
  const wide = series === null ? Math.min(widest, Math.max(120, preview.width)) : widest;
  const high = series === null ? Math.max(16, Math.round((wide * preview.height) / preview.width)) : 60;
  const field = proof?.receptiveField ?? null;
  useEffect(() => {
    if (element.current === null) return;
    drawSharp(element.current, wide, high, (context) => {
      if (series === null) context.drawImage(toCanvas(preview), 0, 0, wide, high);
      else line(series.values, series.range.min, series.range.max)(context, wide, high);
      if (field === null) return;
      const [top, left, bottom, right] = field;
      if (series !== null) {
        frameAt(context, left / steps, 0, (right - left) / steps, 1, wide, high);
        return;
      }
      frameAt(
        context,
        left / preview.width,
        top / preview.height,
        (right - left) / preview.width,
        (bottom - top) / preview.height,
        wide,
        high
      );
    });
  }, [preview, series, steps, field, wide, high, theme]);
  const words =
    field === null
      ? t('receptive field not known')
      : series !== null
        ? t('receptive field: time steps {0}–{1} of the input', field[1], field[3] - 1)
        : t('receptive field: rows {0}–{1}, columns {2}–{3}', field[0], field[2] - 1, field[1], field[3] - 1);
  return (
    <div class="big-map">
      <canvas ref={element} role="img" aria-label={`${input.label}: ${words}`} />
      <span class="quiet">{words}</span>
    </div>
  );
}
