// Executes the chosen TensorFlow.js files with real TensorFlow.js: `node scripts/evaluate/truth.mjs OUT MODULES`, where MODULES
// has node_modules with @tensorflow/tfjs 4. Writes OUT/truth/*.json as truth.py does. Each file runs bundled in a process of its
// own, as `nobody`, without network, with limits on time and memory; pages, data and training are stood in for.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { scriptDefinitions } from './definitions.mjs';

const [out, modules] = process.argv.slice(2).map((name) => path.resolve(name));
const library = createRequire(path.join(modules, 'x.js')).resolve('@tensorflow/tfjs');
const SECONDS = 60;

const PRELUDE = `
const tf = require(${JSON.stringify(library)});
const models = [];
const errors = [];
const standIn = () => new Proxy(function () {}, {
  get: (_, key) => key === 'then' || typeof key === 'symbol' ? undefined : standIn(),
  apply: standIn, construct: standIn, set: () => true, has: () => true
});
globalThis.tf = tf;
globalThis.__standIn = standIn;
globalThis.__made = (line, make) => (...given) => {
  const model = make.apply(tf, given);
  models.push({ line, model });
  return model;
};
for (const name of ['window', 'document', 'tfvis', 'location', 'localStorage', '$', 'ui', 'self']) globalThis[name] ??= standIn();
globalThis.alert = globalThis.fetch = globalThis.requestAnimationFrame = standIn();
globalThis.Image = globalThis.HTMLElement = standIn();
for (const name of ['fit', 'fitDataset', 'evaluate', 'predict', 'save', 'summary', 'compile'])
  for (const one of [tf.LayersModel, tf.Sequential]) one.prototype[name] = () => standIn();
const note = (error) => errors.push(String(error).slice(0, 200));
process.on('uncaughtException', note);
process.on('unhandledRejection', note);
globalThis.__try = (run) => { try { Promise.resolve(run()).catch(note); } catch (error) { note(error); } };
const layerOf = (layer) => {
  let shape = null;
  try { shape = layer.outputShape; } catch {}
  return { name: layer.name, type: layer.getClassName(), shape, params: layer.countParams() };
};
const modelOf = ({ line, model }) => {
  try {
    return { places: [{ cell: null, line }], total: model.countParams(), layers: model.layers.map(layerOf) };
  } catch { return null; }
};
setTimeout(() => {
  require('node:fs').writeSync(3, JSON.stringify({ errors, models: models.map(modelOf).filter((one) => one !== null), modules: [] }));
  process.exit(0);
}, 4000);
`;

/** The file with each definition's constructor watched, and what nothing calls called at the end. */
function watched(file, text) {
  const definitions = scriptDefinitions(file, text);
  let changed = text;
  for (const { line, callee } of [...definitions].sort((a, b) => b.callee[0] - a.callee[0])) {
    const [from, to] = callee;
    changed = `${changed.slice(0, from)}__made(${line}, ${changed.slice(from, to)})${changed.slice(to)}`;
  }
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const holds = (node) => definitions.some(({ callee: [from] }) => from >= node.getStart() && from < node.getEnd());
  const optional = (node) =>
    node.parameters.every((one) => one.initializer !== undefined || one.questionToken !== undefined);
  const calls = [];
  for (const node of tree.statements) {
    if (!holds(node)) continue;
    if (ts.isFunctionDeclaration(node) && node.name !== undefined && optional(node)) calls.push(`${node.name.text}()`);
    if (ts.isVariableStatement(node)) {
      for (const { name, initializer } of node.declarationList.declarations)
        if (initializer !== undefined && ts.isFunctionLike(initializer) && optional(initializer))
          calls.push(`${name.getText()}()`);
    }
    if (ts.isClassDeclaration(node) && node.name !== undefined) {
      for (const member of node.members) {
        if (!ts.isMethodDeclaration(member) || !holds(member) || !optional(member)) continue;
        const isStatic = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
        calls.push(`${isStatic ? node.name.text : `new ${node.name.text}()`}.${member.name.getText()}()`);
      }
      calls.push(`new ${node.name.text}()`);
    }
  }
  return `${changed}\n${calls.map((call) => `__try(() => ${call});`).join('\n')}\n`;
}

/** Files of the repository are bundled; TensorFlow.js is the real one; every other package is stood in for. */
const packages = (root) => ({
  name: 'packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@tensorflow\/tfjs(-node(-gpu)?|-core|-layers)?$/ }, () => ({
      path: 'tf',
      namespace: 'stand-in'
    }));
    onResolve({ filter: /^[^./]/ }, ({ kind, path: name }) =>
      kind === 'entry-point' ? undefined : { path: name, namespace: 'stand-in' }
    );
    onResolve({ filter: /^\./ }, ({ path: name, resolveDir }) => {
      const base = path.resolve(resolveDir, name);
      const found = ['', '.js', '.ts', '.jsx', '.tsx', '.mjs', '/index.js', '/index.ts']
        .map((end) => base + end)
        .find((one) => {
          try {
            return readFileSync(one) && /\.[cm]?[jt]sx?$/.test(one);
          } catch {
            return false;
          }
        });
      return found !== undefined && found.startsWith(root) ? { path: found } : { path: name, namespace: 'stand-in' };
    });
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path: name }) => ({
      contents: name === 'tf' ? 'module.exports = globalThis.tf;' : 'module.exports = globalThis.__standIn();'
    }));
  }
});

mkdirSync(path.join(out, 'truth'), { recursive: true });
const rows = readFileSync(path.join(import.meta.dirname, 'files.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
for (const place of rows.filter((row) => row.startsWith('tfjs\t')).map((row) => row.split('\t')[2])) {
  const root = path.join(out, 'repos', place.split('@')[0].replace('/', '+'));
  const file = path.join(root, place.slice(place.indexOf(':') + 1));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'convlens-truth-'));
  chmodSync(folder, 0o755);
  try {
    const loader = /\.tsx?$/.test(file) ? path.extname(file).slice(1) : 'jsx';
    const bundle = await build({
      stdin: {
        contents: watched(file, readFileSync(file, 'utf8')),
        resolveDir: path.dirname(file),
        sourcefile: file,
        loader
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      logLevel: 'silent',
      loader: { '.js': 'jsx' },
      plugins: [packages(root)]
    });
    const program = path.join(folder, 'program.cjs');
    writeFileSync(program, `${PRELUDE}\n__try(async () => {\n${bundle.outputFiles[0].text}\n});`);
    const isolated = [
      '-n',
      '-p',
      '-f',
      '--kill-child',
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--no-new-privs'
    ];
    const { output, status } = spawnSync(
      'unshare',
      [...isolated, process.execPath, '--max-old-space-size=2048', program],
      {
        cwd: folder,
        timeout: SECONDS * 1000,
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        env: { PATH: process.env.PATH, HOME: folder },
        maxBuffer: 1 << 26
      }
    );
    const found = output[3]?.toString() ?? '';
    if (found === '') throw new Error(`no answer (${String(status)})`);
    writeFileSync(path.join(out, 'truth', `${place.replace(/[/:]/g, '+')}.json`), found);
    const { models, errors } = JSON.parse(found);
    console.log(`${place}: ${models.length} models, ${errors.length} errors ${errors[0] ?? ''}`);
  } catch (error) {
    console.log(`${place}: ${String(error.message).slice(0, 300)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
