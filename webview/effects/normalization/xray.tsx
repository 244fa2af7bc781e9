/** The X-ray: what a batch's activations are before normalising, normalised, and after gamma and beta, channel by channel. */
import { useState } from 'preact/hooks';
import type { LayerBatch, NormXray, StatisticsMode } from '../../../src/protocol/effects/normalization';
import type { LayerRow } from '../../../src/core/summary';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { TrainTheTwin } from '../../train/lab/trainTheTwin';
import { TileSheet } from '../../shared/tileSheet';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { batchWords } from './batchChoice';
import { ChannelTable, ParameterBars } from './channelTable';
import { OneChannel } from './oneChannel';
import { Scatter } from './scatter';
import { StageLegend, stageTile, stageTilePixels } from './stageCharts';
import type { Section } from './normalization';

export interface XrayProps {
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly set: string | null;
  readonly size: number;
  readonly go: (section: Section) => void;
}

export function Xray(props: XrayProps) {
  const model = useApp((state) => state.opened?.model ?? '');
  const label = useApp((state) => state.inputs[0]?.prepared?.label ?? '');
  const [mode, setMode] = useState<StatisticsMode | null>(null);
  const { layer, occurrence, set, size } = props;
  const ask = { model, layer: layer.id, occurrence, set, size };
  const xray = useRequest('normalizationXray', { ...ask, mode }, label);
  return (
    <>
      <Loaded of={xray}>
        {(value) => (
          <OfXray {...props} ask={{ ...ask, mode: value.mode }} xray={value} version={label} onMode={setMode} />
        )}
      </Loaded>
      <Explanation
        see={t(
          'Each tile is a channel: its activations over the batch before normalising, normalised, and after gamma and beta, on one axis for all tiles.'
        )}
        look={
          layer.kind === 'batchNorm'
            ? t(
                'Normalised histograms should sit at 0 with a width of 1; points off the diagonal are channels whose moving statistics do not fit this batch; a gamma near 0 switches its channel off.'
              )
            : t(
                'Values that share a mean and a variance have mean 0 and width 1 together, so that single channels may sit beside it; a gamma near 0 switches its channel off.'
              )
        }
      />
    </>
  );
}

function OfXray(
  props: XrayProps & {
    readonly ask: LayerBatch;
    readonly xray: NormXray;
    readonly version: string;
    readonly onMode: (mode: StatisticsMode) => void;
  }
) {
  const { xray, ask, version, onMode, go } = props;
  const pinned = useApp((state) => state.channel);
  const channel = Math.min(pinned ?? xray.outliers[0]?.channel ?? 0, xray.channels - 1);
  const select = (next: number) => app.set({ channel: next });
  const bins = xray.edges.length - 1;
  const outliers = new Set(xray.outliers.map((one) => one.channel));
  const nearZero = new Set(xray.nearZero);
  const countsOf = (index: number) =>
    [0, 1, 2].map((stage) => {
      const start = (stage * xray.shownChannels + index) * bins;
      return xray.counts.subarray(start, start + bins);
    });
  return (
    <>
      {xray.form === 'batch' && <ModeSwitch xray={xray} onMode={onMode} />}
      {xray.form === 'batch' && xray.batch.size === 1 && (
        <p class="banner" role="status">
          {t(
            'A batch of one picture: the statistics are those of its own pixels, not of the data. Choose a larger batch to see what training sees.'
          )}
        </p>
      )}
      <p class="quiet">
        {batchWords(xray.batch)}. {unitWords(xray)}
      </p>
      <h2>
        {t(
          'All channels, on one axis from {0} to {1}',
          formatValue(xray.edges[0] ?? 0),
          formatValue(xray.edges.at(-1) ?? 0)
        )}
      </h2>
      <StageLegend />
      {(outliers.size > 0 || nearZero.size > 0) && <MarkLegend xray={xray} />}
      <TileSheet
        label={t('Histograms of {0} channels', xray.shownChannels)}
        count={xray.shownChannels}
        edge={stageTile.width}
        aspect={stageTile.width / stageTile.height}
        captions
        version={`xray ${ask.model} ${ask.layer} ${ask.set ?? ''} ${ask.size} ${ask.mode} ${version}`}
        load={(indices) =>
          Promise.resolve({
            tiles: indices.map((index) => stageTilePixels(countsOf(index), xray.edges)),
            ranges: indices.map(() => ({ min: xray.edges[0] ?? 0, max: xray.edges.at(-1) ?? 0 }))
          })
        }
        describe={(index) => channelWords(xray, index)}
        mark={(index) => (nearZero.has(index) ? 'dead' : outliers.has(index) ? 'duplicate' : null)}
        selected={channel}
        onSelect={select}
      />
      <OneChannel ask={ask} channel={channel} xray={xray} version={version} />
      <Points xray={xray} channel={channel} outliers={outliers} onSelect={select} />
      <ParameterBars xray={xray} selected={channel} onSelect={select} />
      <ChannelTable xray={xray} selected={channel} onSelect={select} />
      <SoWhat text={conclusion(xray)}>
        {xray.form === 'batch' ? (
          <Button onClick={() => go('modes')}>{t('Compare training and inference')}</Button>
        ) : (
          <Button onClick={() => go('parameters')}>{t('Drag gamma and beta')}</Button>
        )}
        <TrainTheTwin layer={ask.layer} />
      </SoWhat>
    </>
  );
}

