/** The verdict on the whole model, the findings behind it with their measures, and the heaviest layers. */
import { Button } from '../controls';
import { t } from '../l10n';
import { SignalDepth } from '../effects/normalization/depth';
import { selectLayer } from '../session';
import { formatBytes, formatExact, formatShare } from '../shared/format';
import { Explanation, ShareBar, SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { app, useApp } from '../state';
import { FileBytes } from './fileBytes';
import { WeightsFit } from './weightsFit';

const signs = { problem: '✖', remark: '▲', good: '✔' } as const;

export function Overview() {
  const opened = useApp((state) => state.opened);
  const overview = useRequest('overview', { model: opened?.model ?? '' });
  if (opened === null) return null;
  const { kind } = opened.summary.weightsOrigin;
  const random = kind === 'random' && opened.inputs.length > 0;
  const { totals, fileBytes, diagnostics, notices } = opened.summary;
  return (
    <div class="view">
      <WeightsFit />
      <Loaded of={overview} skeleton="lines">
        {({ verdict, findings, heaviest }) => (
          <>
            <p class="verdict">{verdict}</p>
            {random && (
              <>
                <h2>{t('Signal through depth')}</h2>
                <SignalDepth>
                  <Button onClick={() => app.set({ view: 'effects', effect: 'normalization' })}>
                    {t('Look at normalisation')}
                  </Button>
                  <Button onClick={() => app.set({ view: 'train' })}>{t('Train…')}</Button>
                </SignalDepth>
              </>
            )}
            <ul class="findings">
              {findings.map((finding, index) => (
                <li key={index} class={`finding finding-${finding.severity}`}>
                  <span aria-hidden="true">{signs[finding.severity]}</span>
                  <span>{finding.message}</span>
                  {finding.layer !== null && (
                    <Button
                      onClick={() => {
                        selectLayer(finding.layer ?? '', 'kernels');
                        app.set({ channel: finding.channels[0] ?? null });
                      }}
                    >
                      {finding.layer}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            <h2>{t('Heaviest layers')}</h2>
            <ul class="heaviest">
              {heaviest.map((one) => (
                <li key={one.layer}>
                  <button type="button" class="link" onClick={() => selectLayer(one.layer, 'kernels')}>
                    {one.layer}
                  </button>
                  <ShareBar share={one.share} of={one.layer} />
                  <span>
                    {formatExact(one.params)} · {formatShare(one.share)}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
      {fileBytes !== null && <FileBytes bytes={fileBytes} />}
      {[...diagnostics, ...notices].length > 0 && (
        <ul class="notices">
          {[...diagnostics, ...notices].map((one, index) => (
            <li key={index}>{one.message}</li>
          ))}
        </ul>
      )}
      <Explanation
        see={t('What the weights say about the network as a whole, each finding with the number and the measure used.')}
        look={t('NaN or infinite weights first; then filters that do nothing or repeat each other.')}
      />
      <SoWhat
        text={t(
          '{0} parameters, {1} of weights, {2} of activations for one input{3}.',
          formatExact(totals.params),
          formatBytes(totals.weightBytes),
          formatBytes(totals.bytes),
          fileBytes === null || fileBytes.optimizer === 0
            ? ''
            : t('; {0} of the file is optimizer state', formatBytes(fileBytes.optimizer))
        )}
      >
        <Button onClick={() => app.set({ view: 'kernels' })}>{t('Look at the kernels')}</Button>
      </SoWhat>
    </div>
  );
}
