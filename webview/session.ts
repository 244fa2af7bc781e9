/** What happens: opening, selecting, setting inputs, running. Components call these; only this file sets what came in. */
import { useLanguage } from '../src/core/numbers';
import type { RequestError } from '../src/protocol/channel';
import type { PanelState, ViewName } from '../src/protocol/panel';
import type { InputSource, Preprocessing } from '../src/protocol/inputs';
import type { OpenedModel } from '../src/protocol/requests';
import type { LayerThumbnail } from '../src/protocol/running';
import { toRequestError } from '../src/protocol/rpc';
import { channel, keepState, keptState } from './channel';
import { t, useTexts } from './l10n';
import { app, findLayer, panelState } from './state';
import type { Compared, InputStatus, Visit } from './state';

let running: AbortController | null = null;
let opening: AbortController | null = null;

/** An input as a person chose it. */
interface InputChoice {
  readonly source: InputSource;
  readonly preprocessing: Preprocessing | null;
}
/** Choices that no open model has taken yet, by input: they outlive an opening under way. */
const waitingChoices = new Map<number, InputChoice>();
/** The latest setting of each input of the open model; whatever began before it no longer counts. */
const settings = new Map<number, AbortController>();

/** Starts the panel: asks the host what it is about, then opens it. */
export async function start(): Promise<void> {
  listen();
  keepChoices();
  try {
    const first = await channel.request('ready', null);
    useTexts(first.settings.l10n);
    useLanguage(first.settings.language);
    app.set({ ...first.state, ...keptState(), subject: first.subject, settings: first.settings });
    if (first.subject.kind === 'kernel') app.set({ phase: 'kernel' });
    else await open('open');
  } catch (error) {
    app.set({ phase: 'failed', failure: toRequestError(error) });
  }
}

/** Opens the subject, or opens it again after a failure. */
export async function open(method: 'open' | 'retry'): Promise<void> {
  opening?.abort();
  opening = new AbortController();
  app.set({ phase: 'opening', failure: null, openingNote: null, stale: null });
  try {
    const opened = await channel.request(method, null, {
      signal: opening.signal,
      onProgress: (note) => app.set({ openingNote: note })
    });
    take(opened);
  } catch (error) {
    app.set({ phase: 'failed', failure: toRequestError(error) });
  }
}

export function cancelOpening(): void {
  opening?.abort();
}

/** Networks of experiments that are looked into, by model id. */
let visited: readonly string[] = [];

/** Looks into a trained network of an experiment as into any model, with another one beside it, until `leave`. */
export function visit(opened: OpenedModel, title: string, compared: Compared): void {
  const { visiting, opened: now } = app.get();
  const home = visiting?.home ?? now;
  if (home === null) return;
  take(opened, { title, home });
  visited = [opened.model, compared.opened.model];
  app.set({ compared });
}

/** Back to the panel's own model. */
export function leave(): void {
  const { visiting } = app.get();
  if (visiting === null) return;
  take(visiting.home);
  app.set({ view: 'train' });
}

function endVisit(): void {
  for (const model of visited) channel.request('closeExperimentNetwork', { model }).catch(() => undefined);
  visited = [];
}

function take(opened: OpenedModel, visiting: Visit | null = null): void {
  const before = app.get();
  endVisit();
  const keeps = findLayer(opened, before.layer) !== null;
  running?.abort();
  for (const setting of settings.values()) setting.abort();
  settings.clear();
  app.set({
    phase: 'open',
    opened,
    failure: null,
    stale: null,
    layer: keeps ? before.layer : firstLayer(opened),
    channel: keeps ? before.channel : null,
    inputs: opened.inputs.map(() => ({ samples: [], prepared: null, busy: true, error: null, given: 0 })),
    run: { status: 'idle' },
    thumbnails: new Map(),
    compared: null,
    visiting
  });
  announce(t('{0} is open: {1} layers', opened.summary.name, opened.summary.layers.length));
  void prepareInputs(opened);
}

