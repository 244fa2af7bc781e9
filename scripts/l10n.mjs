#!/usr/bin/env node
// Writes l10n/bundle.l10n.json from the strings in the code, and says what a translation lacks.
//   node scripts/l10n.mjs [--check]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const target = check ? mkdtempSync(path.join(os.tmpdir(), 'convlens-l10n-')) : path.join(root, 'l10n');
const tool = path.join(root, 'node_modules', '@vscode', 'l10n-dev', 'dist', 'cli.js');
execFileSync(process.execPath, [tool, 'export', '--outDir', target, path.join(root, 'src', 'extension')], {
  stdio: ['ignore', 'ignore', 'inherit']
});
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const english = read(path.join(target, 'bundle.l10n.json'));
let wrong = 0;
const complain = (message) => {
  console.error(message);
  wrong++;
};
if (check) {
  const committed = path.join(root, 'l10n', 'bundle.l10n.json');
  if (!existsSync(committed) || JSON.stringify(read(committed)) !== JSON.stringify(english))
    complain('l10n/bundle.l10n.json is behind the code: run npm run l10n');
  rmSync(target, { recursive: true, force: true });
}
const pairs = readdirSync(path.join(root, 'l10n'))
  .filter((name) => /^bundle\.l10n\..+\.json$/.test(name))
  .map((name) => [name, english, read(path.join(root, 'l10n', name))]);
for (const name of readdirSync(root).filter((entry) => /^package\.nls\..+\.json$/.test(entry)))
  pairs.push([name, read(path.join(root, 'package.nls.json')), read(path.join(root, name))]);
for (const [name, source, translation] of pairs) {
  for (const key of Object.keys(source)) if (!(key in translation)) complain(`${name} lacks: ${key}`);
  for (const key of Object.keys(translation)) if (!(key in source)) complain(`${name} has an unused entry: ${key}`);
}
process.exit(check && wrong > 0 ? 1 : 0);
