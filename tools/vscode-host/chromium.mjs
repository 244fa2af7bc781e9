// The browser that shows the workbench in tests: Debian's Chromium, installed when it is missing and we may.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

const candidates = [
  process.env.CHROMIUM_PATH,
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

/** The executable, or `null` with the reason printed by the caller. */
export function findChromium() {
  const present = find();
  if (present) return present;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) return null;
  console.error('Installing Chromium from Debian (once)...');
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    });
  } catch {
    return null;
  }
  return find();
}

export const missingChromium =
  'Chromium is missing. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH to a Chromium or Chrome.';
