// The source analysis of a tree of ConvLens, bundled, and what it says about one file in plain words.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const STANDARD = /[\\/]node_modules[\\/]/;

/** @param tree root of the tree whose `src` is measured; @param folder where the bundle goes */
export async function loadAnalysis(tree, folder) {
  const has = (name) => existsSync(path.join(tree, 'src', name));
  const resolver = has('source/projectFiles.ts') ? "export { projectResolver } from './src/source/projectFiles';" : '';
  const outfile = path.join(folder, 'analysis.mjs');
  await build({
    stdin: {
      contents: `export { analyzeSource } from './src/source/analyze'; export { readLiteral } from './src/source/overrides';
        export { summarize } from './src/core/summarize'; ${resolver}`,
      resolveDir: tree,
      loader: 'ts'
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    // Data of the tree is found from where its own bundle lies.
    define: { __dirname: JSON.stringify(path.join(tree, 'dist')) },
    loader: { '.gz': 'binary', '.bin': 'binary', '.br': 'binary' }
  });
  const parts = await import(pathToFileURL(outfile).href);
  return (file, root, set = {}, inputShape) => analyzed(parts, file, root, set, inputShape);
}

/** @returns `{ definitions, problems, settable, complete, ms }`; the shapes and totals as `summarize` gives them */
function analyzed({ analyzeSource, readLiteral, summarize, projectResolver }, file, root, set, inputShape) {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  const input = inputOf(file, text);
  const options = {
    budgetMs: 10_000,
    ...(projectResolver === undefined ? {} : { resolve: projectResolver(file, { roots: [root], read: reader(root) }) }),
    ...(Object.keys(set).length === 0
      ? {}
      : { set: new Map(Object.entries(set).map(([name, value]) => [name, readLiteral(value)])) }),
    ...(inputShape === undefined ? {} : { inputShape })
  };
  const start = performance.now();
  const { definitions, problems, settableNames, complete } = analyzeSource(input, options);
  const ms = performance.now() - start;
  return {
    definitions: definitions.map((definition) => described(definition, summarize, inputShape)),
    problems: problems.map(({ message, range }) => ({
      message,
      line: range?.startLine ?? null,
      cell: range?.cell ?? null
    })),
    settable: settableNames,
    complete,
    ms
  };
}

function described({ key, model, range, questions }, summarize, inputShape) {
  const summary = summarize(model, inputShape === undefined ? {} : { inputShapes: shapesFor(model, inputShape) });
  const rows = flat(summary.layers);
  return {
    key,
    name: model.name,
    framework: model.framework,
    place: { cell: range.cell ?? null, line: range.startLine },
    total: summary.totals.params,
    trainable: summary.totals.trainableParams,
    inputs: summary.inputs.map(({ shape }) => shape),
    errors: summary.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    questions: (questions ?? []).map(({ name, offers }) => ({ name, offers: [...offers] })),
    notes: [...rows.map(({ note }) => note), ...model.notices.map(({ message }) => message)].filter(
      (one) => one !== null
    ),
    // Calls of what the framework's own summary lists, nested models as one row.
    layers: summary.layers
      .filter(({ listed, calls }) => listed && calls > 0)
      .map(({ name, sourceType, outputShape, params }) => ({ name, type: sourceType, shape: outputShape, params })),
    sources: rows
      .filter(({ source }) => source !== null)
      .map(({ source, sourceType }) => ({ cell: source.cell ?? null, line: source.startLine, type: sourceType }))
  };
}

/** The given shape for every input whose code states none. */
function shapesFor({ root }, inputShape) {
  const layers = root.inputs.map(({ call }) => root.layers.get(root.calls[call]?.layer ?? ''));
  return new Map(layers.flatMap((layer) => (layer === undefined ? [] : [[layer.name, [null, ...inputShape]]])));
}

function flat(rows) {
  return rows.flatMap((row) => [row, ...(row.layers === null ? [] : flat(row.layers))]);
}

function inputOf(file, text) {
  if (!file.endsWith('.ipynb')) {
    return { kind: 'file', text, language: file.endsWith('.py') ? 'python' : 'javascript' };
  }
  const cells = JSON.parse(text).cells.flatMap((cell, index) =>
    cell.cell_type === 'code' ? [{ index, text: [cell.source].flat().join('') }] : []
  );
  return { kind: 'notebook', cells };
}

/** Files of the same repository; nothing else. */
function reader(root) {
  return (name) => {
    const inside = path.resolve(name).startsWith(path.resolve(root) + path.sep);
    if (!inside || STANDARD.test(name)) return null;
    try {
      return readFileSync(name, 'utf8');
    } catch {
      return null;
    }
  };
}
