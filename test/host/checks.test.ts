import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../src/extension/names';
import { discardAll, extensionRoot, until } from './support';

/** Codes that a quick fix mends; every one has an example among the fixtures. */
const fixable = [
  'bias-before-norm',
  'dominant-dense',
  'dropout-on-output',
  'dropped-remainder',
  'flatten-unknown-size',
  'impossible-value',
  'later-input-shape',
  'logits-as-probabilities',
  'loss-labels',
  'norm-on-output',
  'output-units',
  'probabilities-as-logits',
  'torch/shape-channels',
  'shape-concat',
  'shape-rank',
  'shape-reshape',
  'shape-too-small',
  'sigmoid-categorical',
  'softmax-one-unit',
  'unknown-argument'
];

const folder = () => path.join(extensionRoot(), 'test/fixtures/checks');
const valueOf = ({ code }: vscode.Diagnostic): string => (typeof code === 'object' ? String(code.value) : '');

function found(document: vscode.TextDocument, code: string): vscode.Diagnostic | undefined {
  return vscode.languages.getDiagnostics(document.uri).find((diagnostic) => valueOf(diagnostic) === `convlens/${code}`);
}

async function openText(content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content });
  await vscode.window.showTextDocument(document);
  return document;
}

async function actionsFor(document: vscode.TextDocument, { range }: vscode.Diagnostic): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    range,
    vscode.CodeActionKind.QuickFix.value
  );
}

/** Actions that mend something, rather than silence it. */
const mending = (actions: readonly vscode.CodeAction[]) =>
  actions.filter(({ title, edit }) => edit !== undefined && !title.includes('convlens/'));
const silencing = (actions: readonly vscode.CodeAction[], code: string) =>
  actions.filter(({ title }) => title.includes(`convlens/${code}`));

describe('a quick fix', () => {
  afterEach(discardAll);

  for (const name of fixable) {
    const code = path.posix.basename(name);
    it(`mends ${code}, and the diagnostic vanishes`, async () => {
      const document = await openText(readFileSync(path.join(folder(), `${name}.py`), 'utf8'));
      const diagnostic = await until(code, () => found(document, code));
      assert.equal(diagnostic.source, 'ConvLens');
      assert.ok(diagnostic.message.includes('\n'), 'no reason');
      const [fix] = mending(await actionsFor(document, diagnostic));
      assert.ok(fix?.edit, 'no fix');
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      await until('its end', () => found(document, code) === undefined);
      const errors = vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
      assert.deepEqual(
        errors.map(({ message }) => message),
        []
      );
    });
  }
});

describe('diagnostics', () => {
  afterEach(discardAll);

  it('say which check, with a link to its explanation, at its own severity', async () => {
    const severities = {
      error: vscode.DiagnosticSeverity.Error,
      warning: vscode.DiagnosticSeverity.Warning,
      info: vscode.DiagnosticSeverity.Information
    };
    for (const name of readdirSync(folder()).filter((each) => each.endsWith('.py'))) {
      const text = readFileSync(path.join(folder(), name), 'utf8');
      const [, severity, code, line] = /^# expect: (\w+)(?: ([\w-]+) (\d+))?/.exec(text) ?? [];
      if (code === undefined) continue;
      const document = await openText(text);
      const diagnostic = await until(`${name}: ${code}`, () => found(document, code));
      assert.equal(diagnostic.range.start.line + 1, Number(line), name);
      assert.equal(diagnostic.severity, severities[severity as keyof typeof severities], name);
      assert.ok(typeof diagnostic.code === 'object' && diagnostic.code.target.toString().includes(code), name);
    }
  });

  it('lead to the section of the handbook that explains them', async () => {
    await vscode.commands.executeCommand(commands.explainCheck, 'bias-before-norm');
    await until('the handbook', () =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.includes('checks.md'))
    );
  });

  it('follow unsaved text and settings, and are silenced by a comment', async () => {
    const document = await openText(readFileSync(path.join(folder(), 'bias-before-norm.py'), 'utf8'));
    const code = 'bias-before-norm';
    const diagnostic = await until(code, () => found(document, code));
    const settings = vscode.workspace.getConfiguration('convlens');
    const { Global } = vscode.ConfigurationTarget;
    try {
      await settings.update('checkSeverity', { [code]: 'warning' }, Global);
      await until('a warning', () => found(document, code)?.severity === vscode.DiagnosticSeverity.Warning);
      await settings.update('checks', false, Global);
      await until('silence', () => vscode.languages.getDiagnostics(document.uri).length === 0);
    } finally {
      await settings.update('checks', undefined, Global);
      await settings.update('checkSeverity', undefined, Global);
    }
    await until('its return', () => found(document, code));
    const here = silencing(await actionsFor(document, diagnostic), code).find(({ edit }) => edit !== undefined);
    assert.ok(here?.edit);
    await vscode.workspace.applyEdit(here.edit);
    await until('its end', () => found(document, code) === undefined);
    assert.match(document.lineAt(diagnostic.range.start.line).text, /# convlens: ignore\[bias-before-norm\]$/);
  });

  it('can be turned off by a quick fix', async () => {
    const document = await openText(readFileSync(path.join(folder(), 'small-field.py'), 'utf8'));
    const diagnostic = await until('the finding', () => found(document, 'small-field'));
    const off = silencing(await actionsFor(document, diagnostic), 'small-field').find(
      ({ command }) => command !== undefined
    );
    assert.ok(off?.command);
    await vscode.commands.executeCommand(off.command.command, ...(off.command.arguments ?? []));
    await until('its end', () => found(document, 'small-field') === undefined);
    const settings = vscode.workspace.getConfiguration('convlens');
    assert.deepEqual(settings.get('checkSeverity'), { 'small-field': 'off' });
    await settings.update('checkSeverity', undefined, vscode.ConfigurationTarget.Workspace);
    await settings.update('checkSeverity', undefined, vscode.ConfigurationTarget.Global);
  });

  it('stand in the cells of notebooks, where their fixes work too', async () => {
    const uri = vscode.Uri.file(path.join(extensionRoot(), 'test/fixtures/checks/course.ipynb'));
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await vscode.window.showNotebookDocument(notebook);
    const cell = notebook.cellAt(4).document;
    const diagnostic = await until('the finding', () => found(cell, 'output-units'));
    assert.equal(cell.getText(diagnostic.range), '8');
    const [fix] = mending(await actionsFor(cell, diagnostic));
    assert.ok(fix?.edit);
    await vscode.workspace.applyEdit(fix.edit);
    await until('its end', () => found(cell, 'output-units') === undefined);
    assert.match(cell.getText(), /Dense\(10, /);
  });
});
