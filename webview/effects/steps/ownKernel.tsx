/** A kernel made by hand, sliding over a picture that comes with the program or over the input now set. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RequestError } from '../../../src/protocol/channel';
import type { OwnKernelMap, OwnKernelParams } from '../../../src/protocol/effects/steps';
import { toRequestError } from '../../../src/protocol/rpc';
import { channel, keepBeside, keptBeside } from '../../channel';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { ErrorBox, Waiting } from '../../shared/waiting';
import { useApp } from '../../state';
import { readKernel, type Own } from './keptKernel';
import { kernelPresets, resizedKernel } from './kernelPresets';
import { Products } from './productGrid';
import { Sliding } from './sliding';

/** The test picture, one of the samples by its id, or what the model sees. */
type PictureName = 'builtin' | 'photo-cat' | 'photo-rocket' | 'digit-3' | 'input';

const firstPreset = kernelPresets[0];
const start: Own = {
  size: 3,
  kernel: firstPreset?.kernel ?? [],
  stride: 1,
  padding: 'same',
  dilation: 1
};

/** @param props.onClose `null` where there is no layer to go back to. */
export function OwnKernel({ onClose }: { readonly onClose: (() => void) | null }) {
  const [own, setOwn] = useState(() => readKernel(keptBeside('ownKernel')) ?? start);
  const [chosen, setPicture] = useState<PictureName>('builtin');
  const [head, setHead] = useState<number | null>(null);
  const preview = useApp((state) => state.inputs[0]?.prepared?.preview ?? null);
  const given = useMemo(() => (preview === null ? null : greyOf(preview)), [preview]);
  const picture = chosen === 'input' && given === null ? 'builtin' : chosen;
  const source = useMemo((): OwnKernelParams['picture'] => {
    if (picture === 'input' && given !== null) return { kind: 'given', ...given };
    return picture === 'builtin' || picture === 'input' ? { kind: 'builtin' } : { kind: 'sample', id: picture };
  }, [picture, given]);
  const found = useOwnKernel(own, source);
  useEffect(() => keepBeside('ownKernel', own), [own]);
  const preset = kernelPresets.find((one) => one.kernel.join() === own.kernel.join());
  const next = kernelPresets[(kernelPresets.findIndex((one) => one === preset) + 1) % kernelPresets.length];
  const use = (id: string) => {
    const found = kernelPresets.find((one) => one.id === id);
    if (found !== undefined) setOwn({ ...own, size: found.size, kernel: found.kernel });
  };
  return (
    <div class="view">
      <div class="tools">
        <strong>{t('Your own kernel')}</strong>
        {onClose !== null && <Button onClick={onClose}>{t('Back to the layer')}</Button>}
        <Dropdown
          label={t('Picture')}
          value={picture}
          choices={[
            { value: 'builtin', label: t('Test picture') },
            { value: 'photo-cat', label: t('Cat') },
            { value: 'photo-rocket', label: t('Rocket') },
            { value: 'digit-3', label: t('A digit') },
            ...(given === null ? [] : [{ value: 'input' as const, label: t('The input above, in grey') }])
          ]}
          onChange={setPicture}
        />
      </div>
      <div class="row wrap" role="group" aria-label={t('Kernels to begin with')}>
        {kernelPresets.map((one) => (
          <button
            key={one.id}
            type="button"
            class="preset"
            aria-pressed={one === preset}
            title={one.words()}
            onClick={() => use(one.id)}
          >
            {one.name()}
          </button>
        ))}
      </div>
      <div class="big-row">
        <KernelEditor own={own} onChange={setOwn} />
        <Geometry own={own} onChange={setOwn} />
      </div>
      {found.error !== null && <ErrorBox error={found.error} onRetry={found.again} />}
      {found.map === null ? (
        found.error === null && <Waiting note={null} onCancel={found.cancel} skeleton="block" />
      ) : (
        <Result own={own} map={found.map} head={head} onHead={setHead} ready={!found.loading} />
      )}
      <Explanation
        see={t(
          'On the left a picture, on the right what your kernel makes of it: the same sum of products that a convolution layer computes for each of its channels.'
        )}
        look={t(
          'A kernel whose numbers sum to one keeps the brightness; one whose numbers sum to zero answers only where something changes.'
        )}
      />
      {found.map !== null && (
        <SoWhat text={sentence(own, found.map)}>
          {next !== undefined && <Button onClick={() => use(next.id)}>{t('Try: {0}', next.name())}</Button>}
        </SoWhat>
      )}
    </div>
  );
}

interface Answer {
  readonly map: OwnKernelMap | null;
  readonly loading: boolean;
  readonly error: RequestError | null;
}

interface Asked extends Answer {
  readonly cancel: () => void;
  readonly again: () => void;
}

/** The newest answer stays while the next is on its way, so that nothing jumps while a number is edited. */
function useOwnKernel(own: Own, picture: OwnKernelParams['picture']): Asked {
  const [attempt, setAttempt] = useState(0);
  const [answer, setAnswer] = useState<Answer>({ map: null, loading: true, error: null });
  useEffect(() => {
    const abort = new AbortController();
    setAnswer(({ map }) => ({ map, loading: true, error: null }));
    channel.request('tryKernel', { ...own, picture }, { signal: abort.signal }).then(
      (map) => {
        if (!abort.signal.aborted) setAnswer({ map, loading: false, error: null });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setAnswer({ map: null, loading: false, error: toRequestError(error) });
      }
    );
    return () => abort.abort();
  }, [own, picture, attempt]);
  return {
    ...answer,
    cancel: () => setAnswer({ map: null, loading: false, error: { kind: 'cancelled' } }),
    again: () => setAttempt(attempt + 1)
  };
}

