import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { definitionsOf } from '../../src/extension/commands/findModels';
import { CellStatus } from '../../src/extension/language/cellStatus';
import { commands } from '../../src/extension/names';
import { api, discardAll, extensionRoot, until } from './support';

const text = `import keras
from keras import layers

inputs = keras.Input((28, 28, 1))
other = keras.Input((28, 28, 1))
shared = layers.Conv2D(16, 3, activation="relu")
x = layers.Add()([shared(inputs), shared(other)])
x = layers.GlobalAveragePooling2D()(x)
model = keras.Model([inputs, other], layers.Dense(10, activation="softmax")(x))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(data, epochs=2)
`;

async function openText(content: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument({ language: 'python', content });
  await vscode.window.showTextDocument(document);
  return document;
}

async function hintsOf(
  document: vscode.TextDocument
): Promise<readonly { line: number; text: string; tooltip: string }[]> {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    whole
  );
  return hints.flatMap(({ position, label }) =>
    typeof label === 'string'
      ? []
      : label.map((part) => ({ line: position.line, text: part.value, tooltip: String(part.tooltip) }))
  );
}

async function eventually<T>(what: string, probe: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await probe();
    if (value !== null) return value;
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('hints in the code', () => {
  afterEach(discardAll);

  it('say the shape, in words where the mouse rests, mark shared layers, and count parameters on request', async () => {
    const document = await openText(text);
    const hints = await eventually('hints', async () => {
      const found = await hintsOf(document);
      return found.length >= 4 ? found : null;
    });
    const shared = hints.find(({ line }) => line === 5);
    assert.equal(shared?.text, '26 × 26 × 16 · 🔗 2');
    assert.match(shared.tooltip, /26 high × 26 wide × 16 feature maps/);
    const settings = vscode.workspace.getConfiguration('convlens');
    await settings.update('parameterHints', true, vscode.ConfigurationTarget.Global);
    try {
      await eventually('parameters', async () =>
        (await hintsOf(document)).some((hint) => hint.text.includes('160 params')) ? true : null
      );
    } finally {
      await settings.update('parameterHints', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('stay on the other lines while one is half typed', async () => {
    const document = await openText(text);
    await eventually('hints', async () => ((await hintsOf(document)).length >= 4 ? true : null));
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document, document);
    const line = document.lineAt(3);
    await editor.edit((edit) => edit.replace(line.range, 'inputs = keras.In'));
    editor.selection = new vscode.Selection(3, 17, 3, 17);
    assert.ok(
      (await hintsOf(document)).some((hint) => hint.line === 8),
      'the last line lost its hint'
    );
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await eventually('the truth once the cursor is elsewhere', async () =>
      (await hintsOf(document)).some((hint) => hint.line === 8) ? null : true
    );
  });

  it('offer to set a value that the code does not hold, and remember it', async () => {
    const { services } = await api();
    const content =
      'import keras, os\nn = int(os.environ["N"])\nmodel = keras.Sequential([keras.Input((4,)), keras.layers.Dense(n)])\n';
    const document = await openText(content);
    const open = await eventually(
      'a question mark',
      async () => (await hintsOf(document)).find((hint) => hint.text === '?') ?? null
    );
    assert.match(open.tooltip, /units is not known/);
    assert.deepEqual(services.analyses.analysisOf(document)?.settableNames.includes('n'), true);
    await services.values.set(document.uri, 'n', '7');
    await eventually('the shape', async () => (await hintsOf(document)).find((hint) => hint.text === '7') ?? null);
    await services.values.set(document.uri, 'n', null);
    await eventually(
      'the question mark again',
      async () => (await hintsOf(document)).find((hint) => hint.text === '?') ?? null
    );
  });
});

describe('lenses, hovers and the outline', () => {
  afterEach(discardAll);

  it('stand at the model and at fit', async () => {
    const document = await openText(text);
    const lenses = await eventually('lenses', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri
      );
      return found.length > 0 ? found : null;
    });
    const shown = lenses.map(({ range, command }) => [
      range.start.line,
      command?.title.replace(/\u00a0/g, ' '),
      command?.command
    ]);
    assert.match(String(shown[0]?.[1]), /^Inspect · \d+ params · [\d.]+ k MACs$/);
    assert.deepEqual(
      shown.slice(1).map(([line, title, command]) => [line, title, command]),
      [
        [8, 'Train', commands.train],
        [10, 'Train', commands.train]
      ]
    );
  });

  it('explain a layer', async () => {
    const document = await openText(text);
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(5, 20)
    );
    const content = hover?.contents.map((each) => (typeof each === 'string' ? each : each.value)).join('\n') ?? '';
    for (const part of [
      'learned filters',
      '26 high',
      '= 160',
      'Shared: used 2 times',
      'Show in panel',
      'Show kernels',
      'Show feature maps'
    ])
      assert.ok(content.includes(part), `${part} is missing in ${content}`);
  });

  it('list the model and its layers in the outline', async () => {
    const document = await openText(text);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri
    );
    const model = symbols.find(({ name }) => name === 'model');
    assert.match(model?.detail ?? '', /\d+ params/);
    assert.ok(model?.children.some(({ detail }) => detail.startsWith('26 × 26 × 16')));
  });
});

describe('a course notebook', () => {
  afterEach(discardAll);

  it('has hints in every cell, an entry in the status bar of each model’s cell, and opens either model', async () => {
    const { services } = await api();
    const uri = vscode.Uri.file(path.join(extensionRoot(), 'test/fixtures/checks/course.ipynb'));
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await vscode.window.showNotebookDocument(notebook);
    const found = await definitionsOf(services.analyses, uri);
    assert.deepEqual(
      found.map((each) => (each.kind === 'source' ? [each.key, each.place.cell] : null)),
      [
        ['model', 4],
        ['layer', 7],
        ['model@2', 10]
      ]
    );
    for (const index of [4, 8, 10]) {
      const hints = await hintsOf(notebook.cellAt(index).document);
      assert.ok(hints.length >= 3, `cell ${String(index)} has ${String(hints.length)} hints`);
    }
    const status = new CellStatus({
      log: services.log,
      analyses: services.analyses,
      commands: {
        inspectDefinition: commands.inspectDefinition,
        train: commands.train,
        withoutThisLine: commands.withoutThisLine,
        setValue: commands.setValue
      },
      experimentLens: () => false,
      kernelGlance: () => Promise.resolve({ pictures: [], filters: 0, nearDead: 0 })
    });
    const items = notebook.getCells().map((cell) => status.provideCellStatusBarItems(cell));
    status.dispose();
    assert.deepEqual(
      items.flatMap((each, index) => (each.length > 0 ? [index] : [])),
      [4, 7, 10]
    );
    assert.match(items[4]?.[0]?.text ?? '', /See inside: no Python needed/);
    const command = items[10]?.[0]?.command;
    assert.ok(typeof command === 'object');
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    const panel = await until('the panel', () => services.panels.active);
    await until('the second model', () => panel.openModel);
    assert.equal(panel.subject.title, 'course.ipynb: model@2');
    await vscode.commands.executeCommand(commands.inspectDefinition, uri.toString(), 'model');
    const first = await until('the first model', () =>
      services.panels.all.find(({ subject }) => subject.title === 'course.ipynb: model')
    );
    await until('its layers', () => first.openModel);
  });
});
