#!/usr/bin/env node
// Runs test/host [--only WORDS OF A TITLE] inside a real VS Code through @vscode/test-electron: desktop VS Code where asked for or found, else
// the server build behind a shim.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import * as esbuild from 'esbuild';
import { copySamples, root, scratch } from '../../scripts/lib/setup.mjs';

const out = path.join(root, 'out/host-tests');
const resultsFile = path.join(scratch, 'results/host.json');
const workspace = path.join(scratch, 'host-workspace');

function executable() {
  if (process.env.CONVLENS_VSCODE === 'desktop') return undefined; // test-electron downloads or finds it
  try {
    const found = execFileSync(process.platform === 'win32' ? 'where' : 'which', ['code'], { encoding: 'utf8' });
    if (process.env.DISPLAY && found.trim()) return found.trim().split('\n')[0];
  } catch {
    // No desktop VS Code here.
  }
  return path.join(root, 'tools/vscode-host/code-shim.mjs');
}

const here = path.join(root, 'test/host');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : null;
fs.rmSync(out, { recursive: true, force: true });
fs.rmSync(resultsFile, { force: true });
fs.mkdirSync(path.dirname(resultsFile), { recursive: true });
copySamples(workspace);
await esbuild.build({
  entryPoints: fs
    .readdirSync(here)
    .filter((name) => name.endsWith('.test.ts') || name === 'index.ts')
    .map((name) => path.join(here, name)),
  outdir: out,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
  logLevel: 'warning'
});
try {
  await runTests({
    vscodeExecutablePath: executable(),
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(out, 'index.js'),
    launchArgs: [workspace],
    extensionTestsEnv: { CONVLENS_RESULTS: resultsFile, ...(only === null ? {} : { CONVLENS_ONLY: only }) }
  });
} catch (error) {
  if (!fs.existsSync(resultsFile)) {
    console.error(`the tests did not run: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
process.exit(0);
