/** Convolution, step by step: the kernel slides over the input, and each number of the map is written out. */
import { CallChoice } from '../../shared/callChoice';
import { useRef, useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import type { SlidMap } from '../../../src/protocol/effects/steps';
import type { PixelProof } from '../../../src/protocol/running';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatShare } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { ChannelStepper, NeedsRun, UntrainedNote } from '../cells/needsRun';
import { LayersWith } from '../effects';
import { OwnKernel } from './ownKernel';
import { Sliding } from './sliding';
import { StepNumbers } from './stepNumbers';

export function Steps({ layer }: { readonly layer: LayerRow | null }) {
  const [own, setOwn] = useState(false);
  if (own) return <OwnKernel onClose={() => setOwn(false)} />;
  const tryOwn = <Button onClick={() => setOwn(true)}>{t('Try your own kernel')}</Button>;
  if (layer === null)
    return (
      <>
        <LayersWith
          effect="steps"
          none={t('This model has no convolution: try one by hand, on a picture that comes with the program.')}
        />
        <div class="empty">{tryOwn}</div>
      </>
    );
  return <NeedsRun>{(run) => <OfLayer key={layer.id} layer={layer} run={run} onOwn={() => setOwn(true)} />}</NeedsRun>;
}

interface OfLayerProps {
  readonly layer: LayerRow;
  readonly run: number;
  readonly onOwn: () => void;
}

function OfLayer({ layer, run, onOwn }: OfLayerProps) {
  const model = useApp((state) => state.opened?.model ?? '');
  const pinned = useApp((state) => state.channel);
  const [occurrence, setOccurrence] = useState(0);
  const [channel, setChannel] = useState<number | null>(null);
  const most = layer.outputShape === null ? 0 : Math.max(...layer.outputShape.slice(1).map((size) => size ?? 0));
  const filter = pinned !== null && pinned < most ? pinned : null;
  const map = useRequest('stepsMap', { model, layer: layer.id, occurrence, filter, channel }, run);
  return (
    <div class="view">
      <CallChoice layer={layer} occurrence={occurrence} onChange={setOccurrence} />
      <UntrainedNote />
      <Loaded of={map} skeleton="block">
        {(found) => (
          <OfMap
            key={`${String(occurrence)} ${String(found.filter)}`}
            layer={layer}
            occurrence={occurrence}
            map={found}
            run={run}
            onChannel={setChannel}
            onOwn={onOwn}
          />
        )}
      </Loaded>
    </div>
  );
}

function OfMap(props: OfLayerProps & { occurrence: number; map: SlidMap; onChannel: (channel: number) => void }) {
  const { layer, occurrence, map, run, onChannel, onOwn } = props;
  const { axes, input, output } = map;
  const model = useApp((state) => state.opened?.model ?? '');
  const cut = useApp((state) => state.depth);
  const slice = Math.min(Math.floor(cut * output.size[0]), output.size[0] - 1);
  const plane = output.size[1] * output.size[2];
  const [moved, setHead] = useState<number | null>(null);
  const head = Math.min(plane - 1, moved ?? strongest(map, slice));
  const [row, column] = [Math.floor(head / output.size[2]), head % output.size[2]];
  const position = [slice, row, column].slice(3 - map.rank);
  const proof = useRequest('proof', { model, layer: layer.id, occurrence, position, channel: map.filter }, run);
  const last = useRef<PixelProof | null>(null);
  if (proof.status === 'done') last.current = proof.value;
  const depths = (axes[0].indices[slice] ?? []).filter((d): d is number => d !== null && d >= 0 && d < input.size[0]);
  const [element, setElement] = useState<number | null>(null);
  const depth = depths[Math.min(element ?? Math.floor(depths.length / 2), depths.length - 1)] ?? 0;
  const taps = axes[0].kernel * axes[1].kernel * axes[2].kernel;
  const main = map.reads[0];
  return (
    <>
      <div class="tools">
        <ChannelStepper
          name={t('Filter')}
          channel={map.filter}
          channels={map.filters}
          onChange={(next) => app.set({ channel: next })}
        />
        {map.readsInAll > 1 && (
          <Dropdown
            label={t('Input channel')}
            value={String(map.channel)}
            choices={withShown(map).map(({ channel, weight }) => ({
              value: String(channel),
              label:
                weight === null
                  ? t('input channel {0}', channel)
                  : t('input channel {0}: {1} of the map', channel, formatShare(weight / (map.weightInAll || 1)))
            }))}
            onChange={(value) => onChannel(Number(value))}
          />
        )}
        {output.size[0] > 1 && (
          <label class="slider">
            {t('Slice {0} of {1}', slice + 1, output.size[0])}
            <input
              type="range"
              min={0}
              max={output.size[0] - 1}
              value={slice}
              onInput={(event) => app.set({ depth: (Number(event.currentTarget.value) + 0.5) / output.size[0] })}
            />
          </label>
        )}
        {depths.length > 1 && (
          <label class="slider">
            {t('input slice {0}', depth)}
            <input
              type="range"
              min={0}
              max={depths.length - 1}
              value={depths.indexOf(depth)}
              onInput={(event) => setElement(Number(event.currentTarget.value))}
            />
          </label>
        )}
      </div>
      <p class="quiet">{geometry(map)}</p>
      <Sliding
        axes={axes}
        input={input}
        output={output}
        rank={map.rank}
        inputRange={map.inputRange}
        outputRange={map.outputRange}
        inputName={t('input: {0}, channel {1}', map.sourceName, map.channel)}
        outputName={t('output: {0}, map {1}', layer.name, map.filter)}
        slice={slice}
        depth={depth}
        head={head}
        onHead={setHead}
        ready={proof.status !== 'loading'}
      >
        <StepNumbers
          map={map}
          patch={patchOf(map, slice, row, column, proof.status === 'done' ? proof.value : null)}
          proof={last.current}
          fresh={proof.status === 'done'}
          onChannel={onChannel}
        />
      </Sliding>
      <Explanation
        see={wordsFor(map)}
        look={
          map.kind === 'convTranspose'
            ? t(
                'Neighbouring numbers are reached by different weights of the kernel: with a stride above 1 a regular pattern, a checkerboard, can show.'
              )
            : t(
                'Where the window looks like the kernel, the products agree in sign and the sum is large; where it does not, they cancel out, and the activation cuts off what is negative.'
              )
        }
      />
      <SoWhat
        text={
          main === undefined || map.weightInAll === 0
            ? t('Every product of this map is zero for this input.')
            : map.readsInAll === 1
              ? t(
                  'Each number of this map takes {0} products, all of input channel {1}: nothing is mixed across channels.',
                  formatExact(taps),
                  main.channel
                )
              : map.kind === 'convTranspose'
                ? t(
                    'Each number of this map takes at most {0} products; input channel {1} gives {2} of what is summed here.',
                    formatExact(taps * map.readsInAll),
                    main.channel,
                    formatShare(main.weight / map.weightInAll)
                  )
                : t(
                    'Each number of this map takes {0} products; input channel {1} gives {2} of what is summed here.',
                    formatExact(taps * map.readsInAll),
                    main.channel,
                    formatShare(main.weight / map.weightInAll)
                  )
        }
      >
        <Button onClick={onOwn}>{t('Try your own kernel')}</Button>
      </SoWhat>
    </>
  );
}

