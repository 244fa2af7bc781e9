/** Always in sight: what goes in (one chip for each input) and what comes out. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { InputSource, Preprocessing } from '../../src/protocol/inputs';
import type { InputPort } from '../../src/protocol/requests';
import { Answer } from '../answer/answer';
import { channel } from '../channel';
import { Button, Checkbox, Dropdown } from '../controls';
import { t } from '../l10n';
import { refuseInput, report, setInput, setPreprocessing } from '../session';
import { DrawnCanvas, PixelCanvas, bars, line } from '../shared/canvas';
import { formatSizes, formatValue } from '../shared/format';
import { ErrorBox } from '../shared/waiting';
import { useApp } from '../state';
import type { InputStatus } from '../state';
import { DrawingPad } from './drawingPad';
import { inputPicture } from './inputPicture';
import { InputStrip } from './inputStrip';
import { Labels } from './labels';
import { Presets } from './presets';

export function Dock() {
  const opened = useApp((state) => state.opened);
  const inputs = useApp((state) => state.inputs);
  const [openAt, setOpenAt] = useState<number | null>(null);
  const [over, setOver] = useState(false);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = [...(event.clipboardData?.files ?? [])][0];
      if (file === undefined) return;
      event.preventDefault();
      void useFile(openAt ?? 0, file);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [openAt]);
  if (opened === null) return null;
  if (opened.inputs.length === 0)
    return (
      <section class="dock" aria-label={t('Input and answer')}>
        <span class="quiet">
          {t(
            'The file holds weights without an architecture: its kernels can be seen, but nothing can run through it. Open the code that builds the network and load these weights there.'
          )}
        </span>
      </section>
    );
  const port = openAt === null ? undefined : opened.inputs[openAt];
  const status = openAt === null ? undefined : inputs[openAt];
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) return void useFile(openAt ?? 0, file);
    const uris = (event.dataTransfer?.getData('text/uri-list') ?? '')
      .split(/\r?\n/)
      .filter((uri) => uri !== '' && !uri.startsWith('#'));
    channel.request('resolveDrop', { uris }).then((found) => {
      if (found !== null) return setInput(openAt ?? 0, { kind: 'file', path: found.path }, null);
      refuseInput(
        openAt ?? 0,
        t('Only a picture or a NumPy array on this machine can be an input'),
        t('Drop a PNG, JPEG, WebP, GIF, BMP or .npy file')
      );
      return undefined;
    }, report);
  };
  const failures = inputs.flatMap(({ error }, index) => (error === null || index === openAt ? [] : [{ error, index }]));
  return (
    <section
      class={`dock ${over ? 'over' : ''}`}
      aria-label={t('Input and answer')}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div class="dock-row">
        <div class="inputs">
          {opened.inputs.map((one, index) => (
            <InputChip
              key={one.name}
              port={one}
              status={inputs[index]}
              open={openAt === index}
              onToggle={() => setOpenAt(openAt === index ? null : index)}
            />
          ))}
        </div>
        <Answer />
      </div>
      {failures.map(({ error, index }) => (
        <ErrorBox key={index} error={error} />
      ))}
      {openAt !== null && port !== undefined && status !== undefined && (
        <InputPanel key={openAt} input={openAt} port={port} status={status} />
      )}
    </section>
  );
}

async function useFile(input: number, file: File): Promise<void> {
  await setInput(input, { kind: 'bytes', name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }, null);
}

function InputChip({
  port,
  status,
  open,
  onToggle
}: {
  port: InputPort;
  status: InputStatus | undefined;
  open: boolean;
  onToggle: () => void;
}) {
  const prepared = status?.prepared ?? null;
  const picture = useApp((state) => inputPicture(state, port));
  const drawing = useMemo(() => {
    if (picture === null || picture.kind === 'map') return null;
    const { values, range } = picture;
    return picture.kind === 'bars' ? bars(values, range.min, range.max) : line(values, range.min, range.max);
  }, [picture]);
  return (
    <div class="input-chip">
      {prepared === null ? (
        <span class="input-empty" />
      ) : drawing !== null ? (
        <span class="input-drawing">
          <DrawnCanvas width={58} height={58} draw={drawing} label={t('Input {0}: {1}', port.name, prepared.label)} />
        </span>
      ) : (
        <PixelCanvas
          pixels={prepared.preview}
          label={t('Input {0}: {1}', port.name, prepared.label)}
          class="input-picture"
        />
      )}
      <span class="input-words">
        <span class="ellipsis">{prepared?.label ?? (status?.busy ? t('loading…') : t('no input'))}</span>
        <Button onClick={onToggle} expanded={open} label={t('Change input {0}', port.name)}>
          {t('change…')}
        </Button>
      </span>
    </div>
  );
}

function InputPanel({
  input,
  port,
  status
}: {
  readonly input: number;
  readonly port: InputPort;
  readonly status: InputStatus;
}) {
  const [tool, setTool] = useState<'draw' | 'presets' | 'labels' | null>(null);
  const use = (source: InputSource) => void setInput(input, source, null);
  const pick = () =>
    channel.request('pickInput', null).then((found) => found && use({ kind: 'file', path: found.path }), report);
  const { prepared } = status;
  return (
    <div class="input-panel">
      {status.error !== null && <ErrorBox error={status.error} />}
      <div class="samples" role="group" aria-label={t('Samples')}>
        {status.samples.map((sample) => (
          <button
            key={sample.id}
            type="button"
            class={`sample ${sample.fits ? '' : 'unfit'}`}
            title={sample.title}
            onClick={() => use({ kind: 'sample', id: sample.id })}
          >
            <PixelCanvas pixels={sample.thumbnail} label={sample.title} />
          </button>
        ))}
      </div>
      <div class="tools">
        <Button appearance="primary" onClick={() => void pick()}>
          {t('Choose a file…')}
        </Button>
        {port.role === 'image' && (
          <Button expanded={tool === 'draw'} onClick={() => setTool(tool === 'draw' ? null : 'draw')}>
            {t('Draw…')}
          </Button>
        )}
        {port.role === 'image' && (
          <Button expanded={tool === 'presets'} onClick={() => setTool(tool === 'presets' ? null : 'presets')}>
            {t('Compare presets')}
          </Button>
        )}
        <Button onClick={() => use({ kind: 'noise', seed: 1 })}>{t('Noise')}</Button>
        <Button expanded={tool === 'labels'} onClick={() => setTool(tool === 'labels' ? null : 'labels')}>
          {t('Labels…')}
        </Button>
        <span class="quiet">{t('or paste, or drop a picture: hold Shift while dropping')}</span>
      </div>
      {tool === 'draw' && <DrawingPad onDone={(pixels) => use({ kind: 'drawing', pixels })} />}
      {tool === 'presets' && <Presets input={input} given={status.given} />}
      {tool === 'labels' && <Labels />}
      {prepared !== null && port.role !== 'image' && <InputStrip port={port} />}
      {prepared !== null && port.role === 'image' && <Choices input={input} preprocessing={prepared.preprocessing} />}
      {prepared !== null && (
        <p class="quiet">
          {formatSizes(port.shape)} ·{' '}
          {t(
            'values {0} to {1}, mean {2}',
            formatValue(prepared.statistics.min),
            formatValue(prepared.statistics.max),
            formatValue(prepared.statistics.mean)
          )}{' '}
          · {prepared.reason}
        </p>
      )}
    </div>
  );
}

function Choices({ input, preprocessing }: { readonly input: number; readonly preprocessing: Preprocessing }) {
  const set = (patch: Partial<Preprocessing>) => void setPreprocessing(input, { ...preprocessing, ...patch });
  return (
    <div class="tools">
      <Dropdown
        label={t('Normalisation')}
        value={preprocessing.normalization}
        onChange={(normalization) => set({ normalization })}
        choices={[
          { value: '0..1', label: '0 … 1' },
          { value: '-1..1', label: '−1 … 1' },
          { value: '0..255', label: '0 … 255' },
          { value: 'imagenet', label: t('ImageNet mean/std') },
          { value: 'caffe', label: t('Caffe (BGR − mean)') },
          { value: 'none', label: t('As it is') }
        ]}
      />
      <Dropdown
        label={t('Fit')}
        value={preprocessing.fit}
        onChange={(fit) => set({ fit })}
        choices={[
          { value: 'stretch', label: t('Stretch') },
          { value: 'cover', label: t('Crop to fill') },
          { value: 'contain', label: t('Pad to fit') }
        ]}
      />
      <Dropdown
        label={t('Colour')}
        value={preprocessing.colour}
        onChange={(colour) => set({ colour })}
        choices={[
          { value: 'rgb', label: 'RGB' },
          { value: 'bgr', label: 'BGR' },
          { value: 'gray', label: t('Grey') }
        ]}
      />
      <Checkbox label={t('Invert')} checked={preprocessing.invert} onChange={(invert) => set({ invert })} />
    </div>
  );
}
