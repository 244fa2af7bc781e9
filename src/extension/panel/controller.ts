/**
 * One panel: the same class serves the panel beside the code and the custom editors. It fills the webview, answers what
 * only the host can answer, passes everything else on to the child process, and tells the webview what changed.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Message, ProgressNote, RequestError } from '../../protocol/channel';
import type { HostRequests, PanelEvents, ViewName } from '../../protocol/panel';
import type { OpenedModel } from '../../protocol/requests';
import type { CallOptions, HandlerContext } from '../../protocol/rpc';
import { Channel, RequestFailure, toRequestError } from '../../protocol/rpc';
import type { CodePosition } from '../layerAt';
import type { Services } from '../services';
import { panelSettings } from '../settings';
import type { WorkerClient } from '../workerClient';
import type { Lease } from '../workers';
import { Compared } from './compared';
import { compactViews } from './compact';
import { hostHandlers } from './hostHandlers';
import { panelPage } from './html';
import { passedOn } from './passedOn';
import { subjectKey } from './panelState';
import type { DownloadFacts } from '../../protocol/training';
import { toTraining } from '../runs/passedOn';
import { confirmDownload } from '../runs/confirmDownload';
import type { ExperimentStart } from '../runs/experimentRuns';
import type { RunPlan } from '../runs/session';
import { savingHandlers } from './saving';
import type { StateStore } from './stateStore';
import type { SubjectAccess } from './subject';

/** Events a webview understands in any state; a page that is not there yet loses nothing by missing them. */
const atOnce: ReadonlySet<string> = new Set(['reopened', 'crashed', 'settings', 'theme']);

type PanelChannel = Channel<Record<never, never>, HostRequests, PanelEvents, Record<never, never>>;

interface Opened {
  readonly model: OpenedModel;
  /** The process generation the model's id belongs to. */
  readonly generation: number;
  readonly release: () => void;
}

/** One opening under way, with all who watch its progress. */
interface Opening {
  readonly stop: AbortController;
  readonly watchers: Set<(note: ProgressNote) => void>;
  readonly result: Promise<OpenedModel>;
}

export class PanelController implements vscode.Disposable {
  readonly key: string;
  private readonly channel: PanelChannel;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly compared: Compared;
  private readonly training: ReturnType<Services['training']['attach']>;
  private readonly lease: Lease;
  private readonly openedEmitter = new vscode.EventEmitter<OpenedModel>();
  /** Fires each time the subject was opened, the first time included. */
  readonly onDidOpen = this.openedEmitter.event;
  private opened: Opened | null = null;
  private opening: Opening | null = null;
  /** Whether the webview shows the open model, so that events about its layers mean something to it. */
  private isShown = false;
  /** Events for a webview that is not that far; of each kind the latest counts. */
  private readonly waitingEvents = new Map<string, () => void>();

  constructor(
    private readonly services: Services,
    readonly panel: vscode.WebviewPanel,
    private readonly access: SubjectAccess,
    private readonly states: StateStore
  ) {
    this.key = subjectKey(access.subject);
    this.lease = services.workers.attach(this.key);
    this.training = services.training.attach(access.subject);
    this.compared = new Compared(services, states, this.key, this.worker);
    panel.webview.options = { enableScripts: true, localResourceRoots: resourceRoots(services.context.extensionUri) };
    this.channel = this.connect();
    this.listen();
    panel.webview.html = this.page();
    // While the webview is loading the child process can start and read.
    this.begin();
  }

  get uri(): vscode.Uri {
    return this.access.uri;
  }

  get subject() {
    return this.access.subject;
  }

  /** The subject's child process, shared with its other panels. */
  get worker(): WorkerClient {
    return this.lease.worker;
  }

  /** What is open now, if anything: its id is good for the running process. */
  get openModel(): OpenedModel | null {
    return this.opened?.generation === this.worker.generation ? this.opened.model : null;
  }

  layerAt(position: CodePosition): string | null {
    return this.access.layerAt(position);
  }

  /** Shows a view, as soon as the webview can. */
  showView(view: ViewName, layer: string | null): void {
    this.emit('showView', { view, layer });
  }

