#!/usr/bin/env node
// `npm run package`: an installable VSIX, without native parts, at most 6 MB.
//   node scripts/package.mjs [--built]     --built: of the bundles in dist, built for release before
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, installDependencies, root, scratch } from './lib/setup.mjs';

const limit = 6_000_000;
if (!process.argv.includes('--built')) {
  installDependencies();
  fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  build('--production');
}
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const file = path.join(root, `convlens-${version}.vsix`);

// vsce looks at every file under its folder, the tools' own packages too, before it leaves out what .vscodeignore names:
// in a folder with what may be packaged alone it takes a seventh of the time.
const staged = path.join(scratch, 'package');
fs.rmSync(staged, { recursive: true, force: true });
const folders = ['dist', 'docs', 'l10n', 'media', 'samples'];
const files = fs.readdirSync(root).filter((name) => /^(package.*\.json|[A-Z]+(\.md)?|\.vscodeignore)$/.test(name));
for (const name of [...folders, ...files])
  fs.cpSync(path.join(root, name), path.join(staged, name), { recursive: true });

execFileSync(
  process.execPath,
  [
    path.join(root, 'node_modules/@vscode/vsce/vsce'),
    ...['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file]
  ],
  { cwd: staged, stdio: 'inherit' }
);
fs.rmSync(staged, { recursive: true });
const { size } = fs.statSync(file);
console.log(`${path.basename(file)}: ${(size / 1e6).toFixed(2)} MB (budget ${limit / 1e6} MB)`);
process.exit(size > limit ? 1 : 0);
