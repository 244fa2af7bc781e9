#!/usr/bin/env node
// Looks like VS Code's executable to @vscode/test-electron and runs the tests in the server build.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { provision } from './provision.mjs';
import { runInHost } from './run-in-host.mjs';

const args = process.argv.slice(2);
function value(name) {
  const prefix = `--${name}=`;
  const found = args.find((argument) => argument.startsWith(prefix));
  return found === undefined ? undefined : path.resolve(found.slice(prefix.length));
}

const workspace = args.find((argument) => !argument.startsWith('--'));
const tests = value('extensionTestsPath');
const extension = value('extensionDevelopmentPath');
if (!tests || !extension) {
  console.error('code-shim: --extensionDevelopmentPath and --extensionTestsPath are needed');
  process.exit(2);
}
provision();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'convlens-host-'));
const passedOn = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^(CONVLENS_|MOCHA_)/.test(key)));
try {
  const code = await runInHost({
    folder,
    workspace: workspace ? path.resolve(workspace) : folder,
    extension,
    tests,
    env: passedOn
  });
  if (code === 0) fs.rmSync(folder, { recursive: true, force: true });
  process.exit(code);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