function wordsFor(map: SlidMap): string {
  switch (map.kind) {
    case 'convTranspose':
      return t(
        'A transposed convolution spreads every input value by its kernel; the framed cells are those whose spread reaches the number at the play head.'
      );
    case 'depthwiseConv':
      return t(
        'A depthwise convolution has one kernel for one input channel: each weight is multiplied with the value under it in the framed window, and the products and the bias add up to one number of the map.'
      );
    case 'separableConv':
      return t(
        'A separable convolution slides one kernel over each input channel and then mixes the channels, position by position; both steps together are one kernel for each channel, shown here over the framed window.'
      );
    case 'conv':
      return t(
        'The kernel lies over the framed window of every input channel that this filter reads; each weight is multiplied with the value under it, and all products and the bias add up to one number of the map.'
      );
  }
}

/** The channels listed, with the shown one even where it contributes little. */
function withShown({ reads, channel }: SlidMap): { channel: number; weight: number | null }[] {
  const listed = reads.slice(0, 64);
  return listed.some((one) => one.channel === channel) ? [...listed] : [{ channel, weight: null }, ...listed];
}

function geometry(map: SlidMap): string {
  const axes = map.axes.slice(3 - map.rank);
  const each = (values: readonly (number | string)[]) =>
    new Set(values).size === 1 ? String(values[0]) : values.join(' × ');
  const pads = axes.map(({ pads: [before, after] }) => (before === after ? String(before) : `${before}/${after}`));
  const parts = [
    t('kernel {0}', axes.map(({ kernel }) => kernel).join(' × ')),
    t('stride {0}', each(axes.map(({ stride }) => stride))),
    pads.every((pad) => pad === '0') ? t('no padding') : t('padding {0} ({1})', each(pads), map.padMode),
    t('dilation {0}', each(axes.map(({ dilation }) => dilation)))
  ];
  if (map.groups > 1) parts.push(t('{0} groups: this filter reads {1} channels', map.groups, map.readsInAll));
  return parts.join(' · ');
}

/** What lies under the kernel in the shown channel; `null` in padding and gaps. Reflected values come from the proof. */
function patchOf(map: SlidMap, slice: number, row: number, column: number, proof: PixelProof | null) {
  const { axes, input } = map;
  const steps = proof?.steps;
  const known = steps?.kind === 'convolution' ? steps.channels.find((one) => one.channel === map.channel) : undefined;
  if (map.padMode !== 'zeros' && known !== undefined) return [...known.patch];
  const inside = (index: number | null, size: number): index is number => index !== null && index >= 0 && index < size;
  const [, height, width] = input.size;
  return (axes[0].indices[slice] ?? []).flatMap((d) =>
    (axes[1].indices[row] ?? []).flatMap((y) =>
      (axes[2].indices[column] ?? []).map((x) =>
        inside(d, input.size[0]) && inside(y, height) && inside(x, width)
          ? (input.values[(d * height + y) * width + x] ?? 0)
          : null
      )
    )
  );
}

/** The place of the greatest value of the slice: numbers worth looking at from the start. */
function strongest({ output }: SlidMap, slice: number): number {
  const plane = output.size[1] * output.size[2];
  let best = 0;
  for (let i = 0; i < plane; i++) {
    if ((output.values[slice * plane + i] ?? 0) > (output.values[slice * plane + best] ?? 0)) best = i;
  }
  return best;
}