function firstLayer(opened: OpenedModel): string | null {
  const rows = opened.summary.layers;
  return (rows.find((row) => row.kind === 'conv') ?? rows.find((row) => row.listed) ?? rows[0])?.id ?? null;
}

/** Each input gets what a person chose meanwhile, else what was kept, else the first sample that fits. */
async function prepareInputs(opened: OpenedModel): Promise<void> {
  const kept = app.get().input;
  await Promise.all(
    opened.inputs.map(async (_port, input) => {
      try {
        const samples = await channel.request('samples', { model: opened.model, input });
        if (app.get().opened !== opened) return;
        setStatus(input, { samples });
        // A person who was quicker than the list of samples has the last word.
        if (settings.has(input)) return;
        const fitting = samples.find((sample) => sample.fits);
        const source: InputSource =
          input === 0 && kept !== null && (kept.kind === 'file' || samples.some((sample) => sample.id === kept.id))
            ? kept
            : fitting !== undefined
              ? { kind: 'sample', id: fitting.id }
              : { kind: 'noise', seed: 1 };
        await placeInput(input, waitingChoices.get(input) ?? { source, preprocessing: null }, false);
      } catch (error) {
        if (app.get().opened === opened && !settings.has(input))
          setStatus(input, { busy: false, error: toRequestError(error) });
      }
    })
  );
  const { opened: now, run: status, inputs } = app.get();
  // An input that is still being set starts the pass when it stands.
  if (now === opened && status.status === 'idle' && !inputs.some(({ busy }) => busy)) await run();
}

function setStatus(input: number, patch: Partial<InputStatus>): void {
  app.set({
    inputs: app.get().inputs.map((status, index) => (index === input ? { ...status, ...patch } : status))
  });
}

/** Sets one input as a person chose it; where the model is still being opened, as soon as it is open. */
export async function setInput(input: number, source: InputSource, preprocessing: Preprocessing | null): Promise<void> {
  const choice: InputChoice = { source, preprocessing };
  waitingChoices.set(input, choice);
  if (app.get().phase === 'open') await placeInput(input, choice, true);
}

/** Of several settings of one input the latest counts, in whichever order their answers come. */
async function placeInput(input: number, choice: InputChoice, thenRun: boolean): Promise<void> {
  const opened = app.get().opened;
  if (opened === null) return;
  const { source, preprocessing } = choice;
  settings.get(input)?.abort();
  const setting = new AbortController();
  settings.set(input, setting);
  const counts = () => settings.get(input) === setting && app.get().opened === opened;
  setStatus(input, { busy: true, error: null });
  try {
    const prepared = await channel.request(
      'setInput',
      { model: opened.model, input, source, preprocessing },
      { signal: setting.signal }
    );
    if (!counts()) return;
    if (waitingChoices.get(input) === choice) waitingChoices.delete(input);
    const again = lastSources.get(input) === source;
    const given = (app.get().inputs[input]?.given ?? 0) + (again ? 0 : 1);
    setStatus(input, { prepared, busy: false, given });
    lastSources.set(input, source);
    if (input === 0 && (source.kind === 'sample' || source.kind === 'file')) app.set({ input: source });
    if (thenRun) await run();
  } catch (error) {
    if (!counts()) return;
    if (waitingChoices.get(input) === choice) waitingChoices.delete(input);
    setStatus(input, { busy: false, error: toRequestError(error) });
  }
}

/** What was dropped cannot be an input: the reason stands where the input does, the input stays. */
export function refuseInput(input: number, problem: string, remedy: string): void {
  const file = app.get().opened?.inputs[input]?.name ?? '';
  setStatus(input, { error: { kind: 'input', problem: { file, problem, remedy } } });
}

const lastSources = new Map<number, InputSource>();

/** The same picture under other preprocessing choices. */
export async function setPreprocessing(input: number, preprocessing: Preprocessing): Promise<void> {
  const source = lastSources.get(input);
  if (source !== undefined) await setInput(input, source, preprocessing);
}

