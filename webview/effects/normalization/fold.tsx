/** A batch norm folded into the layer before it: the kernels change, the output does not; or why it cannot be done. */
import { useState } from 'preact/hooks';
import type { NoFold, NormFold } from '../../../src/protocol/effects/normalization';
import type { LayerRow } from '../../../src/core/summary';
import { Button, Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatSizes, formatValue } from '../../shared/format';
import { Explanation, SoWhat } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { BusyLine } from '../../shared/busyLine';
import { useSteady } from '../../shared/steady';
import { batchWords } from './batchChoice';
import type { Section } from './normalization';

interface Props {
  readonly layer: LayerRow;
  readonly set: string | null;
  readonly size: number;
  readonly go: (section: Section) => void;
}

export function Fold({ layer, set, size, go }: Props) {
  const model = useApp((state) => state.opened?.model ?? '');
  const pinned = useApp((state) => state.channel);
  const [channel, setChannel] = useState<number | null>(pinned);
  const asked = useRequest('normalizationFold', { model, set, size, layer: layer.id, channel });
  const { shown: answer, busy } = useSteady(asked, JSON.stringify([model, set, size, layer.id]));
  return (
    <>
      <BusyLine busy={busy} />
      <Loaded of={answer} skeleton="block">
        {(value) =>
          value.kind === 'no' ? (
            <>
              <p class="empty">{whyNot(value)}</p>
              <SoWhat text={t('{0} has to stay: it cannot be folded away without changing the answers.', layer.name)}>
                <Button onClick={() => go('xray')}>{t('See what it does instead')}</Button>
              </SoWhat>
            </>
          ) : (
            <Folded
              layer={layer}
              fold={value}
              go={go}
              onChannel={(next) => {
                setChannel(next);
                app.set({ channel: next });
              }}
            />
          )
        }
      </Loaded>
      <Explanation
        see={t(
          'The kernel of the layer before, as it is and with gamma / √(variance + ε) multiplied in; the mean and beta go into the bias.'
        )}
        look={t(
          'The output stays the same up to rounding: at inference a batch norm behind a linear layer costs nothing and can be left out.'
        )}
      />
    </>
  );
}

type Yes = Extract<NormFold, { kind: 'yes' }>;

function Folded(props: {
  readonly layer: LayerRow;
  readonly fold: Yes;
  readonly go: (section: Section) => void;
  readonly onChannel: (channel: number) => void;
}) {
  const { fold, layer } = props;
  const { channel } = fold;
  const [height, width] = fold.planeSize;
  return (
    <>
      <p>
        {t('{0} folds into {1}, kernel {2}.', layer.name, fold.into, formatSizes(fold.kernelShape))}{' '}
        {fold.hadBias ? '' : t('{0} had no bias; it gets one.', fold.into)}
      </p>
      <Dropdown
        label={t('Output channel')}
        value={String(channel)}
        choices={Array.from(fold.scale, (scale, c) => ({
          value: String(c),
          label: t('channel {0}: kernel × {1}', c, formatValue(scale))
        }))}
        onChange={(value) => props.onChannel(Number(value))}
      />
      <table class="facts">
        <tbody>
          <tr>
            <th scope="row">γ / √(σ² + ε)</th>
            <td>{formatValue(fold.scale[channel] ?? 1, 4)}</td>
          </tr>
          <tr>
            <th scope="row">{t('bias')}</th>
            <td>
              {formatValue(fold.biasBefore[channel] ?? 0, 4)} → {formatValue(fold.biasAfter[channel] ?? 0, 4)}
            </td>
          </tr>
        </tbody>
      </table>
      {width * height === 1 ? (
        <SingleWeights planes={fold.planes} />
      ) : (
        fold.planes.map((plane) => (
          <div key={plane.input} class="norm-planes">
            <Plane
              title={t('input channel {0}, before', plane.input)}
              values={plane.before}
              width={width}
              height={height}
            />
            <span aria-hidden="true">→</span>
            <Plane title={t('after')} values={plane.after} width={width} height={height} />
          </div>
        ))
      )}
      <p class="quiet">{t('The strongest input channels of this output channel. {0}.', batchWords(fold.batch))}</p>
      <SoWhat
        text={t(
          'The kernels change by up to {0}; the output of {1} by at most {2} (its largest value is {3}), the answer by at most {4}.',
          formatValue(fold.largestKernelChange),
          layer.name,
          formatValue(fold.layerDifference),
          formatValue(fold.largestLayerValue),
          formatValue(fold.outputDifference)
        )}
      >
        <Button onClick={() => props.go('modes')}>{t('Compare with training mode')}</Button>
      </SoWhat>
    </>
  );
}

/** Of a 1 × 1 kernel or a dense layer each input channel has one number: one table holds them. */
function SingleWeights({ planes }: { readonly planes: Yes['planes'] }) {
  return (
    <table class="number-grid">
      <thead>
        <tr>
          <th scope="col">{t('input channel')}</th>
          <th scope="col">{t('before')}</th>
          <th scope="col">{t('after')}</th>
        </tr>
      </thead>
      <tbody>
        {planes.map(({ input, before, after }) => (
          <tr key={input}>
            <th scope="row">{input}</th>
            <td>{formatValue(before[0] ?? 0)}</td>
            <td>{formatValue(after[0] ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Plane(props: {
  readonly title: string;
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}) {
  const { values, width, height } = props;
  return (
    <div class="norm-half">
      <span>{props.title}</span>
      <div class="numbers-scroll">
        <table class="number-grid">
          <tbody>
            {Array.from({ length: Math.min(height, 32) }, (_, y) => (
              <tr key={y}>
                {Array.from({ length: Math.min(width, 32) }, (_, x) => (
                  <td key={x}>{formatValue(values[y * width + x] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function whyNot(no: NoFold): string {
  switch (no.why) {
    case 'form':
      return t(
        'It cannot be folded: its mean and variance are computed anew from every input, so no fixed kernel can hold them.'
      );
    case 'noStatistics':
      return t('It cannot be folded: it keeps no moving statistics, so its mean and variance depend on the batch.');
    case 'activation':
      return t(
        'It cannot be folded into {0}: the activation {1} stands between them, and a factor behind it is not the same as a factor before it.',
        no.layer,
        no.activation
      );
    case 'notLinear':
      return t('It cannot be folded: {0} before it is no convolution or dense layer with a kernel.', no.layer);
    case 'branch':
      return t('It cannot be folded into {0}: its output is also read by {1}.', no.layer, no.readers.join(', '));
    case 'calledTwice':
      return t('It cannot be folded: {0} is used more than once, each time with other values.', no.layer);
    case 'axis':
      return t('It cannot be folded into {0}: it normalises along another axis than the output channels.', no.layer);
    case 'noWeights':
      return t('It cannot be folded into {0}: the weights are not known.', no.layer);
  }
}
