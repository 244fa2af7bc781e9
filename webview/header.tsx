/** What stands above everything: the model, its sizes, the engine, and always what the weights are. */
import type { WeightsOrigin } from '../src/core/model';
import type { LayerRow, PortRow } from '../src/core/summary';
import { t } from './l10n';
import { formatExact, formatShort } from './shared/format';
import { Sizes } from './shared/sizes';
import { useApp } from './state';

export function weightsWords(origin: WeightsOrigin): string {
  switch (origin.kind) {
    case 'none':
      return t('no weights');
    case 'random':
      return t('random, seed {0}', origin.seed);
    case 'trained':
      return t('trained here, epoch {0}', origin.epoch);
    case 'file':
      return `${t('from {0}', origin.file.split(/[\\/]/).at(-1) ?? origin.file)}${origin.olderThanCode ? ` · ${t('older than the code')}` : ''}`;
  }
}

export function Header() {
  const opened = useApp((state) => state.opened);
  const engine = useApp((state) => state.engine);
  const subject = useApp((state) => state.subject);
  if (opened === null)
    return (
      <header class="header">
        <h1>{subject?.title ?? 'ConvLens'}</h1>
      </header>
    );
  const { name, inputs, outputs, layers, totals, weightsOrigin } = opened.summary;
  return (
    <header class="header">
      <h1 title={name}>{name}</h1>
      <span class="fact">
        {inputs.length === 0 ? (
          t('weights without an architecture')
        ) : (
          <>
            <Ports ports={inputs} rows={layers} /> → <Ports ports={outputs} rows={layers} />
          </>
        )}
      </span>
      <span class="fact" title={formatExact(totals.params)}>
        <b>{formatShort(totals.params)}</b> {t('params')}
      </span>
      <span class="fact" title={formatExact(totals.macs)}>
        <b>{formatShort(totals.macs)}</b> {t('MACs')}
      </span>
      <span class="chips">
        {engine !== null && (
          <span class="chip" title={t('Engine')}>
            {engine}
          </span>
        )}
        <span class={`chip ${weightsOrigin.kind === 'random' ? 'chip-random' : ''}`} title={t('Weights')}>
          {weightsWords(weightsOrigin)}
        </span>
      </span>
    </header>
  );
}

/** The sizes of inputs or outputs, each looked up at the layer of its name. */
function Ports({ ports, rows }: { readonly ports: readonly PortRow[]; readonly rows: readonly LayerRow[] }) {
  return (
    <>
      {ports.map((port, at) => (
        <span key={port.name}>
          {at > 0 ? ', ' : ''}
          <Sizes layer={rows.findLast((row) => row.name === port.name)?.id ?? ''} shape={port.shape} />
        </span>
      ))}
    </>
  );
}
