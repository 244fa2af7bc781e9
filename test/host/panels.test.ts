import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { commands, editorTypes, panelType } from '../../src/extension/names';
import { resourceRoots } from '../../src/extension/panel/controller';
import { Panels } from '../../src/extension/panel/panels';
import { api, closeAll, until, workspaceFile } from './support';

const none = new vscode.CancellationTokenSource().token;

describe('a model file', () => {
  afterEach(closeAll);

  it('opens in the custom editor by default and is read by the child process', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.keras');
    await vscode.commands.executeCommand('vscode.open', uri);
    const panel = await until('the panel', () => services.panels.active);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(tab instanceof vscode.TabInputCustom && tab.viewType === editorTypes.model);
    const began = performance.now();
    const opened = await panel.whenOpen(none);
    assert.ok(opened);
    console.log(`first model open after ${(performance.now() - began).toFixed(0)} ms, engine process start included`);
    assert.equal(opened.summary.format, 'keras-v3');
    assert.ok((opened.summary.totals.params ?? 0) > 1000);
    assert.ok(panel.worker.isRunning);
  });

  it('opens through the command from the explorer, model.json too', async () => {
    const { services } = await api();
    const [manifest] = await vscode.workspace.findFiles('**/model.json', null, 1);
    assert.ok(manifest);
    await vscode.commands.executeCommand(commands.inspectModel, manifest);
    const panel = await until('the panel', () => services.panels.active);
    assert.equal((await panel.whenOpen(none))?.summary.format, 'tfjs-layers');
  });

  it('gives its webview a strict page', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const { webview } = (await until('the panel', () => services.panels.active)).panel;
    assert.match(webview.html, /default-src 'none'/);
    assert.match(webview.html, /script-src 'nonce-[\w+/=]{20,}'/);
    assert.doesNotMatch(webview.html, /unsafe-|http:/);
    const roots = (webview.options.localResourceRoots ?? []).map((uri) => uri.path.split('/').at(-1));
    assert.deepEqual(roots, ['dist', 'media']);
    assert.equal(resourceRoots(services.context.extensionUri).length, 2);
  });

  it('is one panel for one file, and its model is shared', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.keras');
    await vscode.commands.executeCommand(commands.inspectModel, uri);
    await until('the panel', () => services.panels.active?.openModel);
    await vscode.commands.executeCommand(commands.inspectModel, uri);
    assert.equal(services.panels.all.length, 1);
    await vscode.commands.executeCommand('workbench.action.splitEditorRight');
    await until(
      'a second panel',
      () => services.panels.all.length === 2 && services.panels.all.every((p) => p.openModel)
    );
    assert.equal(new Set(services.panels.all.map((p) => p.openModel?.model)).size, 1);
  });

  it('is read again when it changed, and kept while it is half written', async () => {
    const { services } = await api();
    const uri = workspaceFile('changing.keras');
    await copyFile(workspaceFile('digits_cnn.keras').fsPath, uri.fsPath);
    await vscode.commands.executeCommand(commands.inspectModel, uri);
    const panel = await until('the panel', () => services.panels.active);
    const first = await until('the model', () => panel.openModel);
    const other = await readFile(workspaceFile('shapes_cnn.keras').fsPath);
    await writeFile(uri.fsPath, other.subarray(0, other.length / 2));
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.equal(panel.openModel?.summary.totals.params, first.summary.totals.params);
    await writeFile(uri.fsPath, other);
    const second = await until(
      'the new model',
      () => panel.openModel?.summary.totals.params !== first.summary.totals.params && panel.openModel
    );
    assert.notDeepEqual(
      second.summary.inputs.map(({ shape }) => shape),
      first.summary.inputs.map(({ shape }) => shape)
    );
  });

  it('answers with one line when it is no model', async () => {
    const { services } = await api();
    const uri = workspaceFile('broken.h5');
    await writeFile(uri.fsPath, 'this is no HDF5 file');
    const { worker, release } = services.workers.attach('a test');
    const said = worker.request('openModel', { file: uri.fsPath });
    await assert.rejects(said, (error: Error) => error.message.includes('broken.h5') && !error.message.includes('\n'));
    assert.ok(worker.isRunning);
    release();
    worker.stop();
  });

  it('is read in a process of its own: another model neither waits for it nor ends with it', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const first = await until('the panel', () => services.panels.active);
    await until('its model', () => first.openModel);
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('shapes_cnn.keras'));
    const second = await until('another panel', () => services.panels.all.find((panel) => panel !== first));
    await until('its model', () => second.openModel);
    assert.notEqual(first.worker.pid, second.worker.pid);
    second.worker.restart('a test');
    assert.equal(second.openModel, null);
    assert.ok(first.openModel);
  });
});