function Result(props: {
  readonly own: Own;
  readonly map: OwnKernelMap;
  /** `null` until the play head is moved: the whole result is there from the start. */
  readonly head: number | null;
  readonly onHead: (head: number) => void;
  readonly ready: boolean;
}) {
  const { own, map } = props;
  const plane = map.output.size[1] * map.output.size[2];
  const wide = map.output.size[2];
  const middle = Math.floor(map.output.size[1] / 2) * wide + Math.floor(wide / 2);
  const head = Math.min(props.head ?? middle, plane - 1);
  const [, height, width] = map.input.size;
  const patch = (map.axes[1].indices[Math.floor(head / wide)] ?? []).flatMap((y) =>
    (map.axes[2].indices[head % wide] ?? []).map((x) =>
      y !== null && x !== null && y >= 0 && y < height && x >= 0 && x < width
        ? (map.input.values[y * width + x] ?? 0)
        : null
    )
  );
  return (
    <Sliding
      axes={map.axes}
      input={map.input}
      output={map.output}
      rank={2}
      inputRange={{ min: 0, max: 1 }}
      outputRange={rangeOf(map.output.values)}
      inputName={t('picture')}
      outputName={t('result')}
      slice={0}
      depth={0}
      head={head}
      onHead={props.onHead}
      ready={props.ready}
      whole={props.head === null}
      grey
    >
      <section class="card" aria-label={t('The sum at the play head')}>
        <Products patch={patch} kernel={own.kernel} columns={own.size} />
      </section>
    </Sliding>
  );
}

function KernelEditor({ own, onChange }: { readonly own: Own; readonly onChange: (own: Own) => void }) {
  const set = (index: number, value: number) =>
    onChange({ ...own, kernel: own.kernel.map((each, i) => (i === index ? value : each)) });
  return (
    <table class="kernel-editor" aria-label={t('Kernel')}>
      <tbody>
        {Array.from({ length: own.size }, (_, y) => (
          <tr key={y}>
            {Array.from({ length: own.size }, (_none, x) => {
              const at = y * own.size + x;
              return (
                <td key={x}>
                  <input
                    type="number"
                    step="any"
                    aria-label={t('row {0}, column {1} of the kernel', y, x)}
                    value={Number((own.kernel[at] ?? 0).toFixed(4))}
                    onInput={(event) => {
                      const value = event.currentTarget.valueAsNumber;
                      if (Number.isFinite(value)) set(at, value);
                    }}
                  />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Geometry({ own, onChange }: { readonly own: Own; readonly onChange: (own: Own) => void }) {
  const numbers = (values: readonly number[]) =>
    values.map((value) => ({ value: String(value), label: String(value) }));
  return (
    <div class="geometry">
      <label>
        <span>{t('size')}</span>
        <Dropdown
          label={t('Size of the kernel')}
          value={String(own.size)}
          choices={[1, 3, 5].map((size) => ({ value: String(size), label: `${String(size)} × ${String(size)}` }))}
          onChange={(value) =>
            onChange({ ...own, size: Number(value), kernel: resizedKernel(own.kernel, own.size, Number(value)) })
          }
        />
      </label>
      <label>
        <span>{t('stride')}</span>
        <Dropdown
          label={t('Stride')}
          value={String(own.stride)}
          choices={numbers([1, 2, 3])}
          onChange={(value) => onChange({ ...own, stride: Number(value) })}
        />
      </label>
      <label>
        <span>{t('padding')}</span>
        <Dropdown
          label={t('Padding')}
          value={own.padding}
          choices={[
            { value: 'same', label: 'same' },
            { value: 'valid', label: 'valid' }
          ]}
          onChange={(padding) => onChange({ ...own, padding })}
        />
      </label>
      <label>
        <span>{t('dilation')}</span>
        <Dropdown
          label={t('Dilation')}
          value={String(own.dilation)}
          choices={numbers([1, 2, 3])}
          onChange={(value) => onChange({ ...own, dilation: Number(value) })}
        />
      </label>
    </div>
  );
}

/** ITU-R BT.601 luma of the preview, in [0, 1]. */
function greyOf({ width, height, rgba }: { width: number; height: number; rgba: Uint8Array }) {
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgba.subarray(4 * i, 4 * i + 3);
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
  });
  return { size: [height, width] as const, values };
}

function rangeOf(values: Float32Array): { min: number; max: number } {
  return values.reduce((range, value) => ({ min: Math.min(range.min, value), max: Math.max(range.max, value) }), {
    min: Infinity,
    max: -Infinity
  });
}

function sentence({ kernel }: Own, { output }: OwnKernelMap): string {
  const sum = kernel.reduce((total, value) => total + value, 0);
  const { min, max } = rangeOf(output.values);
  const even = Math.abs(sum) < 1e-6;
  return even
    ? t(
        'The kernel sums to 0: even areas give 0, and its answers here run from {0} to {1}.',
        formatValue(min),
        formatValue(max)
      )
    : t(
        'The kernel sums to {0}: an even area comes out {0} times as bright; answers here run from {1} to {2}.',
        formatValue(sum),
        formatValue(min),
        formatValue(max)
      );
}
