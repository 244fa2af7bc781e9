/** Everything the panel knows: choices (kept over reloads) and what came from the host (never kept). */
import type { LayerRow } from '../src/core/summary';
import type { ProgressNote, RequestError } from '../src/protocol/channel';
import type { KernelSubject, PanelSettings, PanelState, PanelSubject } from '../src/protocol/panel';
import type { PreparedInput, SampleInfo } from '../src/protocol/inputs';
import type { OpenedModel } from '../src/protocol/requests';
import type { LayerThumbnail, RunOutcome } from '../src/protocol/running';
import { Store, useStore } from './store';

/** One input of the model: what was chosen for it. */
export interface InputStatus {
  readonly samples: readonly SampleInfo[];
  readonly prepared: PreparedInput | null;
  readonly busy: boolean;
  readonly error: RequestError | null;
  /** Counts what was given, so that answers about an earlier picture are not shown again. */
  readonly given: number;
}

export type RunStatus =
  | { readonly status: 'idle' }
  | { readonly status: 'running'; readonly note: ProgressNote | null; readonly since: number }
  | { readonly status: 'done'; readonly outcome: RunOutcome }
  | { readonly status: 'failed'; readonly error: RequestError };

/** A place on the input as shares of its height and width, kept while walking through the layers. */
export interface Place {
  readonly y: number;
  readonly x: number;
}

export interface AppState extends PanelState {
  /** `kernel`: a panel without a model, where a kernel is made by hand. */
  readonly phase: 'opening' | 'open' | 'failed' | 'kernel';
  readonly openingNote: ProgressNote | null;
  readonly failure: RequestError | null;
  readonly subject: PanelSubject | KernelSubject | null;
  readonly settings: PanelSettings;
  readonly opened: OpenedModel | null;
  readonly stale: string | null;
  readonly inputs: readonly InputStatus[];
  readonly run: RunStatus;
  /** By layer id, first occurrence; replaced as a whole when thumbnails arrive. */
  readonly thumbnails: ReadonlyMap<string, LayerThumbnail>;
  readonly engine: string | null;
  readonly place: Place | null;
  /** Where volumes are cut, for every row and view, as a share of their depth. */
  readonly depth: number;
  /** The channel under the pointer or cursor of a sheet; shown in place of the pinned one while it is. */
  readonly hovered: number | null;
  /** Grows when the theme changes: canvases draw again. */
  readonly theme: number;
  /** Grows when the class names change: what was answered with the old ones is asked again. */
  readonly labelChanges: number;
  readonly announcement: string;
  /** What stands beside this model in the comparison. */
  readonly compared: Compared | null;
  /** The layer whose numbers are being guessed: sizes are covered everywhere meanwhile. */
  readonly guessing: string | null;
  /** A trained network of an experiment that the panel looks into for a while, and the model it belongs to. */
  readonly visiting: Visit | null;
}

export interface Visit {
  readonly title: string;
  readonly home: OpenedModel;
}

export interface Compared {
  readonly kind: 'model' | 'picture';
  readonly title: string;
  readonly opened: OpenedModel;
  /** What the second network sees, where it is the same network on another picture. */
  readonly prepared: PreparedInput | null;
}

export const initialState: AppState = {
  phase: 'opening',
  openingNote: null,
  failure: null,
  subject: null,
  settings: { explanations: true, reduceMotion: false, followCursor: true, l10n: {}, language: 'en' },
  opened: null,
  stale: null,
  labelChanges: 0,
  inputs: [],
  run: { status: 'idle' },
  thumbnails: new Map(),
  engine: null,
  place: null,
  depth: 0.5,
  hovered: null,
  theme: 0,
  announcement: '',
  compared: null,
  visiting: null,
  guessing: null,
  view: 'overview',
  effect: null,
  layer: null,
  channel: null,
  filter: '',
  listMode: 'strip',
  folded: [],
  colormap: 'viridis',
  scale: 'shared',
  input: null,
  beside: null
};

export const app = new Store<AppState>(initialState);

export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(app, select);
}

/** The part that survives a reload of the window. */
export function panelState(state: AppState): PanelState {
  const { view, effect, layer, channel, filter, listMode, folded, colormap, scale, input, beside } = state;
  return { view, effect, layer, channel, filter, listMode, folded, colormap, scale, input, beside };
}

/** Every layer by id, nested ones included. */
export function layersById(rows: readonly LayerRow[], into = new Map<string, LayerRow>()): Map<string, LayerRow> {
  for (const row of rows) {
    into.set(row.id, row);
    if (row.layers !== null) layersById(row.layers, into);
  }
  return into;
}
const indexes = new WeakMap<OpenedModel, Map<string, LayerRow>>();

/** The selected layer, `null` while there is none. */
export function findLayer(opened: OpenedModel | null, id: string | null): LayerRow | null {
  if (opened === null || id === null) return null;
  let index = indexes.get(opened);
  if (index === undefined) indexes.set(opened, (index = layersById(opened.summary.layers)));
  return index.get(id) ?? null;
}

const noLayers: readonly LayerRow[] = [];
export const selectLayers = (state: AppState) => state.opened?.summary.layers ?? noLayers;
/** What the panel is about, also while it looks into another network. */
export const selectHome = (state: AppState) => state.visiting?.home ?? state.opened;
/** Whose name stands beside that of a second network. */
export const selectTitle = (state: AppState) => state.visiting?.title ?? state.subject?.title ?? '';
export const selectCurrent = (state: AppState) => findLayer(state.opened, state.layer);
