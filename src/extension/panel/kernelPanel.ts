/**
 * A kernel made by hand, over a picture that comes with the program: the panel that needs no model. There is one; what it
 * shows is kept by its page and brought back with it.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Message } from '../../protocol/channel';
import type { HostRequests, PanelEvents } from '../../protocol/panel';
import { Channel, RequestFailure, type HandlerContext } from '../../protocol/rpc';
import { kernelPanelType } from '../names';
import type { Services } from '../services';
import { panelSettings } from '../settings';
import { compactViews } from './compact';
import { resourceRoots } from './controller';
import { panelPage } from './html';
import { saveFileIn } from './saving';

/** All that its page may ask the child process: nothing that names a model or a file. */
const passedOn = 'tryKernel';

/** This panel has no subject: its process is its own. */
const processKey = 'kernel';

export class KernelPanel implements vscode.WebviewPanelSerializer {
  private open: vscode.WebviewPanel | null = null;

  constructor(private readonly services: Services) {}

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(kernelPanelType, this);
  }

  /** Brings the panel to the front, or opens it. */
  show(): void {
    if (this.open !== null) {
      this.open.reveal();
      return;
    }
    const options = { enableScripts: true, localResourceRoots: resourceRoots(this.services.context.extensionUri) };
    const title = vscode.l10n.t('Try a Kernel');
    this.fill(vscode.window.createWebviewPanel(kernelPanelType, title, vscode.ViewColumn.Active, options));
  }

  /** After a reload of the window; a second one, left from before, has nothing to show. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.open === null) this.fill(panel);
    else panel.dispose();
    return Promise.resolve();
  }

  private fill(panel: vscode.WebviewPanel): void {
    const { services } = this;
    const { extensionUri } = services.context;
    this.open = panel;
    const { release } = services.workers.attach(processKey);
    panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.svg');
    panel.webview.options = { enableScripts: true, localResourceRoots: resourceRoots(extensionUri) };
    const subscriptions: vscode.Disposable[] = [];
    const channel = new Channel<Record<never, never>, HostRequests, PanelEvents, Record<never, never>>(
      {
        send: (message: Message) => void panel.webview.postMessage(compactViews(message)),
        onMessage: (receive) => subscriptions.push(panel.webview.onDidReceiveMessage(receive))
      },
      {
        ready: () =>
          Promise.resolve({
            subject: { kind: 'kernel', title: panel.title },
            state: {},
            settings: panelSettings()
          }),
        saveFile: saveFileIn(vscode.workspace.workspaceFolders?.[0]?.uri),
        copyText: async ({ text }) => {
          await vscode.env.clipboard.writeText(text);
          return null;
        }
      },
      (method, params, context) => this.passOn(method, params, context)
    );
    subscriptions.push(
      vscode.window.onDidChangeActiveColorTheme(() => {
        channel.emit('theme', null);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('convlens') || event.affectsConfiguration('workbench.reduceMotion'))
          channel.emit('settings', panelSettings());
      })
    );
    panel.onDidDispose(() => {
      this.open = null;
      channel.close({ kind: 'cancelled' });
      release();
      for (const subscription of subscriptions) subscription.dispose();
    });
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    panel.webview.html = panelPage({
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(18).toString('base64'),
      scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
      styleUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
      language: vscode.env.language,
      title: panel.title
    });
  }

  /** Nothing is lost with a process that ends: the same question is asked of the next one, once. */
  private async passOn(method: string, params: unknown, { signal, progress }: HandlerContext): Promise<unknown> {
    if (method !== passedOn) throw new RequestFailure({ kind: 'internal', message: `unknown request ${method}` });
    const { worker, release } = this.services.workers.attach(processKey);
    const ask = () => worker.requestUntyped(method, params, { signal, onProgress: progress });
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RequestFailure && error.error.kind === 'crashed') return await ask();
      throw error;
    } finally {
      release();
    }
  }
}
