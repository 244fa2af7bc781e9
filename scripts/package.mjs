#!/usr/bin/env node
// `npm run package`: an installable VSIX, without native parts, at most 6 MB.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, installDependencies, root } from './lib/setup.mjs';

const limit = 6_000_000;
installDependencies();
fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
build('--production');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const file = path.join(root, `convlens-${version}.vsix`);
execFileSync(
  process.execPath,
  [
    path.join(root, 'node_modules/@vscode/vsce/vsce'),
    ...['package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file]
  ],
  { cwd: root, stdio: 'inherit' }
);
const { size } = fs.statSync(file);
console.log(`${path.basename(file)}: ${(size / 1e6).toFixed(2)} MB (budget ${limit / 1e6} MB)`);
process.exit(size > limit ? 1 : 0);
