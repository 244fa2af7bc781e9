/** The panel: header, dock, layer list and the views of the selected layer. */
import { useEffect, useRef } from 'preact/hooks';
import type { ViewName } from '../src/protocol/panel';
import { channel } from './channel';
import { Button } from './controls';
import { Compare } from './compare/compare';
import { Effects } from './effects/effects';
import { OwnKernel } from './effects/steps/ownKernel';
import { ExportMenu } from './export/exportMenu';
import { Dock } from './input/dock';
import { Graph } from './graph/graph';
import { Header } from './header';
import { hasKernel, Kernels } from './kernels/kernels';
import { t } from './l10n';
import { LayerList } from './layers/layerList';
import { LayerPicker } from './layers/layerPicker';
import { Maps } from './maps/maps';
import { Numbers } from './numbers/numbers';
import { Overview } from './overview/overview';
import { cancelOpening, leave, open, report, setView } from './session';
import { useSize } from './shared/hooks';
import { later } from './shared/later';
import { RunSize } from './shared/sizes';
import { ErrorBox, Waiting } from './shared/waiting';
import { selectCurrent, useApp } from './state';
import { Why } from './why/why';

const Train = later(() => import('./train/train').then((module) => module.Train));

export function App() {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const phase = useApp((state) => state.phase);
  const still = useApp((state) => state.settings.reduceMotion);
  const announcement = useApp((state) => state.announcement);
  const size = width < 560 ? 'narrow' : width > 1100 ? 'wide' : 'medium';
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.composedPath()[0];
      if (target instanceof HTMLInputElement) return;
      if (event.key === '/') document.getElementById('layer-filter')?.focus();
      else if (event.key === 'Escape') document.querySelector<HTMLElement>('.layer-picker, .rows')?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div ref={box} class={`app ${size} ${still ? 'still' : ''}`}>
      <Header />
      <Stale />
      <Visiting />
      {phase === 'failed' ? (
        <Failed />
      ) : phase === 'opening' ? (
        <Opening />
      ) : phase === 'kernel' ? (
        <KernelAlone />
      ) : (
        <Body size={size} />
      )}
      <div class="hidden-text" role="status" aria-live="polite">
        {announcement}
      </div>
    </div>
  );
}

function Opening() {
  const note = useApp((state) => state.openingNote);
  return (
    <main class="whole">
      <Waiting note={note} onCancel={cancelOpening} skeleton="lines" />
    </main>
  );
}

/** Without a model: a kernel made by hand over a picture that comes with the program. */
function KernelAlone() {
  return (
    <main class="whole kernel-alone">
      <div class="row">
        <ExportMenu />
      </div>
      <div id="view">
        <OwnKernel onClose={null} />
      </div>
    </main>
  );
}

function Failed() {
  const failure = useApp((state) => state.failure);
  const file = useApp((state) => state.subject?.kind === 'file');
  return (
    <main class="whole">
      {failure !== null && (
        <ErrorBox error={failure} onRetry={() => void open('retry')}>
          {failure.kind === 'input' && file && (
            <Button onClick={() => void channel.request('reopenWith', null).catch(report)}>{t('Reopen With…')}</Button>
          )}
        </ErrorBox>
      )}
    </main>
  );
}

function Stale() {
  const stale = useApp((state) => state.stale);
  if (stale === null) return null;
  return (
    <div class="banner" role="status">
      <span>{t('You see the last readable version: {0}', stale)}</span>
      <Button onClick={() => void open('retry')}>{t('Reload')}</Button>
    </div>
  );
}

/** Whose network is looked into, and the way back. */
function Visiting() {
  const visiting = useApp((state) => state.visiting);
  if (visiting === null) return null;
  return (
    <div class="banner" role="status">
      <span>{t('You look into a trained network of an experiment: {0}', visiting.title)}</span>
      <Button onClick={leave}>{t('Back to {0}', visiting.home.summary.name)}</Button>
    </div>
  );
}

const views: readonly ViewName[] = [
  'overview',
  'kernels',
  'maps',
  'effects',
  'why',
  'numbers',
  'graph',
  'compare',
  'train'
];
/** Views of the whole model: no layer's title above them. */
const ofModel: ReadonlySet<ViewName> = new Set(['overview', 'graph', 'compare', 'train']);

function Body({ size }: { readonly size: 'narrow' | 'medium' | 'wide' }) {
  const view = useApp((state) => state.view);
  const layer = useApp(selectCurrent);
  const titles: Record<ViewName, string> = {
    overview: t('Overview'),
    kernels: t('Kernels'),
    maps: t('Maps'),
    effects: t('Effects'),
    why: t('Why'),
    numbers: t('Numbers'),
    graph: t('Graph'),
    compare: t('Compare'),
    train: t('Train')
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = views[(views.indexOf(view) + step + views.length) % views.length];
    if (step === 0 || next === undefined) return;
    setView(next);
    document.getElementById(`tab-${next}`)?.focus();
    event.preventDefault();
  };
  const both = size === 'wide' && (view === 'kernels' || view === 'maps') && layer !== null;
  // A layer without a kernel has the whole width for its maps.
  const pair = both && hasKernel(layer);
  return (
    <>
      <Dock />
      <div class="body">
        {size === 'narrow' ? <LayerPicker /> : <LayerList />}
        <main class="detail" id="detail" tabIndex={-1}>
          <div class="tab-row">
            <div class="tabs" role="tablist" aria-label={t('Views')} onKeyDown={onKeyDown}>
              {views.map((name) => (
                <button
                  key={name}
                  id={`tab-${name}`}
                  type="button"
                  role="tab"
                  class="tab"
                  aria-selected={name === view}
                  aria-controls="view"
                  tabIndex={name === view ? 0 : -1}
                  onClick={() => setView(name)}
                >
                  {titles[name]}
                </button>
              ))}
            </div>
            <ExportMenu />
          </div>
          <div
            id="view"
            class={`panel ${pair ? 'pair' : ''}`}
            role="tabpanel"
            aria-labelledby={`tab-${view}`}
            tabIndex={0}
          >
            {layer !== null && !ofModel.has(view) && (
              <div class="layer-title">
                <h2>{layer.name}</h2>
                <span class="quiet">{layer.title}</span>
                <RunSize layer={layer} />
                {layer.source !== null && (
                  <Button
                    onClick={() =>
                      layer.source && void channel.request('revealSource', { range: layer.source }).catch(report)
                    }
                  >
                    {t('Reveal in code')}
                  </Button>
                )}
              </div>
            )}
            {view === 'overview' ? (
              <Overview />
            ) : view === 'graph' ? (
              <Graph />
            ) : view === 'compare' ? (
              <Compare />
            ) : view === 'train' ? (
              <Train />
            ) : layer === null ? (
              <p class="empty">{t('Select a layer.')}</p>
            ) : view === 'effects' ? (
              <Effects layer={layer} />
            ) : view === 'why' ? (
              <Why layer={layer} />
            ) : view === 'numbers' ? (
              <Numbers layer={layer} />
            ) : both ? (
              <>
                <Kernels layer={layer} />
                <Maps layer={layer} />
              </>
            ) : view === 'kernels' ? (
              <Kernels layer={layer} />
            ) : (
              <Maps layer={layer} />
            )}
          </div>
        </main>
      </div>
    </>
  );
}
