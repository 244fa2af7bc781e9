import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../src/extension/names';
import { panelSettings } from '../../src/extension/settings';
import { api, closeAll, until, workspaceFile } from './support';

async function openDefinition() {
  const { services } = await api();
  const uri = workspaceFile('digits_cnn.py');
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  const key = services.analyses.analysisOf(document)?.definitions[0]?.key;
  assert.ok(key);
  await vscode.commands.executeCommand(commands.inspectDefinition, uri.toString(), key);
  const panel = await until('the panel', () => services.panels.active);
  await until('the model', () => panel.openModel);
  const line = document
    .getText()
    .split('\n')
    .findIndex((text) => text.includes('Conv2D(16'));
  const place = new vscode.Position(line, document.lineAt(line).text.indexOf('Conv2D') + 2);
  return { place };
}

async function hoverText(uri: vscode.Uri, place: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, place);
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n');
}

describe('a hover', () => {
  afterEach(closeAll);

  it('shows kernels once a panel holds weights, within 60 kB, and none before', async () => {
    const uri = workspaceFile('digits_cnn.py');
    const document = await vscode.workspace.openTextDocument(uri);
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('Conv2D(16'));
    const at = new vscode.Position(line, document.lineAt(line).text.indexOf('Conv2D') + 2);
    const before = await hoverText(uri, at);
    assert.match(before, /26 × 26 × 16/);
    assert.doesNotMatch(before, /data:image/);
    const { place } = await openDefinition();
    const after = await hoverText(uri, place);
    assert.match(after, /Dead channels: (none|\d+) of 16/);
    const pictures = after.match(/data:image\/png;base64,[\w+/=]+/g) ?? [];
    assert.equal(pictures.length, 8);
    assert.ok(pictures.join('').length <= 60_000, `${String(pictures.join('').length)} characters`);
    assert.equal(new Set(pictures).size, 8, 'random kernels that look the same');
    for (const picture of pictures) {
      const png = Buffer.from(picture.split(',')[1] ?? '', 'base64');
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [36, 36]);
    }
  });
});

describe('the commands of the menu', () => {
  afterEach(closeAll);

  it('take an address of each kind that menus, lenses and toolbars pass', async () => {
    const { services } = await api();
    const file = workspaceFile('digits_cnn.keras');
    const [manifest] = await vscode.workspace.findFiles('**/model.json', null, 1);
    const given: readonly [unknown, string][] = [
      [file, 'digits_cnn.keras'],
      [file.toString(), 'digits_cnn.keras'],
      [manifest, 'model.json'],
      [{ notebookEditor: { notebookUri: workspaceFile('digits_cnn.py') } }, 'digits_cnn.py']
    ];
    for (const [argument, name] of given) {
      await vscode.commands.executeCommand(commands.inspectModel, argument);
      const panel = await until(`a panel of ${name}`, () => services.panels.active);
      assert.equal(path.posix.basename(panel.uri.path), name);
      await until(`the model of ${name}`, () => panel.openModel);
      await closeAll();
    }
  });

  it('sends a picture to the panel used last, and only a file of this machine', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const panel = await until('the panel', () => services.panels.active);
    const sent: unknown[] = [];
    const emit = panel.emit.bind(panel);
    panel.emit = (name, payload) => {
      sent.push([name, payload]);
      emit(name, payload);
    };
    const picture = vscode.Uri.joinPath(workspaceFile(), 'mine.png');
    for (const refused of [picture.with({ scheme: 'untitled' }), workspaceFile('digits_cnn.py')])
      await vscode.commands.executeCommand(commands.useAsInput, refused);
    assert.deepEqual(sent, []);
    await vscode.commands.executeCommand(commands.useAsInput, picture);
    assert.deepEqual(sent, [['useInput', { path: picture.fsPath }]]);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

describe('a changed setting', () => {
  afterEach(closeAll);

  it('reaches the open panel, or starts the engine process anew', async () => {
    const { services } = await api();
    await vscode.commands.executeCommand(commands.inspectModel, workspaceFile('digits_cnn.keras'));
    const panel = await until('the panel', () => services.panels.active);
    await until('the model', () => panel.openModel);
    const sent: string[] = [];
    const emit = panel.emit.bind(panel);
    panel.emit = (name, payload) => {
      sent.push(name);
      emit(name, payload);
    };
    const settings = vscode.workspace.getConfiguration('convlens');
    const { Global } = vscode.ConfigurationTarget;
    try {
      await settings.update('explanations', false, Global);
      await until('the news', () => sent.includes('settings'));
      assert.equal(panelSettings().explanations, false);
      const { generation } = panel.worker;
      await settings.update('memoryBudgetMB', 256, Global);
      await until('the end of the process', () => sent.includes('crashed') && !panel.worker.isRunning);
      await panel.open({});
      assert.equal(panel.worker.generation, generation + 1);
    } finally {
      await settings.update('explanations', undefined, Global);
      await settings.update('memoryBudgetMB', undefined, Global);
    }
  });
});
