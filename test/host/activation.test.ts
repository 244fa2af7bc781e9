import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../src/extension/names';
import { engineSetting, idleMilliseconds, memoryBudgetMegabytes, panelSettings } from '../../src/extension/settings';
import { escapeGlob, uriOfFileSubject } from '../../src/extension/panel/fileSubject';
import { localFile } from '../../src/extension/localFiles';
import { api, extensionRoot } from './support';

describe('activation', () => {
  it('takes at most 50 ms and starts no process', async () => {
    const { activation, services } = await api();
    const took = `${activation.processorMilliseconds.toFixed(1)} ms of processor time, ${activation.milliseconds.toFixed(1)} ms by the clock`;
    console.log(`activate took ${took}`);
    // The clock of a busy machine says little.
    assert.ok(activation.processorMilliseconds <= 50, `took ${took}`);
    assert.equal(services.workers.isRunning, false);
  });

  it('registers every declared command', async () => {
    await api();
    const known = new Set(await vscode.commands.getCommands(true));
    for (const name of Object.values(commands)) assert.ok(known.has(name), name);
  });
});

describe('settings', () => {
  it('are known to VS Code with their defaults', () => {
    const settings = vscode.workspace.getConfiguration('convlens');
    const defaults = ['explanations', 'hints', 'followCursor', 'engine', 'memoryBudgetMB', 'idleMinutes'].map(
      (name) => settings.inspect(name)?.defaultValue
    );
    assert.deepEqual(defaults, [true, true, true, 'auto', 1024, 5]);
  });

  it('survive hand-written nonsense', async () => {
    const settings = vscode.workspace.getConfiguration('convlens');
    await settings.update('idleMinutes', 'soon', vscode.ConfigurationTarget.Global);
    await settings.update('memoryBudgetMB', -4, vscode.ConfigurationTarget.Global);
    try {
      assert.equal(idleMilliseconds(), 5 * 60_000);
      assert.equal(memoryBudgetMegabytes(), 128);
    } finally {
      await settings.update('idleMinutes', undefined, vscode.ConfigurationTarget.Global);
      await settings.update('memoryBudgetMB', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('follow trust and reduced motion', async () => {
    assert.equal(vscode.workspace.isTrusted, true);
    assert.equal(engineSetting(), 'auto');
    const workbench = vscode.workspace.getConfiguration('workbench');
    await workbench.update('reduceMotion', 'on', vscode.ConfigurationTarget.Global);
    assert.equal(panelSettings().reduceMotion, true);
    await workbench.update('reduceMotion', undefined, vscode.ConfigurationTarget.Global);
  });
});

describe('files', () => {
  it('come back from what was stored', () => {
    assert.equal(uriOfFileSubject('/a/m.keras').toString(), 'file:///a/m.keras');
    assert.equal(uriOfFileSubject('memfs:/a/m.keras').scheme, 'memfs');
    assert.equal(uriOfFileSubject('vscode-vfs://github/o/r/m.keras').authority, 'github');
    assert.equal(escapeGlob('m[1]*.h5'), 'm[[]1[]][*].h5');
  });

  it('of virtual workspaces are copied, and removed again', async () => {
    const { services } = await api();
    const contents = Buffer.from('model bytes');
    const provider = vscode.workspace.registerFileSystemProvider('convlenstest', {
      onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
      watch: () => new vscode.Disposable(() => undefined),
      stat: (uri) => {
        const size = uri.path.includes('huge') ? 1e12 : contents.length;
        return { type: vscode.FileType.File, ctime: 0, mtime: 0, size };
      },
      readDirectory: () => [],
      createDirectory: () => undefined,
      readFile: () => contents,
      writeFile: () => undefined,
      delete: () => undefined,
      rename: () => undefined
    });
    try {
      const storage = services.context.globalStorageUri;
      const copy = await localFile(vscode.Uri.parse('convlenstest:/repo/m.keras'), storage);
      assert.equal(path.basename(copy.path), 'm.keras');
      assert.equal(readFileSync(copy.path, 'utf8'), 'model bytes');
      copy.dispose();
      await assert.rejects(localFile(vscode.Uri.parse('convlenstest:/huge.keras'), storage), /too large to copy/);
      await assert.rejects(localFile(vscode.Uri.parse('untitled:m.keras'), storage), /not been saved/);
    } finally {
      provider.dispose();
    }
  });
});

describe('translations', () => {
  it('VS Code finds the bundle where the manifest says', () => {
    const bundle = JSON.parse(readFileSync(path.join(extensionRoot(), 'l10n', 'bundle.l10n.json'), 'utf8')) as unknown;
    assert.ok(typeof bundle === 'object' && bundle !== null && 'Show Log' in bundle);
    assert.equal(vscode.l10n.t('Show Log'), 'Show Log');
  });
});
