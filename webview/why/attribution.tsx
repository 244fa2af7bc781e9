/** Which pixels speak for a class: one method, one or two classes, over the picture. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { AttributionAsk, AttributionMethod, AttributionOptions, WhyTargets } from '../../src/protocol/why';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { CallChoice } from '../shared/callChoice';
import { formatShare, formatValue } from '../shared/format';
import { Explanation, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { useApp } from '../state';
import { NumberField, Slider, useRested } from './controls';
import { MapCard } from './mapCard';
import { methodWords } from './methodWords';
import { SanityCheck } from './sanity';

const methods: readonly AttributionMethod[] = [
  'gradCam',
  'gradCamPlus',
  'saliency',
  'smoothGrad',
  'integrated',
  'occlusion'
];

/** Stands for whatever layer is selected; no layer can be called so. */
const chosenLayer = '\n';

/** Windows and steps that a picture of this many pixels a side takes seconds for, not minutes. */
function startingOptions(side: number): AttributionOptions {
  const window = Math.max(2, Math.round(side / 7));
  const stride = Math.max(1, Math.round(window / 2));
  return {
    samples: side > 100 ? 10 : 25,
    sigma: 0.15,
    seed: 1,
    steps: side > 100 ? 24 : 50,
    baseline: 'zero',
    window,
    stride
  };
}

