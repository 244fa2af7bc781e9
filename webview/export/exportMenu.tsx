/** Everything the current view can be saved as. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { channel } from '../channel';
import { Button } from '../controls';
import { t } from '../l10n';
import { report } from '../session';
import { Progress } from '../shared/waiting';
import { selectCurrent, selectLayers, useApp } from '../state';
import type { ProgressNote } from '../../src/protocol/channel';
import { toCsv } from './csv';
import { layerRows } from './layerRows';
import { modelFormats, saveModel } from './modelFormats';
import { toPng } from './raster';
import { saveBytes, saveText, wholeFigure } from './saveView';
import { toSvg, type Figure } from './shapes';
import { rowsOf } from './tables';

const callsOffered = 8;

interface Entry {
  readonly label: string;
  readonly save: () => Promise<unknown>;
}

export function ExportMenu() {
  const [open, setOpen] = useState(false);
  const [reporting, setReporting] = useState<{ note: ProgressNote | null; stop: AbortController } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const close = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(event.target as Node))
        setOpen(false);
    };
    document.addEventListener('keydown', close);
    document.addEventListener('pointerdown', close);
    box.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus();
    return () => {
      document.removeEventListener('keydown', close);
      document.removeEventListener('pointerdown', close);
    };
  }, [open]);
  const entries = useEntries(
    (stop) => setReporting(stop === null ? null : { note: null, stop }),
    (note) => setReporting((now) => (now === null ? null : { ...now, note }))
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    items[(at + step + items.length) % items.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={box} class="export" onKeyDown={onKeyDown}>
      {reporting !== null && <Progress note={reporting.note} onCancel={() => reporting.stop.abort()} />}
      <Button appearance="secondary" expanded={open} onClick={() => setOpen(!open)}>
        {t('Export…')}
      </Button>
      {open && (
        <div class="export-menu" role="menu" aria-label={t('Export…')}>
          {entries.map(({ label, save }) => (
            <button
              key={label}
              type="button"
              role="menuitem"
              onClick={() => {
                setOpen(false);
                void save().catch(report);
              }}
            >
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function useEntries(
  onReport: (stop: AbortController | null) => void,
  onProgress: (note: ProgressNote) => void
): readonly Entry[] {
  const model = useApp((state) => state.opened?.model ?? '');
  const title = useApp((state) => state.opened?.summary.name ?? state.subject?.kind ?? 'model');
  const hasModel = useApp((state) => state.opened !== null);
  const layer = useApp(selectCurrent);
  const view = useApp((state) => state.view);
  const ran = useApp((state) => state.run.status === 'done');
  const layers = useApp(selectLayers);
  const name = `${title}-${view}${layer === null ? '' : `-${layer.name}`}`;
  const entries: Entry[] = [
    { label: t('This view as SVG…'), save: async () => saveText(name, 'svg', toSvg(await currentFigure())) },
    { label: t('This view as PNG…'), save: async () => saveBytes(name, 'png', await toPng(await currentFigure())) },
    {
      label: t('Tables of this view as CSV…'),
      save: () => {
        const tables = [...(document.getElementById('view')?.querySelectorAll('table') ?? [])];
        if (tables.length === 0) return Promise.reject(new Error(t('This view has no table.')));
        return saveText(name, 'csv', tables.map((table) => toCsv(rowsOf(table))).join('\r\n'));
      }
    }
  ];
  if (layers.length > 0)
    entries.push({
      label: t('Layer table as CSV…'),
      save: () => saveText(`${title}-layers`, 'csv', toCsv(layerRows(layers)))
    });
  for (const weight of layer?.weights ?? [])
    entries.push({
      label: t('{0} of {1} as .npy…', weight.role, layer?.name ?? ''),
      save: () =>
        channel.request('saveTensor', {
          model,
          name: `${layer?.name ?? ''}-${weight.role}`,
          tensor: { kind: 'weight', layer: layer?.id ?? '', name: weight.name }
        })
    });
  for (let call = 0; ran && layer !== null && call < Math.min(layer.calls, callsOffered); call++)
    entries.push({
      label:
        layer.calls > 1
          ? t('Activations of {0}, call {1}, as .npy…', layer.name, call + 1)
          : t('Activations of {0} as .npy…', layer.name),
      save: () =>
        channel.request('saveTensor', {
          model,
          name: `${layer.name}-activations${layer.calls > 1 ? `-${String(call + 1)}` : ''}`,
          tensor: { kind: 'value', layer: layer.id, occurrence: call }
        })
    });
  if (!hasModel) return entries;
  for (const { value, label } of modelFormats())
    entries.push({ label: t('Save a copy as {0}…', label), save: () => saveModel(model, null, value, title) });
  entries.push({
    label: t('Report of the whole model (HTML)…'),
    save: async () => {
      const stop = new AbortController();
      onReport(stop);
      try {
        await channel.request('saveReport', { model, name: `${title}-report` }, { signal: stop.signal, onProgress });
      } finally {
        onReport(null);
      }
    }
  });
  return entries;
}

function currentFigure(): Promise<Figure> {
  const view = document.getElementById('view');
  return view === null ? Promise.reject(new Error(t('There is nothing to save.'))) : wholeFigure(view);
}
