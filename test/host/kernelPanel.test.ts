import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, kernelPanelType } from '../../src/extension/names';
import { api, until } from './support';

/** VS Code puts a prefix before the type of a webview. */
const open = () =>
  vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(kernelPanelType));

describe('a kernel made by hand', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens without any model, once, and its page reaches the child process', async () => {
    const { services } = await api();
    const asked: string[] = [];
    const { worker, release } = services.workers.attach('kernel');
    const ask = worker.requestUntyped.bind(worker);
    worker.requestUntyped = (method, params, options) => {
      asked.push(method);
      return ask(method, params, options);
    };
    try {
      await vscode.commands.executeCommand(commands.tryKernel);
      await until('the panel', () => open().length === 1);
      assert.equal(services.panels.all.length, 0);
      await until('the question of its page', () => asked.includes('tryKernel'));
      assert.deepEqual(new Set(asked), new Set(['tryKernel']));
      await vscode.commands.executeCommand(commands.tryKernel);
      assert.equal(open().length, 1);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await until('the end of the panel', () => open().length === 0);
      await vscode.commands.executeCommand(commands.tryKernel);
      await until('the panel once more', () => open().length === 1);
    } finally {
      worker.requestUntyped = ask;
      release();
    }
  });
});
