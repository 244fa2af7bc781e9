// What every command needs before it can begin. Uses nothing but Node itself: it runs on a fresh clone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Scratch space inside the checkout, ignored by git. */
export const scratch = path.join(root, '.convlens');

const npmCommand = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Installs the locked dependencies when they are missing or the lock file has changed since. */
export function installDependencies() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stampFile = path.join(root, 'node_modules/.convlens-installed');
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === wanted) return;
  console.error('Installing dependencies (npm ci)...');
  execFileSync(npmCommand, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit']
  });
  fs.writeFileSync(stampFile, wanted);
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
