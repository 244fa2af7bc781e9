// Makes the VS Code server usable from registry packages alone: nothing is compiled, nothing comes from elsewhere.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const hostFolder = path.dirname(fileURLToPath(import.meta.url));
export const codeServer = path.join(hostFolder, 'node_modules/code-server');
const vscode = path.join(codeServer, 'lib/vscode');
const stampFile = path.join(hostFolder, 'node_modules/.provisioned');
const lock = path.join(hostFolder, '.provisioning');

/** Native or networked packages that VS Code loads only for features nobody uses here. */
const unneeded = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'kerberos',
  'ssh2',
  'node-addon-api'
];
const unwantedExtensions = ['copilot', 'mermaid-markdown-features', 'microsoft-authentication'];

function npm(folder, ...args) {
  execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error' }
  });
}

function stamp() {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', 'provision.mjs', 'spdlog-stub.cjs']) {
    hash.update(fs.readFileSync(path.join(hostFolder, file)));
  }
  return hash.digest('hex');
}

/** Waits until no other process sets up the server; a lock left by one that was ended is ignored after five minutes. */
function takeLock() {
  for (;;) {
    try {
      fs.mkdirSync(lock);
      return;
    } catch {
      const age = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (age > 300_000) fs.rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
}

/** Idempotent; about half a minute the first time, nothing afterwards. */
export function provision() {
  const wanted = stamp();
  const ready = () => fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted;
  if (ready()) return;
  takeLock();
  try {
    if (!ready()) install(wanted);
  } finally {
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

function install(wanted) {
  console.error('Setting up the VS Code server (once, about 30 s)...');
  npm(hostFolder, 'ci', '--ignore-scripts');
  const manifestFile = path.join(vscode, 'package.json');
  const manifest = JSON.parse(fs.readFileSync(manifestFile, 'utf8'));
  for (const name of unneeded) delete manifest.dependencies[name];
  delete manifest.overrides?.['kerberos@2.1.1'];
  fs.writeFileSync(manifestFile, JSON.stringify(manifest, null, 2));
  // The shipped shrinkwrap no longer fits the manifest, so `npm ci` cannot be used here.
  npm(vscode, 'install', '--omit=dev', '--ignore-scripts');
  const modules = path.join(vscode, 'node_modules');
  fs.copyFileSync(path.join(hostFolder, 'spdlog-stub.cjs'), path.join(modules, '@vscode/spdlog/index.js'));
  fs.writeFileSync(path.join(modules, '@vscode/native-watchdog/index.js'), 'exports.start = () => {};\n');
  for (const name of unwantedExtensions) {
    fs.rmSync(path.join(vscode, 'extensions', name), { recursive: true, force: true });
  }
  fs.writeFileSync(stampFile, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) provision();