/** One pass over the network; thumbnails appear while it goes. */
export async function run(): Promise<void> {
  const { opened, inputs } = app.get();
  if (opened === null || inputs.length === 0 || inputs.some((status) => status.prepared === null)) return;
  running?.abort();
  const controller = new AbortController();
  running = controller;
  app.set({ run: { status: 'running', note: null, since: Date.now() } });
  const arrived = new Map<string, LayerThumbnail>();
  let frame = 0;
  const flush = () => {
    frame = 0;
    if (running === controller) app.set({ thumbnails: new Map([...app.get().thumbnails, ...arrived]) });
  };
  try {
    const outcome = await channel.request(
      'run',
      { model: opened.model },
      {
        signal: controller.signal,
        onProgress: (note) => {
          if (running !== controller) return;
          const thumbnail = note.partial as LayerThumbnail | undefined;
          if (thumbnail !== undefined && thumbnail.occurrence === 0) {
            arrived.set(thumbnail.layer, thumbnail);
            if (frame === 0) frame = requestAnimationFrame(flush);
          }
          app.set({ run: { status: 'running', note, since: runningSince() } });
        }
      }
    );
    if (running !== controller) return;
    flush();
    app.set({ run: { status: 'done', outcome }, engine: outcome.engine });
    announce(t('The pass is done in {0} ms', Math.round(outcome.milliseconds)));
  } catch (error) {
    if (running === controller) app.set({ run: { status: 'failed', error: toRequestError(error) } });
  }
}

function runningSince(): number {
  const { run: status } = app.get();
  return status.status === 'running' ? status.since : Date.now();
}

export function cancelRun(): void {
  running?.abort();
}

export function selectLayer(layer: string, view?: ViewName): void {
  const state = app.get();
  const row = findLayer(state.opened, layer);
  if (row === null) return;
  app.set({ layer, hovered: null, channel: layer === state.layer ? state.channel : null, ...(view ? { view } : {}) });
  announce(`${row.name}: ${row.title}`);
  if (state.settings.followCursor && row.source !== null) {
    channel.request('revealSource', { range: row.source }).catch(() => undefined);
  }
}

export function setView(view: ViewName): void {
  app.set({ view });
}

/** Says something to a screen reader. */
export function announce(announcement: string): void {
  app.set({ announcement });
}

/** Shows a failure of a side request (saving, copying) without touching the views. */
export function report(error: unknown): void {
  const failure: RequestError = toRequestError(error);
  if (failure.kind !== 'cancelled') announce(failure.kind === 'input' ? failure.problem.problem : failure.message);
}

function listen(): void {
  channel.on('reopened', (opened) => take(opened));
  channel.on('stale', ({ reason }) => app.set({ stale: reason }));
  channel.on('crashed', ({ message }) => app.set({ phase: 'failed', failure: { kind: 'crashed', message } }));
  channel.on('selectLayer', ({ layer }) => {
    if (findLayer(app.get().opened, layer) !== null) app.set({ layer });
  });
  channel.on('showView', ({ view, layer }) =>
    app.set({ view, ...(layer !== null && findLayer(app.get().opened, layer) !== null ? { layer } : {}) })
  );
  channel.on('useInput', ({ path }) => void setInput(0, { kind: 'file', path }, null));
  channel.on('settings', (settings) => {
    useTexts(settings.l10n);
    useLanguage(settings.language);
    app.set({ settings });
  });
  channel.on('theme', () => app.set({ theme: app.get().theme + 1 }));
  // The class on <body> changes before the host's event on some versions of VS Code.
  new MutationObserver(() => app.set({ theme: app.get().theme + 1 })).observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-kind']
  });
}

/** Choices are written once they rest for a moment. */
function keepChoices(): void {
  let last: PanelState = panelState(app.get());
  let timer = 0;
  app.subscribe(() => {
    const now = panelState(app.get());
    if (app.get().phase !== 'open' || JSON.stringify(now) === JSON.stringify(last)) return;
    last = now;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      keepState(now);
      channel.request('saveState', now).catch(() => undefined);
    }, 250);
  });
}
