import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { commands } from '../../src/extension/names';
import { api, closeAll, until, workspaceFile } from './support';

const none = new vscode.CancellationTokenSource().token;

describe('weights of a file in a definition', () => {
  afterEach(closeAll);

  it('are joined, remembered for the definition, followed on disk, and let go', async () => {
    const { services, panels } = await api();
    const uri = workspaceFile('digits_cnn.py');
    const weights = workspaceFile('joined.h5');
    await copyFile(workspaceFile('digits_cnn.h5').fsPath, weights.fsPath);
    const panel = panels.openDefinition(uri, 'model');
    const fresh = await panel.whenOpen(none);
    assert.equal(fresh?.summary.weightsOrigin.kind, 'random');
    assert.equal(fresh.summary.weightsFit, null);

    await services.weights.choose(panel.subject, weights.fsPath);
    const joined = await until('the weights', () => panel.openModel?.summary.weightsFit && panel.openModel);
    assert.equal(joined.summary.weightsOrigin.kind, 'file');
    assert.equal(joined.summary.weightsFit?.matched, 6);
    assert.equal(services.weights.of(panel.subject), weights.fsPath);

    await copyFile(workspaceFile('shapes_cnn.keras').fsPath, weights.fsPath);
    const other = await until('the other weights', () => {
      const matched = panel.openModel?.summary.weightsFit?.matched;
      return matched !== undefined && matched < 6 && panel.openModel;
    });
    assert.ok(other.summary.weightsFit?.rows.some(({ status }) => status === 'differs'));

    await services.weights.choose(panel.subject, null);
    await until('random weights', () => panel.openModel?.summary.weightsFit === null);
    assert.equal(services.weights.of(panel.subject), null);
  });

  it('that are gone leave random ones, and the panel says so', async () => {
    const { services, panels } = await api();
    const panel = panels.openDefinition(workspaceFile('digits_cnn.py'), 'model');
    await panel.whenOpen(none);
    await services.weights.choose(panel.subject, workspaceFile('nothing.pt').fsPath);
    const opened = await until('the notice', () => {
      const { summary } = panel.openModel ?? {};
      return summary?.notices.some(({ code }) => code === 'weights-unread') === true && summary;
    });
    assert.equal(opened.weightsOrigin.kind, 'random');
    assert.match(opened.notices.map(({ message }) => message).join(), /nothing\.pt: there is no such file/);
    await services.weights.choose(panel.subject, null);
  });

  it('are asked for by a command', async () => {
    assert.ok((await vscode.commands.getCommands(true)).includes(commands.loadWeights));
  });
});