  /** Begins or resumes a run of the open model on the host's own account; the webview is told and attaches to it. */
  startTraining(plan: RunPlan): void {
    const model = this.modelName();
    if (model === null || this.training.session.state !== null) return;
    this.training.session.start(plan, model);
  }

  /** As `startTraining`, of an experiment. */
  startExperiment(start: ExperimentStart): void {
    const model = this.modelName();
    if (model === null || (start.resume !== null && this.training.session.experiments.has(start.resume))) return;
    this.training.session.experiments.start(start, model);
  }

  /** Shows experiments on the tab Train, with a layer's twin chosen. */
  showExperiment(layer: string): void {
    this.emit('showView', { view: 'train', layer: null });
    this.emit('showExperiment', { layer });
  }

  emit<K extends keyof PanelEvents & string>(name: K, payload: PanelEvents[K]): void {
    if (this.isShown || atOnce.has(name)) this.channel.emit(name, payload);
    else this.waitingEvents.set(name, () => this.channel.emit(name, payload));
  }

  /** The open model, waiting for it where it is being opened; `null` where that fails or is cancelled. */
  async whenOpen(token: vscode.CancellationToken): Promise<OpenedModel | null> {
    return new Promise((resolve) => {
      token.onCancellationRequested(() => resolve(null));
      this.panel.onDidDispose(() => resolve(null));
      // The panel itself shows why an opening failed.
      this.join({}).then(resolve, () => resolve(null));
    });
  }

  /**
   * Opens the subject anew; a newer opening ends an older one.
   * @throws {RequestFailure}
   */
  open(options: CallOptions): Promise<OpenedModel> {
    return follow(this.begin(), options);
  }

