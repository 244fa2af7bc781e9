#!/usr/bin/env node
// Writes l10n/bundle.l10n.json from the strings in the code: vscode.l10n.t(…) in the host, t(…) everywhere else.
//   node scripts/l10n.mjs [--check]   --check writes nothing and fails where the bundle is behind the code
// A translation holds exactly the entries of the English texts, each with the same {0}: whatever is missing, unused or
// differs is listed, and is an error. Without --check the entries of translations are put in the order of the bundle.
//   CONVLENS_L10N_ROOT   another folder with l10n/ and package.nls*.json, for the tests of this script: its bundle is taken as it is
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const texts = process.env.CONVLENS_L10N_ROOT ?? root;
const committed = path.join(texts, 'l10n', 'bundle.l10n.json');
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** `t(…)`, and `l10n.t(…)` or `vscode.l10n.t(…)` in the host; `t` of the other parts looks into the same bundle. */
function translates({ expression: callee }) {
  if (ts.isIdentifier(callee)) return callee.text === 't';
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 't') return false;
  const owner = ts.isPropertyAccessExpression(callee.expression) ? callee.expression.name : callee.expression;
  return ts.isIdentifier(owner) && owner.text === 'l10n';
}

/** Every string that the code hands over to be translated. */
function stringsOfCode() {
  const found = new Map();
  const files = ['webview', 'src'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.join(root, folder, name))
  );
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    if (!/\bt\(/.test(text)) continue;
    const visit = (node) => {
      if (ts.isCallExpression(node) && translates(node)) {
        const first = node.arguments[0];
        if (first !== undefined && ts.isStringLiteralLike(first)) found.set(first.text, first.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TSX));
  }
  return Object.fromEntries(found);
}

const strings = texts === root ? stringsOfCode() : read(committed);
const english = Object.fromEntries(Object.entries(strings).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
let wrong = 0;
const complain = (message) => {
  console.error(message);
  wrong++;
};

if (!check) writeFileSync(committed, `${JSON.stringify(english, null, 2)}\n`);
else if (!existsSync(committed) || JSON.stringify(read(committed)) !== JSON.stringify(english))
  complain('l10n/bundle.l10n.json is behind the code: run npm run l10n');

const translationsIn = (folder, pattern) =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => path.join(folder, name));
const pairs = [
  ...translationsIn(path.join(texts, 'l10n'), /^bundle\.l10n\..+\.json$/)
    .filter((file) => file !== committed)
    .map((file) => [file, english]),
  ...translationsIn(texts, /^package\.nls\..+\.json$/).map((file) => [file, read(path.join(texts, 'package.nls.json'))])
];
const placeholders = (text) => (text.match(/\{\d+\}/g) ?? []).sort().join(' ');
for (const [file, source] of pairs) {
  const name = path.basename(file);
  const translation = read(file);
  for (const key of Object.keys(source)) if (!(key in translation)) complain(`${name} lacks ${JSON.stringify(key)}`);
  for (const [key, text] of Object.entries(translation)) {
    if (!(key in source)) complain(`${name} has an unused entry: ${JSON.stringify(key)}`);
    else if (text.trim() === '') complain(`${name} has nothing for ${JSON.stringify(key)}`);
    else if (placeholders(text) !== placeholders(source[key]))
      complain(
        `${name}: ${JSON.stringify(key)} has ${placeholders(source[key]) || 'no placeholder'}, its translation ${placeholders(text) || 'none'}`
      );
  }
  const order = Object.keys(source);
  const ordered = Object.entries(translation).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  if (!check) writeFileSync(file, `${JSON.stringify(Object.fromEntries(ordered), null, 2)}\n`);
}
process.exit(wrong > 0 ? 1 : 0);
