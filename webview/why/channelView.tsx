/** What one channel looks for: a picture made to please it, and the pictures of a data set that do. */
import { useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { MaximisedPicture, WhyRequests } from '../../src/protocol/why';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { CallChoice } from '../shared/callChoice';
import { DrawnCanvas, line, PixelCanvas } from '../shared/canvas';
import { formatFixed, formatValue } from '../shared/format';
import { Explanation, Legend, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { ErrorBox, Loaded, Progress } from '../shared/waiting';
import { app, useApp } from '../state';
import { NumberField, Slider } from './controls';
import { useTask } from './useTask';

export function ChannelView({
  layer,
  model,
  run
}: {
  readonly layer: LayerRow;
  readonly model: string;
  readonly run: number;
}) {
  const [call, setCall] = useState(0);
  const occurrence = Math.min(call, Math.max(1, layer.calls) - 1);
  const sheet = useRequest('mapSheet', { model, layer: layer.id, occurrence }, run);
  const pinned = useApp((state) => state.channel);
  if (layer.kind === 'input')
    return <p class="empty">{t('An input has no channels that look for something: choose a layer.')}</p>;
  return (
    <Loaded of={sheet}>
      {(value) => {
        const strongest = value.perChannel.reduce(
          (best, one, at, all) => (one.meanAbs > (all[best]?.meanAbs ?? 0) ? at : best),
          0
        );
        const channel = pinned !== null && pinned < value.channels ? pinned : strongest;
        const subject = [model, layer.id, occurrence, channel, run].join(' ');
        return (
          <>
            <div class="tools">
              <CallChoice layer={layer} occurrence={occurrence} onChange={setCall} />
              <NumberField
                label={t('Channel (of {0})', value.channels)}
                value={channel}
                min={0}
                max={value.channels - 1}
                onChange={(next) => app.set({ channel: Math.round(next) })}
              />
              <span class="quiet">{t('channel {0} answers this input most strongly', strongest)}</span>
            </div>
            <Maximise model={model} layer={layer} occurrence={occurrence} channel={channel} subject={subject} />
            <Exciting
              model={model}
              layer={layer}
              occurrence={occurrence}
              channel={channel}
              subject={subject}
              next={() => app.set({ channel: (channel + 1) % value.channels })}
            />
          </>
        );
      }}
    </Loaded>
  );
}

interface PartProps {
  readonly model: string;
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly channel: number;
  readonly subject: string;
}

function Maximise({ model, layer, occurrence, channel, subject }: PartProps) {
  const [steps, setSteps] = useState(60);
  const [seed, setSeed] = useState(1);
  const [smooth, setSmooth] = useState(0.5);
  const [plain, setPlain] = useState(0.2);
  const [jitter, setJitter] = useState(2);
  const { task, start, cancel } = useTask('maximise', subject);
  const go = (with_ = seed) =>
    start({
      model,
      layer: layer.id,
      occurrence,
      channel,
      steps,
      seed: with_,
      l2: plain,
      totalVariation: smooth,
      jitter
    });
  const picture =
    task.status === 'done'
      ? task.value
      : task.status === 'running' || task.status === 'failed'
        ? (task.partial as MaximisedPicture | undefined)
        : undefined;
  const stopped = task.status === 'failed' && task.error.kind === 'cancelled' && picture !== undefined;
  return (
    <section class="card" aria-label={t('A picture made for channel {0}', channel)}>
      <strong>{t('A picture made for channel {0}', channel)}</strong>
      <div class="tools">
        <NumberField label={t('Steps')} value={steps} min={1} max={500} onChange={setSteps} />
        <NumberField label={t('Seed')} value={seed} min={0} max={999999} onChange={setSeed} />
        <Slider
          label={t('Smoothness')}
          text={formatFixed(smooth, 1)}
          value={smooth}
          min={0}
          max={3}
          step={0.1}
          onChange={setSmooth}
        />
        <Slider
          label={t('Restraint')}
          text={formatFixed(plain, 1)}
          value={plain}
          min={0}
          max={3}
          step={0.1}
          onChange={setPlain}
        />
        <NumberField label={t('Jitter, pixels')} value={jitter} min={0} max={16} onChange={setJitter} />
        <Button appearance="primary" onClick={() => go()}>
          {task.status === 'done' ? t('Make it again') : t('Make the picture')}
        </Button>
      </div>
      {task.status === 'running' && <Progress note={task.note} onCancel={cancel} />}
      {task.status === 'failed' && !stopped && <ErrorBox error={task.error} onRetry={() => go()} />}
      {stopped && (
        <p class="note" role="status">
          {t('Stopped after {0} steps: this is the picture so far.', picture.activations.length - 1)}
        </p>
      )}
      {picture !== undefined && <Made picture={picture} channel={channel} />}
      {task.status === 'idle' && (
        <p class="quiet">
          {t('Starts from grey noise and climbs the gradient of the channel’s mean answer, pixel by pixel.')}
        </p>
      )}
      {task.status === 'done' && (
        <>
          <Explanation
            see={t(
              'An input that did not exist before: changed step by step so that this channel answers more and more.'
            )}
            look={t(
              'Repeating patterns: stripes, dots, corners or colours that the channel is tuned to. Another seed should find the same pattern.'
            )}
          />
          <SoWhat
            text={t(
              'Channel {0} rises from {1} to {2} in {3} steps.',
              channel,
              formatValue(task.value.activations[0] ?? 0),
              formatValue(Math.max(...task.value.activations)),
              task.value.activations.length - 1
            )}
          >
            <Button
              onClick={() => {
                setSeed(seed + 1);
                go(seed + 1);
              }}
            >
              {t('Try another seed')}
            </Button>
          </SoWhat>
        </>
      )}
    </section>
  );
}

function Made({ picture, channel }: { readonly picture: MaximisedPicture; readonly channel: number }) {
  const { activations } = picture;
  const least = Math.min(...activations);
  const most = Math.max(...activations, least + 1e-9);
  return (
    <div class="why-pictures">
      <div>
        <PixelCanvas pixels={picture.pixels} class="why-raw" label={t('Picture that excites channel {0}', channel)} />
        <Legend colormap="gray" min={picture.range.min} max={picture.range.max} note={t('input values')} />
      </div>
      <div>
        <DrawnCanvas
          width={220}
          height={110}
          draw={line(activations, least, most)}
          label={t(
            'Activation from {0} to {1}',
            formatValue(activations[0] ?? 0),
            formatValue(activations.at(-1) ?? 0)
          )}
        />
        <span class="quiet">
          {t(
            'mean activation: {0} … {1} over {2} steps',
            formatValue(least),
            formatValue(most),
            activations.length - 1
          )}
        </span>
      </div>
    </div>
  );
}

function Exciting({ model, layer, occurrence, channel, subject, next }: PartProps & { readonly next: () => void }) {
  const sets = useRequest('dataSets', { model });
  const [chosen, setChosen] = useState<string | null>(null);
  const [count, setCount] = useState(100);
  const { task, start, cancel } = useTask('excitingPictures', subject);
  return (
    <section class="card" aria-label={t('Pictures that excite channel {0} most', channel)}>
      <strong>{t('Pictures that excite channel {0} most', channel)}</strong>
      <Loaded of={sets} skeleton="lines">
        {(list) => {
          const set = list.find((one) => one.id === chosen) ?? list[0];
          if (set === undefined)
            return (
              <p class="empty">
                {t('No data set fits this input: data sets of pictures need a model that reads one picture.')}
              </p>
            );
          const go = () => start({ model, layer: layer.id, occurrence, channel, dataSet: set.id, count });
          return (
            <>
              <div class="tools">
                <Dropdown
                  label={t('Data set')}
                  value={set.id}
                  choices={list.map((one) => ({ value: one.id, label: t('{0} ({1} pictures)', one.title, one.size) }))}
                  onChange={setChosen}
                />
                <NumberField
                  label={t('Pictures to look at')}
                  value={Math.min(count, set.size)}
                  min={1}
                  max={set.size}
                  onChange={setCount}
                />
                <Button onClick={go}>{t('Find them')}</Button>
              </div>
              {task.status === 'running' && <Progress note={task.note} onCancel={cancel} />}
              {task.status === 'failed' && <ErrorBox error={task.error} onRetry={go} />}
              {task.status === 'done' && <Found found={task.value} channel={channel} onNext={next} />}
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Found({
  found,
  channel,
  onNext
}: {
  readonly found: WhyRequests['excitingPictures']['result'];
  readonly channel: number;
  readonly onNext: () => void;
}) {
  const [first] = found.pictures;
  const last = found.pictures.at(-1);
  return (
    <>
      <ol class="exciting">
        {found.pictures.map((one, place) => (
          <li key={one.index}>
            <PixelCanvas
              pixels={one.preview}
              class="why-small"
              label={t('Picture {0}, place {1}, activation {2}', one.index, place + 1, formatValue(one.value))}
            />
            {one.crop !== null && (
              <PixelCanvas
                pixels={one.crop}
                class="why-small"
                label={t('The part that made it, {0} × {1} pixels', one.crop.height, one.crop.width)}
              />
            )}
            <span class="quiet">{formatValue(one.value)}</span>
          </li>
        ))}
      </ol>
      <Explanation
        see={t(
          'The pictures in which this channel’s map reaches its greatest values, each with the part of it that the value comes from.'
        )}
        look={t('What the cut-out parts have in common: that is what the channel answers to.')}
      />
      <SoWhat
        text={t(
          'Of {0} pictures, the first {1} reach {2} to {3} in channel {4}.',
          found.looked,
          found.pictures.length,
          formatValue(last?.value ?? 0),
          formatValue(first?.value ?? 0),
          channel
        )}
      >
        <Button onClick={onNext}>{t('Look at the next channel')}</Button>
      </SoWhat>
    </>
  );
}
