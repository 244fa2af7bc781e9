// What every command needs before it can begin. Uses nothing but Node itself: it runs on a fresh clone.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Scratch space inside the checkout, ignored by git. */
export const scratch = path.join(root, '.convlens');

const npmCommand = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Whether every package of the lock file that must be there is there in its version, by npm's own record. */
function dependenciesInstalled() {
  const record = path.join(root, 'node_modules/.package-lock.json');
  if (!fs.existsSync(record)) return false;
  const read = (file) => Object.entries(JSON.parse(fs.readFileSync(file, 'utf8')).packages);
  const installed = new Map(read(record));
  return read(path.join(root, 'package-lock.json')).every(
    ([place, { version, optional }]) =>
      place === '' || (installed.get(place)?.version ?? (optional ? version : null)) === version
  );
}

/** Installs the locked dependencies when one is missing or in another version. */
export function installDependencies() {
  if (dependenciesInstalled()) return;
  console.error('Installing dependencies (npm ci)...');
  execFileSync(npmCommand, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32'
  });
}

export function build(...args) {
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs'), ...args], { cwd: root, stdio: 'inherit' });
}

/** A fresh copy of the samples that people and tests may change. */
export function copySamples(folder) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  fs.cpSync(path.join(root, 'samples'), folder, { recursive: true });
}
