/** The layers of two networks in one table: pairs, how far kernels and maps lie apart, and what has no counterpart. */
import type { ModelComparison, TensorDifference } from '../../src/protocol/compare';
import type { SampleInfo } from '../../src/protocol/inputs';
import { Button } from '../controls';
import { t } from '../l10n';
import { selectLayer, setInput } from '../session';
import { formatShare } from '../shared/format';
import { Breaking, SoWhat } from '../shared/parts';
import { useRequest, type Loadable } from '../shared/useRequest';
import { Progress } from '../shared/waiting';
import { app, findLayer, useApp, type Compared } from '../state';

interface Props {
  readonly comparison: ModelComparison;
  readonly compared: Compared;
  /** The pass whose maps are compared; negative before the first. */
  readonly run: number;
}

type Apart = Loadable<readonly (number | null)[]> | null;

export function PairTable(props: Props) {
  return props.run < 0 ? <Table {...props} maps={null} /> : <WithMaps {...props} />;
}

function WithMaps(props: Props) {
  const model = useApp((state) => state.opened?.model ?? '');
  const pairs = props.comparison.pairs.map(({ a, b }) => ({ a, b }));
  const maps = useRequest('compareAllMaps', { model, other: props.compared.opened.model, pairs }, props.run);
  return (
    <>
      <Table {...props} maps={maps} />
      {maps.status === 'loading' && <Progress note={maps.note} onCancel={maps.cancel} />}
      {maps.status === 'done' && <FirstParting {...props} apart={maps.value} />}
    </>
  );
}

const partsAt = 0.1;
const none: readonly SampleInfo[] = [];

/** Where the two begin to see differently. */
function FirstParting({ comparison, apart }: Props & { readonly apart: readonly (number | null)[] }) {
  const samples = useApp((state) => state.inputs[0]?.samples ?? none).filter(({ fits }) => fits);
  const nextSample = () => {
    const { input } = app.get();
    const now = samples.findIndex(({ id }) => input?.kind === 'sample' && input.id === id);
    const next = samples[(now + 1) % samples.length];
    if (next !== undefined) void setInput(0, { kind: 'sample', id: next.id }, null);
  };
  const at = apart.findIndex((share) => share !== null && share >= partsAt);
  const most = apart.reduce<number>((best, share, i) => ((share ?? -1) > (apart[best] ?? -1) ? i : best), 0);
  const first = comparison.pairs[at]?.a;
  const furthest = comparison.pairs[most]?.a;
  const [pair] = comparison.pairs;
  if (apart.every((share) => share === null))
    return (
      <SoWhat text={t('No maps of the two have the same size: none are compared.')}>
        {pair !== undefined && <Button onClick={() => selectLayer(pair.a)}>{t('Show {0}', pair.a)}</Button>}
      </SoWhat>
    );
  if (first === undefined || furthest === undefined)
    return (
      <SoWhat text={t('On this input the maps of no layer lie more than {0} apart.', formatShare(partsAt))}>
        {samples.length > 1 && <Button onClick={nextSample}>{t('Try the next sample picture')}</Button>}
      </SoWhat>
    );
  return (
    <SoWhat
      text={t(
        'On this input the maps part at {0} ({1} apart) and lie furthest apart at {2} ({3}).',
        first,
        formatShare(apart[at] ?? 0),
        furthest,
        formatShare(apart[most] ?? 0)
      )}
    >
      <Button onClick={() => selectLayer(first)}>{t('Show {0}', first)}</Button>
    </SoWhat>
  );
}

function Table({ comparison, compared, maps }: Props & { readonly maps: Apart }) {
  const opened = useApp((state) => state.opened);
  const selected = useApp((state) => state.layer);
  return (
    <>
      <div class="pair-scroll" tabIndex={0} role="group" aria-label={t('Layers side by side')}>
        <table class="facts pairs">
          <thead>
            <tr>
              <th scope="col">A</th>
              <th scope="col">B</th>
              {compared.kind === 'model' && <th scope="col">{t('Kernels apart')}</th>}
              <th scope="col">{t('Maps apart')}</th>
            </tr>
          </thead>
          <tbody>
            {comparison.pairs.map((pair, i) => (
              <tr key={pair.a} class={pair.a === selected ? 'selected' : ''}>
                <td>
                  <button
                    type="button"
                    class="link"
                    aria-current={pair.a === selected ? 'true' : undefined}
                    onClick={() => selectLayer(pair.a)}
                  >
                    <Breaking name={findLayer(opened, pair.a)?.name ?? pair.a} />
                  </button>
                </td>
                <td>
                  <Breaking name={findLayer(compared.opened, pair.b)?.name ?? pair.b} />
                  {pair.how === 'shape' && <span class="quiet"> {t('(by shape)')}</span>}
                </td>
                {compared.kind === 'model' && (
                  <td {...exact(pair.kernels?.comparable === true ? pair.kernels.relative : null)}>
                    <KernelsApart kernels={pair.kernels} />
                  </td>
                )}
                <td {...exact(maps?.status === 'done' ? (maps.value[i] ?? null) : null)}>
                  {maps?.status === 'done' ? (
                    <Share share={maps.value[i] ?? null} />
                  ) : maps?.status === 'failed' ? (
                    '?'
                  ) : (
                    '…'
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Alone title={t('Only in A')} names={comparison.onlyA} />
      <Alone title={t('Only in B')} names={comparison.onlyB} />
    </>
  );
}

/** For a saved table: the number itself in place of the bar's text. */
const exact = (value: number | null) => (value === null ? {} : { 'data-value': String(value) });

function KernelsApart({ kernels }: { readonly kernels: TensorDifference | null }) {
  if (kernels === null) return <span class="quiet">{t('no kernel')}</span>;
  if (!kernels.comparable) return <span class="quiet">{kernels.reason}</span>;
  return <Share share={kernels.relative} />;
}

/** The relative distance as a bar that is full at 100 %. */
function Share({ share }: { readonly share: number | null }) {
  if (share === 0) return <span>{t('equal')}</span>;
  if (share === null) return <span class="quiet">?</span>;
  return (
    <span class="apart" title={t('|B − A| / |A| over all values')}>
      <span class="bar">
        <span style={{ width: `${String(Math.min(1, share) * 100)}%` }} />
      </span>
      {formatShare(share)}
    </span>
  );
}

function Alone({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p class="quiet">
      {title}: {names.slice(0, 40).join(', ')}
      {names.length > 40 ? ` ${t('and {0} more', names.length - 40)}` : ''}
    </p>
  );
}
