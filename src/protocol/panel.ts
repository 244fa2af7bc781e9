/**
 * What panel and extension host tell each other beside the child process's requests, which the host passes on
 * unchanged under the same names.
 */
import type { ExperimentRequests, ExperimentStatus } from './experiments';
import type { SaveFormat, TensorChoice } from './export';
import type { RunStatus, TrainingRequests } from './training';
import type { OpenedModel, WorkerRequests } from './requests';
import type { SourceRange } from '../core/model';

export type ViewName = 'overview' | 'kernels' | 'maps' | 'effects' | 'why' | 'numbers' | 'graph' | 'compare' | 'train';

/** Kinds of files that a view is saved as. */
export type SavedType = 'png' | 'svg' | 'csv' | 'html';

/** What a layer does to the values that pass through it, one view each. */
export type EffectName = 'steps' | 'pooling' | 'dropout' | 'normalization' | 'features';

/** Navigation and choices, kept over a reload of the window; never data. */
export interface PanelState {
  readonly view: ViewName;
  /** `null`: the one that fits the layer. */
  readonly effect: EffectName | null;
  readonly layer: string | null;
  readonly channel: number | null;
  readonly filter: string;
  readonly listMode: 'strip' | 'table';
  readonly folded: readonly string[];
  readonly colormap: 'viridis' | 'gray';
  readonly scale: 'shared' | 'each';
  readonly input: KeptInput | null;
  /** What stands beside the model in the comparison; which model it is the host remembers. */
  readonly beside: { readonly kind: 'model' } | { readonly kind: 'picture'; readonly source: KeptInput } | null;
}

/** An input that can be found again. */
export type KeptInput =
  { readonly kind: 'sample'; readonly id: string } | { readonly kind: 'file'; readonly path: string };

/** What the panel is looking at. */
export type PanelSubject =
  | { readonly kind: 'file'; readonly path: string; readonly title: string }
  | {
      readonly kind: 'source';
      /** Of the file or notebook. */
      readonly uri: string;
      /** `SourceDefinition.key`: `model`, `model@2`. */
      readonly modelName: string;
      readonly title: string;
    };

/** A panel without a model: a kernel made by hand, over a picture that comes with the program. */
export interface KernelSubject {
  readonly kind: 'kernel';
  readonly title: string;
}

export interface PanelSettings {
  readonly explanations: boolean;
  readonly reduceMotion: boolean;
  readonly followCursor: boolean;
  /** Texts by English key; empty for English. */
  readonly l10n: Readonly<Record<string, string>>;
  /** The display language as a BCP 47 tag, for numbers. */
  readonly language: string;
}

/** Requests the host answers itself. */
export interface HostRequests extends Record<string, { params: unknown; result: unknown }> {
  /** First call of a fresh webview: everything it needs to draw its first picture. */
  ready: {
    params: null;
    result: {
      readonly subject: PanelSubject | KernelSubject;
      readonly state: Partial<PanelState>;
      readonly settings: PanelSettings;
    };
  };
  /** Opens the subject in the child process (file or source definition). */
  open: { params: null; result: OpenedModel };
  /** After a crash or a bad file: starts again. */
  retry: { params: null; result: OpenedModel };
  saveState: { params: PanelState; result: null };
  revealSource: { params: { readonly range: SourceRange }; result: null };
  /** Lets the person choose an image or `.npy`; `null` when they cancel. */
  pickInput: { params: null; result: { readonly path: string } | null };
  /** Lets the person choose a folder of pictures. */
  pickFolder: { params: null; result: { readonly path: string } | null };
  /** Lets the person choose what to train on: a folder of pictures, or one file of arrays, pixels or archives. */
  pickTrainingData: { params: { readonly kind: 'folder' | 'file' }; result: { readonly path: string } | null };
  pickLabels: { params: null; result: { readonly path: string } | null };
  /** For a definition: lets the person choose a file of weights, or random ones again; the panel is opened anew then. */
  loadWeights: { params: null; result: null };
  /** Resolves dropped `text/uri-list` entries to files of the workspace. */
  resolveDrop: { params: { readonly uris: readonly string[] }; result: { readonly path: string } | null };
  /**
   * Lets the person choose a model to set beside this one, or opens the one chosen last `again` (the host remembers it over
   * a reload); `null` when they cancel or nothing is remembered. It replaces the one before.
   */
  openCompared: {
    params: { readonly again: boolean };
    result: { readonly opened: OpenedModel; readonly title: string } | null;
  };
  /** Lets the model beside this one go and forgets it. */
  closeCompared: { params: null; result: null };
  /** Asks where, and writes; the name is a suggestion without folders or extension. */
  saveFile: {
    params: { readonly name: string; readonly type: SavedType; readonly bytes: Uint8Array };
    result: { readonly saved: boolean };
  };
  /** A weight or a value of the last pass as `.npy`. */
  saveTensor: {
    params: { readonly model: string; readonly name: string; readonly tensor: TensorChoice };
    result: { readonly saved: boolean };
  };
  /**
   * Asks where, and writes the model as a file that opens elsewhere: with the weights of an epoch of a kept run, or (`run`
   * is `null`) as it is open here. Progress.
   */
  saveTrained: {
    params: {
      readonly model: string;
      readonly run: string | null;
      readonly epoch: number;
      readonly format: SaveFormat;
      /** A suggestion without folders or extension. */
      readonly name: string;
    };
    result: { readonly saved: boolean; readonly notices: readonly string[] };
  };
  /** The whole model in one HTML file that opens offline. Progress. */
  saveReport: { params: { readonly model: string; readonly name: string }; result: { readonly saved: boolean } };
  copyText: { params: { readonly text: string }; result: null };
  /** For "Not a model": opens VS Code's Reopen With… */
  reopenWith: { params: null; result: null };
  openSettings: { params: { readonly query: string }; result: null };
}

export type PanelRequests = HostRequests & WorkerRequests & TrainingRequests & ExperimentRequests;

/** Host to panel. */
export interface PanelEvents extends Record<string, unknown> {
  /** The subject changed on disk or in the editor and was opened again. */
  reopened: OpenedModel;
  /** The file changed but cannot be read now (half written): the old view stays. */
  stale: { readonly reason: string };
  /** The child process ended unexpectedly. */
  crashed: { readonly message: string };
  /** The cursor in the code stands in this layer. */
  selectLayer: { readonly layer: string };
  showView: { readonly view: ViewName; readonly layer: string | null };
  useInput: { readonly path: string };
  /**
   * A run of this panel's model that the webview did not ask for or change itself: resumed after a crash or a reload, paused
   * or stopped from the status bar. It then asks for `trainingRuns` again and attaches to a run that is going.
   */
  trainingChanged: { readonly run: string | null; readonly status: RunStatus };
  /** As `trainingChanged`, of an experiment: the webview asks for `experiments` again and attaches to one that runs. */
  experimentChanged: { readonly experiment: string | null; readonly status: ExperimentStatus };
  /** Experiments on the tab Train, with the twin that goes without this layer chosen. */
  showExperiment: { readonly layer: string };
  settings: PanelSettings;
  /** The theme changed: canvases draw again. */
  theme: null;
}
