// The built panel in a real browser with the real child process behind it; only the extension host is played here.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../../scripts/lib/setup.mjs';
import { chromiumArguments, findChromium } from '../../tools/vscode-host/chromium.mjs';
import { themes } from '../webview/themes.mjs';

const nonce = 'fixed-for-the-test';
/** As src/extension/panel/html.ts states it for a real webview. */
const policy = [
  `default-src 'none'`,
  `img-src 'self' data: blob:`,
  `style-src 'self'`,
  `font-src 'self'`,
  `script-src 'nonce-${nonce}'`
].join('; ');

const page = (theme) => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="/theme-${theme}.css"><link rel="stylesheet" href="/webview.css"><title>ConvLens</title></head>
<body class="${themes[theme].kind}" data-vscode-theme-kind="${themes[theme].kind}"><div id="app"></div>
<script nonce="${nonce}" src="/api.js"></script><script type="module" nonce="${nonce}" src="/webview.js"></script></body></html>`;

/** VS Code's half of the webview, reduced to the messages; state is kept over a reload as VS Code does. */
const api = `window.acquireVsCodeApi = () => ({
  postMessage: (message) => void window.toHost(message),
  getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
  setState: (state) => sessionStorage.setItem('state', JSON.stringify(state))
});`;

/** The variables VS Code sets for a theme. */
function themeSheet(theme) {
  const { variables } = themes[theme];
  const lines = Object.entries(variables).map(([name, value]) => `${name}: ${value};`);
  return `html { ${lines.join(' ')} } body { color: var(--vscode-foreground); background: var(--vscode-editor-background); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; }`;
}

/** A part of the page's code that it fetches when it needs it. */
function chunk(url) {
  const [, name] = /^\/(chunks\/[\w-]+\.js)$/.exec(url) ?? [];
  return name === undefined ? undefined : ['text/javascript', () => fs.readFileSync(path.join(root, 'dist', name))];
}

function serve() {
  const files = new Map([
    ...Object.keys(themes).flatMap((theme) => [
      [`/${theme}`, ['text/html', () => page(theme)]],
      [`/theme-${theme}.css`, ['text/css', () => themeSheet(theme)]]
    ]),
    ['/favicon.ico', ['image/png', () => fs.readFileSync(path.join(root, 'media/icon.png'))]],
    ['/api.js', ['text/javascript', () => api]],
    ['/webview.js', ['text/javascript', () => fs.readFileSync(path.join(root, 'dist/webview.js'))]],
    ['/webview.css', ['text/css', () => fs.readFileSync(path.join(root, 'dist/webview.css'))]]
  ]);
  const server = http.createServer((request, response) => {
    const file = files.get(request.url ?? '') ?? chunk(request.url ?? '');
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${file[0]}; charset=utf-8` }).end(file[1]());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** One browser and one child process for all panels of a run. */
export async function startPanels() {
  const server = await serve();
  const browser = await chromium.launch({ executablePath: findChromium(), headless: true, args: chromiumArguments });
  return {
    /** Opens a panel on a model file. */
    open: (file, viewport = { width: 1280, height: 800 }, theme = 'dark') =>
      openPanel(browser, `http://127.0.0.1:${server.address().port}/${theme}`, file, viewport),
    close: async () => {
      await browser.close();
      server.close();
    }
  };
}

function startWorker() {
  return fork(path.join(root, 'dist/worker.js'), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  });
}

async function openPanel(browser, address, file, viewport) {
  const context = await browser.newContext({ viewport });
  const tab = await context.newPage();
  tab.setDefaultTimeout(20_000);
  const errors = [];
  tab.on('pageerror', (error) => errors.push(error.message));
  tab.on('console', (message) => {
    // The toolkit sets one empty style attribute, which the policy refuses without any effect.
    if (message.type() === 'error' && !message.text().includes('style')) errors.push(message.text());
  });
  const host = new PlayedHost(tab, file);
  await tab.exposeFunction('toHost', (message) => host.receive(message));
  await tab.goto(address);
  return {
    tab,
    host,
    errors,
    close: async () => {
      host.end();
      await context.close();
    }
  };
}

