/** One layer's kernels from before training to the last epoch, on one scale, with how far they have moved. */
import { useEffect, useState } from 'preact/hooks';
import type { KernelBiography } from '../../src/protocol/training';
import { Button, Dropdown } from '../controls';
import { hasKernel } from '../kernels/kernels';
import { t } from '../l10n';
import { PixelCanvas } from '../shared/canvas';
import { formatShare } from '../shared/format';
import { Legend } from '../shared/parts';
import { LineChart } from '../shared/lineChart';
import { useSteady } from '../shared/steady';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { layersById, selectLayers, useApp } from '../state';

const frame = 500;

export function Biography(props: { readonly model: string; readonly run: string; readonly epochs: number }) {
  const { model, run, epochs } = props;
  const rows = useApp(selectLayers);
  const selected = useApp((state) => state.layer);
  const layers = [...layersById(rows).values()].filter(hasKernel);
  const [chosen, setChosen] = useState<string | null>(null);
  const layer = chosen ?? layers.find((row) => row.id === selected)?.id ?? layers[0]?.id ?? null;
  if (layer === null) return null;
  return (
    <section class="card" aria-label={t('Kernel biography')}>
      <div class="tools">
        <h2>{t('Kernel biography')}</h2>
        <Dropdown
          label={t('Layer of the biography')}
          value={layer}
          choices={layers.map((row) => ({ value: row.id, label: row.name }))}
          onChange={setChosen}
        />
      </div>
      <OfLayer key={layer} model={model} run={run} layer={layer} epochs={epochs} />
    </section>
  );
}

function OfLayer(props: {
  readonly model: string;
  readonly run: string;
  readonly layer: string;
  readonly epochs: number;
}) {
  const { model, run, layer, epochs } = props;
  const { shown } = useSteady(useRequest('kernelBiography', { model, run, layer }, epochs), `${run} ${layer}`);
  return (
    <Loaded of={shown} skeleton="block">
      {(found) => <Found of={found} />}
    </Loaded>
  );
}

function Found({ of }: { readonly of: KernelBiography }) {
  const last = of.sheets.length - 1;
  const [chosen, setChosen] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const at = Math.min(chosen ?? last, last);
  useEffect(() => {
    if (!playing) return undefined;
    if (at >= last) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => setChosen(at + 1), frame);
    return () => clearTimeout(timer);
  }, [playing, at, last]);
  const sheet = of.sheets[at];
  const epoch = of.epochs[at] ?? 0;
  if (sheet === undefined) return <p class="empty">{t('No kernels were kept for this layer.')}</p>;
  const words = epoch === 0 ? t('before training') : t('after epoch {0}', epoch);
  return (
    <>
      <Legend colormap="diverging" min={-of.limit} max={of.limit} note={t('one scale for all epochs')} />
      <div class="tools">
        <Button
          onClick={() => {
            if (at >= last) setChosen(0);
            setPlaying(!playing);
          }}
        >
          {playing ? t('Pause') : t('Play')}
        </Button>
        <label class="slider">
          <span class="biography-epoch">{words}</span>
          <input
            type="range"
            min={0}
            max={last}
            value={at}
            aria-label={t('Epoch of the kernels')}
            aria-valuetext={words}
            onInput={(event) => {
              setPlaying(false);
              setChosen(Number(event.currentTarget.value));
            }}
          />
        </label>
      </div>
      <PixelCanvas pixels={sheet} label={t('Kernels of {0}, {1}', of.layer, words)} class="biography-sheet" />
      <LineChart
        lines={[{ name: t('change'), values: of.change }]}
        across={t('epoch')}
        up={t('change')}
        label={t('Change of the kernels of {0} since the start, by epoch', of.layer)}
      />
      <p class="quiet">
        {t(
          '{0}: the kernels have moved by {1} of their size at the start (norm of the change over norm at the start).',
          words,
          formatShare(of.change[at] ?? 0)
        )}
      </p>
    </>
  );
}