  dispose(): void {
    this.opening?.stop.abort();
    // Before the channel ends: a run goes on without its panel.
    this.training.release();
    this.channel.close({ kind: 'cancelled' });
    this.opened?.release();
    this.compared.dispose();
    this.lease.release();
    this.access.dispose();
    this.openedEmitter.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** What is open or being opened, else a new opening. */
  private async join(options: CallOptions): Promise<OpenedModel> {
    return this.openModel ?? follow(this.opening ?? this.begin(), options);
  }

  private begin(): Opening {
    this.opening?.stop.abort();
    const stop = new AbortController();
    const watchers = new Set<(note: ProgressNote) => void>();
    const opening: Opening = { stop, watchers, result: this.load(stop.signal, watchers) };
    this.opening = opening;
    const done = () => {
      if (this.opening === opening) this.opening = null;
    };
    opening.result.then(done, done);
    return opening;
  }

  private async load(signal: AbortSignal, watchers: Opening['watchers']): Promise<OpenedModel> {
    const onProgress = (note: ProgressNote) => {
      for (const watcher of watchers) watcher(note);
    };
    const model = await this.access.open({ signal, onProgress }, this.worker);
    if (signal.aborted) throw new RequestFailure({ kind: 'cancelled' });
    const before = this.opened;
    this.opened = {
      model,
      generation: this.worker.generation,
      release: this.worker.useModel(model.model)
    };
    before?.release();
    this.openedEmitter.fire(model);
    return model;
  }

  private connect(): PanelChannel {
    const { webview } = this.panel;
    return new Channel<Record<never, never>, HostRequests, PanelEvents, Record<never, never>>(
      {
        send: (message: Message) => {
          void webview.postMessage(compactViews(message));
        },
        onMessage: (receive) => {
          this.subscriptions.push(webview.onDidReceiveMessage(receive));
        }
      },
      {
        ...hostHandlers(this.services, this.access),
        ...savingHandlers(this.services, this.access, this.worker),
        openCompared: ({ again }, context) => (again ? this.compared.again(context) : this.compared.choose(context)),
        closeCompared: () => this.compared.forget(),
        ready: () => Promise.resolve(this.ready()),
        // A webview that was hidden starts anew and finds what is open; changes are watched meanwhile.
        open: (_params, context) => this.show(this.join({ signal: context.signal, onProgress: context.progress })),
        retry: (_params, context) => this.show(this.open({ signal: context.signal, onProgress: context.progress })),
        saveState: async (state) => {
          await this.states.save(this.key, state);
          return null;
        }
      },
      (method, params, context) => this.passOn(method, params, context)
    );
  }

  private ready(): HostRequests['ready']['result'] {
    this.isShown = false;
    return { subject: this.access.subject, state: this.states.load(this.key), settings: panelSettings() };
  }

  /** Sends what waited, after the answer that makes the webview show the model. */
  private async show(opening: Promise<OpenedModel>): Promise<OpenedModel> {
    const model = await opening;
    setTimeout(() => {
      this.isShown = true;
      for (const send of this.waitingEvents.values()) send();
      this.waitingEvents.clear();
    });
    return model;
  }

  private passOn(method: string, params: unknown, { signal, progress }: HandlerContext): Promise<unknown> {
    if (toTraining.has(method)) return this.train(method, params, { signal, progress });
    if (!passedOn.has(method)) {
      return Promise.reject(new RequestFailure({ kind: 'internal', message: `unknown request ${method}` }));
    }
    // Ids of an ended process mean nothing, or another model, to the next one.
    if (this.opened !== null && this.opened.generation !== this.worker.generation) {
      return Promise.reject(
        new RequestFailure({ kind: 'crashed', message: vscode.l10n.t('The engine process was restarted.') })
      );
    }
    return this.worker.requestUntyped(method, params, { signal, onProgress: progress });
  }

  /** To the subject's training process, which opens the panel's model for itself. */
  private async train(method: string, params: unknown, context: HandlerContext): Promise<unknown> {
    const { session } = this.training;
    const model = this.modelName();
    if (model === null) {
      throw new RequestFailure({ kind: 'crashed', message: vscode.l10n.t('The engine process was restarted.') });
    }
    if (method === 'downloadData') {
      const facts = await session.passOn('downloadFacts', params, model, context);
      if (!(await confirmDownload(facts as DownloadFacts))) return { downloaded: false };
    }
    return session.passOn(method, params, model, context);
  }

  /** The open model's name over restarts of the process; `null` where none is open. */
  private modelName(): string | null {
    const open = this.openModel;
    return open === null ? null : `${String(this.opened?.generation)} ${open.model}`;
  }

  private listen(): void {
    const stopListening = this.worker.onCrash((message) => {
      this.opened = null;
      this.emit('crashed', { message });
    });
    this.subscriptions.push(
      { dispose: stopListening },
      this.access.onDidChange((change) => {
        if (change.kind === 'stale') this.emit('stale', { reason: change.reason });
        else void this.reopen();
      }),
      vscode.window.onDidChangeActiveColorTheme(() => {
        this.emit('theme', null);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('convlens') || event.affectsConfiguration('workbench.reduceMotion'))
          this.emit('settings', panelSettings());
      }),
      // A hidden webview is thrown away and starts from its page again when shown.
      this.panel.onDidChangeViewState(() => {
        if (!this.panel.visible) this.isShown = false;
      })
    );
  }

  /** After a change: the new version if it opens, else the old view stays and says why. */
  private async reopen(): Promise<void> {
    const before = this.opened?.model.model;
    try {
      const model = await this.open({});
      if (model.model !== before) this.emit('reopened', model);
    } catch (error) {
      const failure: RequestError = toRequestError(error);
      if (failure.kind === 'cancelled') return;
      const reason = failure.kind === 'input' ? failure.problem.problem : failure.message;
      this.services.log.warn(`${this.subject.title}: ${reason}`);
      this.emit('stale', { reason });
    }
  }

  private page(): string {
    const { webview } = this.panel;
    const dist = vscode.Uri.joinPath(this.services.context.extensionUri, 'dist');
    return panelPage({
      cspSource: webview.cspSource,
      nonce: randomBytes(18).toString('base64'),
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
      language: vscode.env.language,
      title: this.subject.title
    });
  }
}

/** Whoever asked for an opening sees its progress and may cancel it. */
function follow(opening: Opening, { signal, onProgress }: CallOptions): Promise<OpenedModel> {
  if (onProgress !== undefined) opening.watchers.add(onProgress);
  signal?.addEventListener('abort', () => opening.stop.abort(), { once: true });
  return opening.result;
}

/** The only folders the webview may load from. */
export function resourceRoots(extensionUri: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extensionUri, 'dist'), vscode.Uri.joinPath(extensionUri, 'media')];
}