/** Answers what the extension host answers and passes everything else to the child process. */
class PlayedHost {
  constructor(tab, file) {
    this.tab = tab;
    this.file = file;
    this.saved = {};
    this.asked = [];
    /** What the person chooses in the dialogs that a test expects. */
    this.beside = null;
    this.picked = null;
    this.startWorker();
  }

  startWorker() {
    this.worker = startWorker();
    const worker = this.worker;
    worker.on('message', (message) => {
      if (message.type === 'event') return;
      // What the file was opened as.
      if (message.type === 'result') this.summary ??= message.value?.summary;
      void this.toPanel(message);
    });
    // Pages go on asking while a child process ends; like the extension host, this one then sends nothing.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.worker === worker) void this.emit('crashed', { message: 'it was ended by SIGKILL' });
    });
  }

  end() {
    const worker = this.worker;
    this.worker = null;
    worker?.kill('SIGKILL');
  }

  crash() {
    this.worker.kill('SIGKILL');
  }

  /** Opens the file that the person sets beside the first one. */
  openBeside(beside) {
    const { worker } = this;
    if (beside === null) return Promise.resolve(null);
    const id = 1_000_000;
    return new Promise((resolve) => {
      const receive = (message) => {
        if (message.id !== id || message.type !== 'result') return;
        worker.off('message', receive);
        resolve({ opened: message.value, title: path.basename(beside) });
      };
      worker.on('message', receive);
      worker.send({ type: 'request', id, method: 'openModel', params: { file: beside } });
    });
  }

  toWorker(message) {
    if (this.worker?.connected) this.worker.send(message);
  }

  toPanel(message) {
    return this.tab
      .evaluate((data) => window.dispatchEvent(new MessageEvent('message', { data })), message)
      .catch(() => undefined);
  }

  emit(name, payload) {
    return this.toPanel({ type: 'event', name, payload });
  }

  async receive(message) {
    if (message.type !== 'request') return this.toWorker(message);
    this.asked.push(message.method);
    const answer = (value) => this.toPanel({ type: 'result', id: message.id, value });
    switch (message.method) {
      case 'ready':
        return answer({
          subject: { kind: 'file', path: this.file, title: path.basename(this.file) },
          state: this.saved,
          settings: { explanations: true, reduceMotion: false, followCursor: true, l10n: {}, language: 'en' }
        });
      case 'retry':
        if (this.worker.exitCode !== null || this.worker.signalCode !== null) this.startWorker();
        return this.toWorker({ ...message, method: 'openModel', params: { file: this.file } });
      case 'open':
        return this.toWorker({ ...message, method: 'openModel', params: { file: this.file } });
      case 'saveState':
        this.saved = message.params;
        return answer(null);
      case 'openCompared':
        // As the host does, it remembers what was chosen last.
        this.remembered = message.params.again ? (this.remembered ?? null) : this.beside;
        return answer(await this.openBeside(this.remembered));
      case 'closeCompared':
        this.remembered = null;
        return answer(null);
      case 'pickFolder':
      case 'pickInput':
        return answer(this.picked);
      case 'pickLabels':
      case 'resolveDrop':
        return answer(null);
      case 'saveFile':
        this.savedFile = { ...message.params, bytes: Buffer.from(Object.values(message.params.bytes)) };
        return answer({ saved: true });
      case 'saveTensor':
      case 'saveReport': {
        const method = message.method === 'saveTensor' ? 'writeTensor' : 'writeReport';
        return this.toWorker({ ...message, method, params: { ...message.params, path: this.target } });
      }
      case 'copyText':
        this.copied = message.params.text;
        return answer(null);
      case 'revealSource':
      case 'reopenWith':
      case 'openSettings':
        return answer(null);
      default:
        return this.toWorker(message);
    }
  }
}