export function Attribution(props: {
  readonly layer: LayerRow;
  readonly model: string;
  readonly run: number;
  readonly targets: WhyTargets;
  readonly output: number;
  readonly onShake: () => void;
}) {
  const { layer, model, run, targets, output } = props;
  const [method, setMethod] = useState<AttributionMethod>(targets.lastMaps === null ? 'saliency' : 'gradCam');
  const [chosen, setChosen] = useState<number | null>(null);
  const [second, setSecond] = useState<number | null>(null);
  const [score, setScore] = useState<AttributionAsk['score']>('logit');
  const [camLayer, setCamLayer] = useState<string | null>(null);
  const [call, setCall] = useState<number | null>(null);
  const [opacity, setOpacity] = useState(0.7);
  const [checking, setChecking] = useState(false);
  const volume = useApp((state) => state.opened?.inputs.some((one) => one.role === 'volume') === true);
  const side = useApp((state) => {
    const port = state.opened?.inputs.find((one) => one.role === 'image') ?? state.opened?.inputs[0];
    return port?.height ?? port?.shape[0] ?? 224;
  });
  const [options, setOptions] = useState<AttributionOptions>(() => startingOptions(side));
  const rested = useRested(options);
  const isCam = method === 'gradCam' || method === 'gradCamPlus';
  const selected = targets.layers.some((one) => one.layer === layer.id) ? layer.id : null;
  const known = new Set(targets.targets.map((one) => one.index));
  const first = chosen !== null && known.has(chosen) ? chosen : (targets.targets[0]?.index ?? 0);
  const camAt = camLayer === chosenLayer ? (selected ?? targets.lastMaps) : (camLayer ?? targets.lastMaps);
  const { calls, lastCall } = targets.layers.find((one) => one.layer === camAt) ?? { calls: 1, lastCall: 0 };
  const ask: AttributionAsk = {
    model,
    output,
    method,
    layer: isCam ? camAt : null,
    occurrence: isCam ? (call ?? lastCall) : 0,
    score,
    options: rested
  };
  const classes = second === null || second === first ? [first] : [first, second];
  const answer = useRequest('attribution', { ...ask, classes }, run);
  const words = methodWords(method);
  const nameOf = (index: number) => {
    const label = targets.targets.find((one) => one.index === index)?.label;
    if (label !== undefined && label !== null) return label;
    switch (targets.kind) {
      case 'classes':
        return t('class {0}', index);
      case 'channels':
        return t('output channel {0}', index);
      case 'values':
        return t('value {0}', index);
    }
  };
  const show = (value: number) => (targets.probabilities ? formatShare(value) : formatValue(value));
  const choices = targets.targets.map((one) => ({
    value: String(one.index),
    label: `${nameOf(one.index)} · ${show(one.value)}`
  }));
  return (
    <>
      <div class="tools">
        <Dropdown
          label={t('Method')}
          value={method}
          choices={methods
            .filter((one) => targets.lastMaps !== null || (one !== 'gradCam' && one !== 'gradCamPlus'))
            .map((one) => ({ value: one, label: methodWords(one).name }))}
          onChange={setMethod}
        />
        <Dropdown
          label={targets.kind === 'classes' ? t('Class') : t('What is explained of the output')}
          value={String(first)}
          choices={choices}
          onChange={(value) => setChosen(Number(value))}
        />
        {targets.targets.length > 1 && (
          <Dropdown
            label={t('Beside it')}
            value={second === null || second === first ? '' : String(second)}
            choices={[
              { value: '', label: targets.kind === 'classes' ? t('no second class') : t('nothing') },
              ...choices.filter((one) => one.value !== String(first))
            ]}
            onChange={(value) => setSecond(value === '' ? null : Number(value))}
          />
        )}
        {isCam && (
          <Dropdown
            label={t('Layer whose maps are weighed')}
            value={camLayer ?? ''}
            choices={[
              { value: '', label: t('deepest maps: {0}', targets.lastMaps ?? '') },
              ...(selected === null ? [] : [{ value: chosenLayer, label: t('selected layer: {0}', selected) }]),
              ...targets.layers.map((one) => ({
                value: one.layer,
                label: `${one.layer} · ${one.size.map((size) => size ?? '?').join(' × ')}`
              }))
            ]}
            onChange={(value) => {
              setCamLayer(value === '' ? null : value);
              setCall(null);
            }}
          />
        )}
        {isCam && <CallChoice layer={{ calls }} occurrence={ask.occurrence} onChange={setCall} />}
        {targets.kind === 'classes' && (
          <Dropdown
            label={t('What is explained')}
            value={score}
            choices={[
              { value: 'logit', label: t('score before softmax') },
              { value: 'probability', label: t('output as it is') }
            ]}
            onChange={setScore}
          />
        )}
      </div>
      {targets.lastMaps === null && (
        <p class="quiet">
          {t('No Grad-CAM here: this answer is made from no layer with maps. The other methods ask the input alone.')}
        </p>
      )}
      <MethodOptions method={method} options={options} onChange={setOptions} />
      <Slider
        label={t('Opacity of the map')}
        text={`${String(Math.round(opacity * 100))} %`}
        value={opacity}
        min={0}
        max={1}
        step={0.05}
        onChange={setOpacity}
      />
      <Loaded of={answer} skeleton="block">
        {({ input, maps }) => {
          const [map] = maps;
          return (
            <>
              <div class="why-maps">
                {maps.map((one) => (
                  <MapCard
                    key={one.index}
                    title={nameOf(one.index)}
                    method={words.name}
                    map={one}
                    input={input}
                    opacity={opacity}
                    score={score}
                  />
                ))}
              </div>
              {volume && (
                <p class="quiet">{t('Of a volume the middle slice is shown, of its input and of its map.')}</p>
              )}
              <Explanation see={words.see} look={words.look} />
              {map !== undefined && (
                <SoWhat text={closing(nameOf(first), map, show)}>
                  <Button onClick={() => (checking ? props.onShake() : setChecking(true))}>
                    {checking ? t('Shake the weights') : t('Does it need the weights? Shuffle them')}
                  </Button>
                </SoWhat>
              )}
              {checking && (
                <SanityCheck
                  ask={ask}
                  index={first}
                  run={run}
                  input={input}
                  opacity={opacity}
                  own={map}
                  name={nameOf(first)}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function closing(
  name: string,
  map: {
    readonly brightestTenth: number | null;
    readonly covered: {
      readonly before: number;
      readonly after: number;
      readonly height: number;
      readonly width: number;
    } | null;
  },
  show: (value: number) => string
): string {
  const share =
    map.brightestTenth === null
      ? t('Nothing in this map speaks for {0}.', name)
      : t('{0} of what speaks for {1} lies in the brightest tenth of the map.', formatShare(map.brightestTenth), name);
  if (map.covered === null || map.brightestTenth === null) return share;
  const { before, after, height, width } = map.covered;
  const change =
    show(before) === show(after)
      ? t('Covering its hottest {0} × {1} pixels leaves {2} at {3}.', height, width, name, show(after))
      : after < before
        ? t(
            'Covering its hottest {0} × {1} pixels lowers {2} from {3} to {4}.',
            height,
            width,
            name,
            show(before),
            show(after)
          )
        : t(
            'Yet covering its hottest {0} × {1} pixels does not lower {2}: {3} before, {4} after.',
            height,
            width,
            name,
            show(before),
            show(after)
          );
  return `${share} ${change}`;
}

function MethodOptions(props: {
  readonly method: AttributionMethod;
  readonly options: AttributionOptions;
  readonly onChange: (options: AttributionOptions) => void;
}) {
  const { method, options, onChange } = props;
  const set = (patch: Partial<AttributionOptions>) => onChange({ ...options, ...patch });
  switch (method) {
    case 'gradCam':
    case 'gradCamPlus':
    case 'saliency':
      return null;
    case 'smoothGrad':
      return (
        <div class="tools">
          <NumberField
            label={t('Noisy copies')}
            value={options.samples}
            min={1}
            max={200}
            onChange={(samples) => set({ samples })}
          />
          <NumberField
            label={t('Noise, share of the range')}
            value={options.sigma}
            min={0}
            max={1}
            step={0.05}
            onChange={(sigma) => set({ sigma })}
          />
          <NumberField label={t('Seed')} value={options.seed} min={0} max={999999} onChange={(seed) => set({ seed })} />
        </div>
      );
    case 'integrated':
      return (
        <div class="tools">
          <NumberField
            label={t('Steps')}
            value={options.steps}
            min={2}
            max={500}
            onChange={(steps) => set({ steps })}
          />
          <Dropdown
            label={t('Baseline')}
            value={options.baseline}
            choices={[
              { value: 'zero', label: t('from zeros') },
              { value: 'darkest', label: t('from the darkest value') },
              { value: 'mean', label: t('from the mean value') }
            ]}
            onChange={(baseline) => set({ baseline })}
          />
        </div>
      );
    case 'occlusion':
      return (
        <div class="tools">
          <NumberField
            label={t('Window, pixels')}
            value={options.window}
            min={1}
            max={512}
            onChange={(window) => set({ window, stride: Math.min(options.stride, window) })}
          />
          <NumberField
            label={t('Stride, pixels')}
            value={options.stride}
            min={1}
            max={options.window}
            onChange={(stride) => set({ stride })}
          />
        </div>
      );
  }
}
