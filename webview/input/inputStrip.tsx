/** The numbers of an input that is no picture, as the network takes them: a strip for a vector, lines for a series. */
import { useState } from 'preact/hooks';
import type { InputPort } from '../../src/protocol/requests';
import { t } from '../l10n';
import { LineChart } from '../shared/lineChart';
import { useRequest } from '../shared/useRequest';
import { ValueStrip } from '../shared/valueStrip';
import { Loaded } from '../shared/waiting';
import { useApp } from '../state';

export function InputStrip({ port }: { readonly port: InputPort }) {
  const opened = useApp((state) => state.opened);
  const run = useApp((state) => (state.run.status === 'done' ? state.run.outcome.run : null));
  const layer = opened?.summary.layers.find((row) => row.kind === 'input' && row.name === port.name);
  if (opened === null || run === null || layer === undefined) return null;
  const props = { model: opened.model, layer: layer.id, run };
  return port.role === 'series' ? (
    <Series {...props} port={port} />
  ) : port.role === 'values' ? (
    <Values {...props} />
  ) : null;
}

interface StripProps {
  readonly model: string;
  readonly layer: string;
  readonly run: number;
}

function Values({ model, layer, run }: StripProps) {
  const [at, setAt] = useState(0);
  const sheet = useRequest('mapSheet', { model, layer, occurrence: 0 }, run);
  return (
    <Loaded of={sheet} skeleton="lines">
      {({ perChannel }) => (
        <ValueStrip
          values={Float32Array.from(perChannel, (one) => one.mean)}
          label={t('values of the input')}
          cell={t('feature')}
          selected={at}
          onSelect={setAt}
        />
      )}
    </Loaded>
  );
}

function Series({ model, layer, run, port }: StripProps & { readonly port: InputPort }) {
  const [channel, setChannel] = useState(0);
  const [at, setAt] = useState(0);
  const numbers = useRequest('mapNumbers', { model, layer, occurrence: 0, channel, slice: 0 }, run);
  const channels = port.channels ?? 1;
  return (
    <>
      {channels > 1 && (
        <label class="slider">
          {t('Channel {0} of {1}', channel, channels)}
          <input
            type="range"
            min={0}
            max={channels - 1}
            value={channel}
            onInput={(event) => setChannel(Number(event.currentTarget.value))}
          />
        </label>
      )}
      <Loaded of={numbers} skeleton="lines">
        {({ values }) => (
          <>
            <LineChart
              lines={[{ name: t('channel {0}', channel), values }]}
              across={t('time step')}
              up={t('value')}
              label={t('Channel {0} of the input over time', channel)}
            />
            <ValueStrip
              values={values}
              label={t('channel {0} of the input', channel)}
              cell={t('time step')}
              selected={at}
              onSelect={setAt}
            />
          </>
        )}
      </Loaded>
    </>
  );
}