function ModeSwitch({ xray, onMode }: { readonly xray: NormXray; readonly onMode: (mode: StatisticsMode) => void }) {
  const names: Readonly<Record<StatisticsMode, string>> = {
    moving: t('Inference: moving statistics'),
    batch: t('Training: the batch’s own')
  };
  return (
    <>
      {xray.tracks && (
        <div class="switch" role="group" aria-label={t('Statistics')}>
          {(['moving', 'batch'] as const).map((mode) => (
            <button key={mode} type="button" aria-pressed={mode === xray.mode} onClick={() => onMode(mode)}>
              {names[mode]}
            </button>
          ))}
        </div>
      )}
      {xray.initialStatistics && (
        <p class="banner" role="status">
          {t(
            'The moving statistics are still the initial ones, mean 0 and variance 1: at inference this layer is nearly the identity, so the X-ray opens in training mode. Dropout stays off.'
          )}
        </p>
      )}
      {!xray.tracks && (
        <p class="quiet">{t('This layer keeps no moving statistics: it always takes the batch’s own.')}</p>
      )}
    </>
  );
}

function MarkLegend({ xray }: { readonly xray: NormXray }) {
  const { shift, ratio } = xray.outlierLimits;
  return (
    <div class="norm-legend">
      {xray.nearZero.length > 0 && (
        <span class="norm-key">
          <i class="swatch mark-dead" />
          {t('switched off: |gamma| < {0}', xray.nearZeroLimit)}
        </span>
      )}
      {xray.outliers.length > 0 && (
        <span class="norm-key">
          <i class="swatch mark-outlier" />
          {t(
            'outlier: mean off by more than {0} moving deviations, or variance by more than a factor {1}',
            shift,
            ratio
          )}
        </span>
      )}
    </div>
  );
}

