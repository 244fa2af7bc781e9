/** Makes panels: beside the code, in custom editors, and again after a reload of the window. */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { editorTypes, panelType } from '../names';
import type { Services } from '../services';
import { PanelController, resourceRoots } from './controller';
import { FileSubject, uriOfFileSubject } from './fileSubject';
import { subjectKey } from './panelState';
import { SourceSubject, sourceSubject } from './sourceSubject';
import { StateStore } from './stateStore';
import type { SubjectAccess } from './subject';
import { accessTo } from './accessTo';

/** What a custom editor keeps of its file. */
interface ModelDocument extends vscode.CustomDocument {
  readonly uri: vscode.Uri;
}

export class Panels implements vscode.CustomReadonlyEditorProvider<ModelDocument>, vscode.WebviewPanelSerializer {
  private readonly states: StateStore;

  constructor(private readonly services: Services) {
    this.states = new StateStore(services.context.workspaceState);
  }

  register(): vscode.Disposable {
    // Web pages of hidden panels are thrown away and made again: what they show is fetched from the child process.
    const options = { supportsMultipleEditorsPerDocument: true, webviewOptions: { retainContextWhenHidden: false } };
    return vscode.Disposable.from(
      vscode.window.registerCustomEditorProvider(editorTypes.model, this, options),
      vscode.window.registerCustomEditorProvider(editorTypes.modelJson, this, options),
      vscode.window.registerWebviewPanelSerializer(panelType, this)
    );
  }

  /** The panel of a definition, beside the code; an open one is brought to the front. */
  openDefinition(uri: vscode.Uri, key: string): PanelController {
    const open = this.services.panels.find(subjectKey(sourceSubject(uri, key)));
    if (open !== null) {
      open.panel.reveal(undefined, true);
      return open;
    }
    const access = new SourceSubject(this.services, uri, key);
    const panel = vscode.window.createWebviewPanel(
      panelType,
      panelTitle(access),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: resourceRoots(this.services.context.extensionUri) }
    );
    void this.states.noteSidePanel(panel.title, access.subject);
    return this.adopt(panel, access);
  }

  /** The custom editor of a model file, beside a text editor if one is active. */
  async openFile(uri: vscode.Uri): Promise<PanelController | null> {
    const type = uri.path.toLowerCase().endsWith('.json') ? editorTypes.modelJson : editorTypes.model;
    const column =
      vscode.window.activeTextEditor === undefined && vscode.window.activeNotebookEditor === undefined
        ? vscode.ViewColumn.Active
        : vscode.ViewColumn.Beside;
    await vscode.commands.executeCommand('vscode.openWith', uri, type, column);
    return this.services.panels.all.find((panel) => panel.uri.toString() === uri.toString()) ?? null;
  }

  /** The panel of either kind of subject, brought to the front. */
  async openSubject(subject: PanelSubject): Promise<PanelController | null> {
    if (subject.kind === 'source') return this.openDefinition(vscode.Uri.parse(subject.uri), subject.modelName);
    const open = this.services.panels.find(subjectKey(subject));
    if (open === null) return this.openFile(uriOfFileSubject(subject.path));
    open.panel.reveal(undefined, true);
    return open;
  }

  openCustomDocument(uri: vscode.Uri): ModelDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor(document: ModelDocument, panel: vscode.WebviewPanel): void {
    this.adopt(panel, new FileSubject(this.services, document.uri));
  }

  /** After a reload of the window. The state the webview kept is its own; what it looks at was noted here. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    const subject = this.states.subjectOfSidePanel(panel.title, (key) => this.services.panels.find(key) !== null);
    if (subject === null) {
      panel.dispose();
      this.services.log.warn('A panel could not be brought back: nothing says what it looked at.');
      return Promise.resolve();
    }
    this.adopt(panel, accessTo(this.services, subject));
    return Promise.resolve();
  }

  private adopt(panel: vscode.WebviewPanel, access: SubjectAccess): PanelController {
    panel.iconPath = vscode.Uri.joinPath(this.services.context.extensionUri, 'media', 'icon.svg');
    const controller = new PanelController(this.services, panel, access, this.states);
    this.services.panels.add(controller);
    return controller;
  }
}

function panelTitle(access: SubjectAccess): string {
  return access.subject.kind === 'source' ? `ConvLens: ${access.subject.modelName}` : access.subject.title;
}
