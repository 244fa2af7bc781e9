// The browser that shows the workbench in tests: Debian's Chromium, installed when it is missing and we may.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** Without a window's machinery: the same engine at about half the processor time. */
const shell = '/usr/bin/chromium-headless-shell';
const candidates = [
  process.env.CHROMIUM_PATH,
  shell,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'
];

export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run'
];

function find() {
  return candidates.find((file) => file && fs.existsSync(file)) ?? null;
}

function mayInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get');
}

function install(...packages) {
  try {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages, 'fonts-liberation'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    });
  } catch {
    // `find` tells whether there is one now.
  }
}

let triedToInstall = false;

/** The executable, or `null` with the reason printed by the caller. */
export function findChromium() {
  const present = find();
  if (present === process.env.CHROMIUM_PATH || present === shell || triedToInstall || !mayInstall()) return present;
  triedToInstall = true;
  console.error('Installing headless Chromium from Debian (once)...');
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' });
  install('chromium-headless-shell');
  if (find() === null) install('chromium');
  return find();
}

export const missingChromium =
  'Chromium is missing. Install it (Debian: apt-get install chromium-headless-shell) or set CHROMIUM_PATH to a Chromium or Chrome.';
