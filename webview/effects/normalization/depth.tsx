/** Signal through depth: how strong the activations are layer by layer with fresh weights, at three scales, with and without batch norm. */
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { DepthLine, SignalDepth as Signal } from '../../../src/protocol/effects/normalization';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { formatExact, formatShort } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import { batchWords } from './batchChoice';
import { LineChart, type Series } from './lineChart';

/** Beyond these the six runs take so long, or the fresh weights so much memory, that the person decides. */
const manyMacs = 1e9;
const manyWeights = 3e7;

/** @param children the button of the following experiment, behind the one that draws other weights */
export function SignalDepth({ children }: { readonly children?: ComponentChildren }) {
  const totals = useApp((state) => state.opened?.summary.totals);
  const [asked, setAsked] = useState(false);
  const heavy = (totals?.macs ?? 0) > manyMacs || (totals?.params ?? 0) > manyWeights;
  if (!heavy || asked) return <Measured>{children}</Measured>;
  return (
    <>
      <p>
        {t(
          'Six runs with fresh weights: for {0} weights and {1} multiply-adds a run this takes a while.',
          formatShort(totals?.params ?? 0),
          formatShort(totals?.macs ?? 0)
        )}
      </p>
      <Button onClick={() => setAsked(true)}>{t('Measure the signal')}</Button>
      <Words />
    </>
  );
}

function Measured({ children }: { readonly children?: ComponentChildren }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const label = useApp((state) => state.inputs[0]?.prepared?.label ?? '');
  const [seed, setSeed] = useState(1);
  const signal = useRequest('signalDepth', { model, seed }, label);
  return (
    <>
      <Loaded of={signal} skeleton="block">
        {(value) => (
          <>
            <p class="quiet">{sourceWords(value)}</p>
            <LineChart
              label={t('Standard deviation of the activations by layer, {0} lines', value.lines.length)}
              xLabel={t('layers, first to last')}
              yLabel={t('standard deviation (logarithmic)')}
              steps={value.layers.map((layer) => layer.name)}
              series={value.lines.map(seriesOf)}
              log
              slanted
            />
            <SoWhat text={conclusion(value)}>
              <span class="row">
                <Button onClick={() => setSeed(seed + 1)}>{t('Draw other weights')}</Button>
                {children}
              </span>
            </SoWhat>
          </>
        )}
      </Loaded>
      <Words />
    </>
  );
}

function Words() {
  return (
    <Explanation
      see={t(
        'The standard deviation of every layer’s activations when all kernels are fresh and 0.1, 1 or 10 times as large, with normalisation in training mode and without it.'
      )}
      look={t(
        'Without normalisation the lines fan out: the signal fades or explodes with the initial weights; with it they run together.'
      )}
    />
  );
}

const scales = [0.1, 1, 10];

function seriesOf({ scale, normalized, deviations }: DepthLine): Series {
  return {
    name: normalized ? t('{0} × weights, with batch norm', scale) : t('{0} × weights, without', scale),
    values: deviations,
    colour: Math.max(0, scales.indexOf(scale)),
    dashed: !normalized
  };
}

function sourceWords({ trained, seed, twin, normalizations, batch }: Signal): string {
  const weights = trained
    ? t('Fresh weights of the model’s own initialisers (seed {0}): as it was before training.', seed)
    : t('Fresh weights of the model’s own initialisers, seed {0}.', seed);
  const how =
    twin === 'removed'
      ? t('Without: each of its {0} normalisation layers passes values on unchanged.', normalizations)
      : twin === 'inserted'
        ? t(
            'The model has no normalisation layer: for the lines with batch norm one is put behind each convolution and dense layer.'
          )
        : t('There is no convolution or dense layer to put a batch norm behind.');
  return `${weights} ${how} ${batchWords(batch)}.`;
}

/** How far apart the scales are at the last layer before the answer. */
function spreadOf(lines: readonly DepthLine[], normalized: boolean, at: number): number | null {
  const values = lines
    .filter((line) => line.normalized === normalized)
    .map((line) => line.deviations[at] ?? Number.NaN);
  if (values.length === 0) return null;
  if (values.some((value) => !(value > 0) || !Number.isFinite(value))) return Infinity;
  return Math.max(...values) / Math.min(...values);
}

function superscript(exponent: number): string {
  return Array.from(String(exponent), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('');
}

function conclusion({ layers, lines, twin }: Signal): string {
  const at = Math.max(0, layers.length - 2);
  const without = spreadOf(lines, false, at);
  const own = spreadOf(lines, true, at);
  const name = layers[at]?.name ?? '';
  const factor = (value: number) => {
    if (!Number.isFinite(value)) return '∞';
    const rounded = Number(value.toPrecision(2));
    return rounded < 1e6 ? formatExact(rounded) : `10${superscript(Math.round(Math.log10(value)))}`;
  };
  if (without === null) return '';
  if (own === null)
    return t('At {0} the signals of 0.1 × and 10 × weights lie a factor {1} apart.', name, factor(without));
  const main = t(
    'At {0}, the last layer before the answer, the signals of 0.1 × and 10 × weights lie a factor {1} apart without batch norm and {2} with it.',
    name,
    factor(without),
    factor(own)
  );
  const norm = layers.findLastIndex(({ kind }) => kind.endsWith('Norm'));
  const behind = spreadOf(lines, true, norm);
  if (twin !== 'removed' || norm < 0 || norm === at || behind === null) return main;
  return `${main} ${t('Right behind the last normalisation, {0}, it is {1}.', layers[norm]?.name ?? '', factor(behind))}`;
}
