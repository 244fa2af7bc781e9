/** Navigation kept over a reload. What comes back from storage is checked field by field: it may be of an older version. */
import type { PanelState, PanelSubject } from '../../protocol/panel';

const views: readonly PanelState['view'][] = [
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
const effects: readonly NonNullable<PanelState['effect']>[] = [
  'steps',
  'pooling',
  'dropout',
  'normalization',
  'features'
];

/** Keeps the fields that are well formed. */
export function readPanelState(value: unknown): Partial<PanelState> {
  if (!isRecord(value)) return {};
  const state: { -readonly [K in keyof PanelState]?: PanelState[K] } = {};
  const view = views.find((name) => name === value['view']);
  if (view !== undefined) state.view = view;
  const effect = value['effect'] === null ? null : effects.find((name) => name === value['effect']);
  if (effect !== undefined) state.effect = effect;
  const { layer, channel, filter, listMode, folded, colormap, scale } = value;
  if (typeof layer === 'string' || layer === null) state.layer = layer;
  if ((typeof channel === 'number' && Number.isInteger(channel) && channel >= 0) || channel === null)
    state.channel = channel;
  if (typeof filter === 'string') state.filter = filter;
  if (listMode === 'strip' || listMode === 'table') state.listMode = listMode;
  if (Array.isArray(folded)) state.folded = folded.filter((name) => typeof name === 'string');
  if (colormap === 'viridis' || colormap === 'gray') state.colormap = colormap;
  if (scale === 'shared' || scale === 'each') state.scale = scale;
  const input = readInput(value['input']);
  if (input !== undefined) state.input = input;
  const beside = readBeside(value['beside']);
  if (beside !== undefined) state.beside = beside;
  return state;
}

function readInput(value: unknown): PanelState['input'] | undefined {
  if (value === null) return null;
  if (!isRecord(value)) return undefined;
  const { kind, id, path } = value;
  if (kind === 'sample' && typeof id === 'string') return { kind, id };
  if (kind === 'file' && typeof path === 'string') return { kind, path };
  return undefined;
}

function readBeside(value: unknown): PanelState['beside'] | undefined {
  if (value === null) return null;
  if (!isRecord(value)) return undefined;
  if (value['kind'] === 'model') return { kind: 'model' };
  const source = value['kind'] === 'picture' ? readInput(value['source']) : null;
  return source === null || source === undefined ? undefined : { kind: 'picture', source };
}

/** `null` where the stored value names no subject. */
export function readSubject(value: unknown): PanelSubject | null {
  if (!isRecord(value) || typeof value['title'] !== 'string') return null;
  const { kind, path, uri, modelName, title } = value;
  if (kind === 'file' && typeof path === 'string' && path !== '') return { kind, path, title };
  if (kind === 'source' && typeof uri === 'string' && typeof modelName === 'string')
    return { kind, uri, modelName, title };
  return null;
}

/** One key for each thing a panel can look at. */
export function subjectKey(subject: PanelSubject): string {
  return subject.kind === 'file' ? `file:${subject.path}` : `source:${subject.uri}#${subject.modelName}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