function Points(props: {
  readonly xray: NormXray;
  readonly channel: number;
  readonly outliers: ReadonlySet<number>;
  readonly onSelect: (channel: number) => void;
}) {
  const { xray, channel, outliers, onSelect } = props;
  if (xray.form === 'batch' && xray.moving !== null) {
    const common = { agree: true, outliers, selected: channel, onSelect } as const;
    return (
      <>
        <h2>{t('Do the batch’s statistics agree with the moving ones?')}</h2>
        <div class="norm-pair">
          <Scatter
            {...common}
            log={false}
            title={t('mean, one point for each channel')}
            label={t('Batch mean against moving mean of {0} channels', xray.channels)}
            xLabel={t('moving mean')}
            yLabel={t('batch mean')}
            x={xray.moving.mean}
            y={xray.mean}
          />
          <Scatter
            {...common}
            log
            title={t('variance, one point for each channel')}
            label={t('Batch variance against moving variance of {0} channels', xray.channels)}
            xLabel={t('moving variance (logarithmic)')}
            yLabel={t('batch variance')}
            x={xray.moving.variance}
            y={xray.variance}
          />
        </div>
        {xray.outliers.length > 0 && (
          <p>
            {t('Outliers, worst first:')}{' '}
            {xray.outliers.slice(0, 12).map((one) => (
              <button key={one.channel} type="button" class="link norm-outlier" onClick={() => onSelect(one.channel)}>
                {t(
                  'channel {0} (mean {1} deviations off, variance × {2})',
                  one.channel,
                  formatValue(one.shift, 2),
                  formatValue(one.ratio, 2)
                )}
              </button>
            ))}
            {xray.outliers.length > 12 && t('and {0} more', xray.outliers.length - 12)}
          </p>
        )}
      </>
    );
  }
  return (
    <>
      <h2>{t('Mean and variance of each set of values that share them')}</h2>
      <Scatter
        agree={false}
        outliers={new Set()}
        selected={null}
        log={false}
        title={t('{0} of {1} sets of {2} values', xray.mean.length, xray.units, xray.valuesPerUnit)}
        label={t('Variance against mean of {0} sets of values', xray.mean.length)}
        xLabel={t('mean')}
        yLabel={t('variance')}
        x={xray.mean}
        y={xray.variance}
      />
    </>
  );
}

function unitWords(xray: NormXray): string {
  const { form, valuesPerUnit, groups } = xray;
  switch (form) {
    case 'batch':
      return t('Each channel has one mean and one variance over its {0} activations in the batch.', valuesPerUnit);
    case 'layer':
      return t(
        'Layer norm: each {0} activations of one picture share a mean and a variance; the batch does not matter.',
        valuesPerUnit
      );
    case 'rms':
      return t(
        'RMS norm: each {0} activations of one picture share a root mean square; no mean is subtracted.',
        valuesPerUnit
      );
    case 'group':
      return t(
        'Group norm: {0} groups of channels; each picture’s group of {1} activations has its own mean and variance.',
        groups,
        valuesPerUnit
      );
    case 'instance':
      return t(
        'Instance norm: each channel of each picture has its own mean and variance over {0} activations.',
        valuesPerUnit
      );
  }
}

function channelWords(xray: NormXray, channel: number): string {
  const parts = [t('channel {0}', channel)];
  if (xray.form === 'batch') {
    parts.push(
      t('batch mean {0}, variance {1}', formatValue(xray.mean[channel] ?? 0), formatValue(xray.variance[channel] ?? 0))
    );
  }
  if (xray.gamma !== null) parts.push(t('gamma {0}', formatValue(xray.gamma[channel] ?? 0)));
  if (xray.beta !== null) parts.push(t('beta {0}', formatValue(xray.beta[channel] ?? 0)));
  return parts.join(', ');
}

function conclusion(xray: NormXray): string {
  const off = xray.nearZero.length;
  const silent =
    off === 0
      ? ''
      : off === 1
        ? ` ${t('Channel {0} is switched off by its gamma.', xray.nearZero[0] ?? 0)}`
        : ` ${t('{0} channels are switched off by their gamma.', off)}`;
  const [before, , after] = xray.stages;
  if (xray.form !== 'batch' || xray.moving === null) {
    return (
      t(
        'The activations had a deviation of {0} before this layer and have {1} after it.',
        formatValue(before.std),
        formatValue(after.std)
      ) + silent
    );
  }
  if (xray.initialStatistics) {
    return (
      t(
        'Not trained yet: the batch’s means reach {0} while the moving ones are 0; only training mode normalises here.',
        formatValue(Math.max(...Array.from(xray.mean, Math.abs)))
      ) + silent
    );
  }
  return (
    t(
      'Batch and moving statistics agree in {0} of {1} channels.',
      xray.channels - xray.outliers.length,
      xray.channels
    ) + silent
  );
}
