#!/usr/bin/env node
// Writes l10n/bundle.l10n.json from the strings in the code: vscode.l10n.t(…) in the host, t(…) in the webview.
//   node scripts/l10n.mjs [--check]   --check writes nothing and fails where the bundle is behind the code
// A translation may lack entries (VS Code falls back to English, they are listed), but may not hold unused ones.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const committed = path.join(root, 'l10n', 'bundle.l10n.json');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

function hostStrings() {
  const target = mkdtempSync(path.join(os.tmpdir(), 'convlens-l10n-'));
  const tool = path.join(root, 'node_modules', '@vscode', 'l10n-dev', 'dist', 'cli.js');
  try {
    execFileSync(process.execPath, [tool, 'export', '--outDir', target, path.join(root, 'src', 'extension')], {
      stdio: ['ignore', 'ignore', 'inherit']
    });
    return read(path.join(target, 'bundle.l10n.json'));
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** The webview and the hover texts have no vscode module; their `t` looks texts up in the same bundle. */
function webviewStrings() {
  const found = new Map();
  const files = ['webview', 'src/extension/language'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.join(root, folder, name))
  );
  for (const file of files) {
    const visit = (node) => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 't') {
        const first = node.arguments[0];
        if (first !== undefined && ts.isStringLiteralLike(first)) found.set(first.text, first.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  }
  return Object.fromEntries(found);
}

const strings = { ...hostStrings(), ...webviewStrings() };
const english = Object.fromEntries(Object.entries(strings).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
let wrong = 0;
const complain = (message) => {
  console.error(message);
  wrong++;
};

if (!check) writeFileSync(committed, `${JSON.stringify(english, null, 2)}\n`);
else if (!existsSync(committed) || JSON.stringify(read(committed)) !== JSON.stringify(english))
  complain('l10n/bundle.l10n.json is behind the code: run npm run l10n');

const pairs = readdirSync(path.join(root, 'l10n'))
  .filter((name) => /^bundle\.l10n\..+\.json$/.test(name))
  .filter((name) => name !== 'bundle.l10n.json')
  .map((name) => [name, english, read(path.join(root, 'l10n', name))]);
for (const name of readdirSync(root).filter((entry) => /^package\.nls\..+\.json$/.test(entry)))
  pairs.push([name, read(path.join(root, 'package.nls.json')), read(path.join(root, name))]);
for (const [name, source, translation] of pairs) {
  const missing = Object.keys(source).filter((key) => !(key in translation));
  if (missing.length > 0)
    console.warn(`${name} falls back to English for ${missing.length} of ${Object.keys(source).length}`);
  for (const key of Object.keys(translation)) if (!(key in source)) complain(`${name} has an unused entry: ${key}`);
}
process.exit(check && wrong > 0 ? 1 : 0);
