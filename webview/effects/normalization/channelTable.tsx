/** Gamma, beta, means and variances of every channel: as bars and as a table. */
import { useRef } from 'preact/hooks';
import type { NormXray } from '../../../src/protocol/effects/normalization';
import { t } from '../../l10n';
import { bars, DrawnCanvas, themeColour } from '../../shared/canvas';
import { formatExact, formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';

interface Row {
  readonly name: string;
  readonly values: Float32Array;
}

function rowsOf(xray: NormXray): Row[] {
  const rows: Row[] = [];
  if (xray.gamma !== null) rows.push({ name: 'gamma', values: xray.gamma });
  if (xray.beta !== null) rows.push({ name: 'beta', values: xray.beta });
  if (xray.form === 'batch') {
    rows.push({ name: t('batch mean'), values: xray.mean }, { name: t('batch variance'), values: xray.variance });
  }
  if (xray.moving !== null) {
    rows.push(
      { name: t('moving mean'), values: xray.moving.mean },
      { name: t('moving variance'), values: xray.moving.variance }
    );
  }
  return rows;
}

export function ParameterBars(props: {
  readonly xray: NormXray;
  readonly selected: number;
  readonly onSelect: (channel: number) => void;
}) {
  const { xray, selected, onSelect } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  return (
    <>
      <h2>{t('Gamma, beta, mean and variance by channel')}</h2>
      <p class="quiet">{t('A click chooses a channel.')}</p>
      {xray.nearZero.length > 0 && (
        <p>
          <i class="swatch mark-dead" /> {t('gamma near 0 (|gamma| < {0}):', xray.nearZeroLimit)}{' '}
          {xray.nearZero.slice(0, 12).map((channel) => (
            <button key={channel} type="button" class="link norm-outlier" onClick={() => onSelect(channel)}>
              {t('channel {0}', channel)}
            </button>
          ))}
          {xray.nearZero.length > 12 && t('and {0} more', xray.nearZero.length - 12)}
        </p>
      )}
      <div
        ref={box}
        class="norm-bars"
        onClick={(event) => {
          if (!(event.target instanceof HTMLCanvasElement)) return;
          const area = event.target.getBoundingClientRect();
          const at = Math.floor(((event.clientX - area.left) / area.width) * xray.channels);
          onSelect(Math.max(0, Math.min(xray.channels - 1, at)));
        }}
      >
        {rowsOf(xray).map(({ name, values }) => {
          const min = Math.min(0, ...values);
          const max = Math.max(0, ...values);
          return (
            <div key={name} class="norm-bar-row">
              <span>
                {name}{' '}
                <span class="quiet">
                  {formatValue(min)} … {formatValue(max)}
                </span>
              </span>
              <DrawnCanvas
                width={Math.max(40, width - 2)}
                height={42}
                label={t(
                  '{0} of {1} channels, from {2} to {3}',
                  name,
                  values.length,
                  formatValue(min),
                  formatValue(max)
                )}
                draw={(context, w, h) => {
                  context.fillStyle = themeColour('--vscode-editorWidget-background');
                  context.fillRect(0, 0, w, h);
                  const step = w / Math.max(1, values.length);
                  context.fillStyle = themeColour('--vscode-list-inactiveSelectionBackground', 'gray');
                  context.fillRect(selected * step, 0, Math.max(2, step), h);
                  bars(values, min, max)(context, w, h);
                  context.fillStyle = themeColour('--vscode-charts-red', 'red');
                  if (values === xray.gamma)
                    for (const channel of xray.nearZero)
                      context.fillRect(channel * step, h - 5, Math.max(2, step - 1), 5);
                }}
              />
            </div>
          );
        })}
      </div>
    </>
  );
}

export function ChannelTable(props: {
  readonly xray: NormXray;
  readonly selected: number;
  readonly onSelect: (channel: number) => void;
}) {
  const { xray, selected, onSelect } = props;
  const rows = rowsOf(xray);
  const nearZero = new Set(xray.nearZero);
  const outliers = new Set(xray.outliers.map((one) => one.channel));
  if (rows.length === 0) return null;
  return (
    <details>
      <summary>{t('Table of {0} channels', xray.channels)}</summary>
      <div class="numbers-scroll">
        <table class="number-grid">
          <thead>
            <tr>
              <th scope="col">{t('channel')}</th>
              {rows.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col">{t('remarks')}</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: Math.min(xray.channels, 2048) }, (_, channel) => (
              <tr key={channel} class={channel === selected ? 'chosen-row' : ''}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => onSelect(channel)}>
                    {channel}
                  </button>
                </th>
                {rows.map(({ name, values }) => (
                  <td key={name} title={formatExact(values[channel] ?? null)}>
                    {formatValue(values[channel] ?? Number.NaN)}
                  </td>
                ))}
                <td>
                  {nearZero.has(channel) ? t('switched off') : ''} {outliers.has(channel) ? t('outlier') : ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