describe('the child process', () => {
  afterEach(closeAll);

  it('may crash: the panel is told, and a retry starts a fresh one', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const panel = await until('the panel', () => services.panels.active);
    await until('the model', () => panel.openModel);
    const { pid } = panel.worker;
    assert.ok(pid !== undefined);
    let told = '';
    const stop = panel.worker.onCrash((message) => (told = message));
    process.kill(pid, 'SIGKILL');
    await until('the news of the crash', () => told !== '');
    stop();
    assert.match(told, /SIGKILL/);
    assert.equal(panel.openModel, null);
    const again = await panel.open({});
    assert.ok((again.summary.totals.params ?? 0) > 0);
    assert.notEqual(panel.worker.pid, pid);
  });

  it('can be restarted by command', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const panel = await until('the panel', () => services.panels.active);
    await until('the model', () => panel.openModel);
    const before = panel.worker.generation;
    await vscode.commands.executeCommand(commands.restartEngine);
    assert.equal(services.workers.isRunning, false);
    await panel.open({});
    assert.equal(panel.worker.generation, before + 1);
  });
});

describe('a definition in the code', () => {
  afterEach(closeAll);

  it('opens beside the code with fresh weights, and follows edits', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.py');
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document);
    const key = services.analyses.analysisOf(document)?.definitions[0]?.key;
    assert.ok(key);
    await vscode.commands.executeCommand(commands.inspectDefinition, uri.toString(), key);
    const panel = await until('the panel', () => services.panels.active);
    const opened = await until('the model', () => panel.openModel);
    assert.deepEqual(opened.summary.weightsOrigin, { kind: 'random', seed: 1 });
    assert.equal(editor.viewColumn, vscode.ViewColumn.One);
    await until('the panel beside the code', () => panel.panel.viewColumn === vscode.ViewColumn.Two);

    const layer = opened.summary.layers.find(({ source, kind }) => source !== null && kind === 'conv');
    assert.ok(layer?.source);
    const { startLine, startColumn } = layer.source;
    assert.equal(panel.layerAt({ line: startLine, column: startColumn + 1, cell: undefined }), layer.id);

    const text = document.getText();
    const at = text.indexOf('Conv2D(') + 'Conv2D('.length;
    const number = /\d+/.exec(text.slice(at));
    assert.ok(number);
    const from = document.positionAt(at + number.index);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, new vscode.Range(from, document.positionAt(at + number.index + number[0].length)), '5');
    await vscode.workspace.applyEdit(edit);
    await until(
      'the edited model',
      () => panel.openModel?.summary.totals.params !== opened.summary.totals.params && panel.openModel
    );
    const back = new vscode.WorkspaceEdit();
    back.replace(uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    await vscode.workspace.applyEdit(back);
    assert.ok(await document.save());
  });

  it('has a lens and a hover', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.py');
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
    assert.ok(lenses.some(({ command }) => command?.command === commands.inspectDefinition));
    const definition = services.analyses.analysisOf(document)?.definitions[0];
    const layer = [...(definition?.model.root.layers.values() ?? [])].find(({ kind }) => kind.kind === 'conv');
    assert.ok(layer?.source);
    const place = new vscode.Position(layer.source.startLine, layer.source.startColumn + 10);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, place);
    const words = hovers
      .flatMap(({ contents }) => contents)
      .map((content) => (typeof content === 'string' ? content : content.value))
      .join('\n');
    assert.match(words, /param/i);
  });

  it('comes back after a reload by what was noted, and an unknown panel closes', async () => {
    const { services } = await api();
    const uri = workspaceFile('digits_cnn.py');
    const key = (await services.analyses.analysisAt(uri))?.definitions[0]?.key;
    assert.ok(key);
    await vscode.commands.executeCommand(commands.inspectDefinition, uri.toString(), key);
    const { title } = (await until('the panel', () => services.panels.active)).panel;
    await closeAll();
    const restored = vscode.window.createWebviewPanel(panelType, title, vscode.ViewColumn.One);
    await new Panels(services).deserializeWebviewPanel(restored);
    const panel = await until('the panel again', () => services.panels.active);
    assert.equal(panel.uri.toString(), uri.toString());
    assert.ok(await panel.whenOpen(none));
    const unknown = vscode.window.createWebviewPanel(panelType, 'ConvLens: nobody', vscode.ViewColumn.One);
    let closed = false;
    unknown.onDidDispose(() => (closed = true));
    await new Panels(services).deserializeWebviewPanel(unknown);
    assert.ok(closed);
  });

  it('shows each output shape at the end of its line, if wanted', async () => {
    const uri = workspaceFile('digits_cnn.py');
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const everything = new vscode.Range(0, 0, document.lineCount, 0);
    const hints = () =>
      vscode.commands.executeCommand<vscode.InlayHint[]>('vscode.executeInlayHintProvider', uri, everything);
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('layers.Conv2D(16'));
    const shown = (await hints()).find(({ position }) => position.line === line);
    const label = shown?.label ?? '';
    assert.equal(typeof label === 'string' ? label : label.map(({ value }) => value).join(''), '26 × 26 × 16');
    const settings = vscode.workspace.getConfiguration('convlens');
    await settings.update('hints', false, vscode.ConfigurationTarget.Global);
    try {
      assert.deepEqual(await hints(), []);
    } finally {
      await settings.update('hints', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('of another kind gets a plain answer and no panel', async () => {
    const { services } = await api();
    const uri = workspaceFile('model.ts');
    await writeFile(uri.fsPath, 'export const model = tf.sequential();');
    await vscode.commands.executeCommand(commands.inspectModel, uri);
    assert.equal(services.panels.all.length, 0);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});
