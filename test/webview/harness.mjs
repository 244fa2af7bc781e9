// What the panel's tests share: Chromium, a page under the extension's own content policy, a fake host behind it, checks.
import { build } from 'esbuild';
import { mkdir, open as openFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumArguments, findChromium, missingChromium } from '../../tools/vscode-host/chromium.mjs';
import { clipped, violations } from './pageChecks.mjs';
import { themes } from './themes.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const pictures = option('--pictures');
/** Whether pictures are kept. */
export const pictured = pictures !== null;
/** Where processes that share the walks write which one each has taken; null where this one runs all. */
const claims = option('--claims');
let walks = 0;
/** Whether walks that time frames run too: not beside others. */
export const timed = claims === null;
/** Only those that time frames. */
const timedOnly = process.argv.includes('--timed');
const executable = findChromium();
const results = [];

export async function finish() {
  const folder = path.join(root, '.convlens/results');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, option('--results') ?? 'webview.json'), JSON.stringify({ results }, null, 1));
  process.exit(results.some((r) => !r.ok) ? 1 : 0);
}

if (executable === null) {
  results.push({ title: 'webview in Chromium', ok: true, skipped: true, reason: missingChromium, ms: 0 });
  await finish();
}

const bundle = async (entry) =>
  build({
    entryPoints: [path.join(root, entry)],
    bundle: true,
    minify: true,
    write: false,
    outdir: '/out',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent'
  });
const panel = await bundle('webview/main.tsx');
const host = await bundle('test/webview/fakeHost.ts');
const text = (built, end) => built.outputFiles.find((file) => file.path.endsWith(end))?.text ?? '';
const nonce = 'nonce-of-this-test';

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
  if (url.pathname === '/webview.js') return send('text/javascript', text(panel, '.js'));
  if (url.pathname === '/webview.css') return send('text/css', text(panel, '.css'));
  if (url.pathname === '/host.js') return send('text/javascript', text(host, '.js'));
  if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
  const origin = `http://127.0.0.1:${server.address().port}`;
  const policy = `default-src 'none'; img-src ${origin} data: blob:; style-src ${origin}; font-src ${origin}; script-src 'nonce-${nonce}'`;
  response.setHeader('content-security-policy', policy);
  const theme = url.searchParams.get('theme') ?? 'dark';
  const variables = Object.entries(themes[theme].variables).map(([name, value]) => `${name}: ${value};`);
  if (url.pathname === '/theme.css') return send('text/css', `:root { ${variables.join(' ')} }`);
  if (url.pathname !== '/') return response.writeHead(404).end();
  send(
    'text/html',
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="/theme.css?theme=${theme}"><link rel="stylesheet" href="/webview.css"><title>ConvLens</title></head>
<body class="${themes[theme].kind}"><div id="app"></div><script nonce="${nonce}" src="/host.js"></script><script nonce="${nonce}" src="/webview.js"></script></body></html>`
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}/`;
// Pages share a process of the browser, which one page that stays keeps alive: starting and warming one for each costs more
// than most walks. Their session storage is their own.
const browser = await chromium.launch({
  executablePath: executable,
  args: [...chromiumArguments, '--process-per-site']
});
const context = await browser.newContext();
const keeper = await context.newPage();
await keeper.goto(`${base}theme.css`);

// The toolkit sets an empty style attribute, which the policy refuses without harm; the hash is that of the empty text.
const toolkitReport =
  `Applying inline style violates the following Content Security Policy directive 'style-src ${base.slice(0, -1)}'. ` +
  `Either the 'unsafe-inline' keyword, a hash ('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='), or a nonce ` +
  `('nonce-...') is required to enable inline execution. The action has been blocked.`;

export async function open({ scenario = 'digits', theme = 'dark', width = 640, height = 900 } = {}) {
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  page.problems = [];
  page.theme = theme;
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text() !== toolkitReport) page.problems.push(message.text());
  });
  await page.goto(`${base}?scenario=${scenario}&theme=${theme}`);
  return page;
}

const only = option('--only');

/** @returns whether the walk of this number is for this process: no other one has taken it */
async function claim(number) {
  if (claims === null) return true;
  const taken = await openFile(path.join(claims, String(number)), 'wx').catch(() => null);
  await taken?.close();
  return taken !== null;
}

export async function test(title, body) {
  if (only !== null && !title.includes(only)) return;
  if (timedOnly && !title.endsWith('frames while scrolling')) return;
  if (!(await claim(walks++))) return;
  const start = Date.now();
  try {
    await body();
    results.push({ title, ok: true, ms: Date.now() - start });
  } catch (error) {
    results.push({ title, ok: false, err: String(error?.message ?? error).slice(0, 1500), ms: Date.now() - start });
    console.log(`FAILED ${title}: ${String(error?.message ?? error).slice(0, 700)}`);
  } finally {
    for (const page of context.pages()) if (page !== keeper) await page.close();
  }
}
export const check = (condition, message) => {
  if (!condition) throw new Error(message);
};

export { clipped };

/** Changes the theme of an open page, as VS Code does it: other variables, another class of the body. */
async function showTheme(page, theme) {
  if (page.theme === theme) return;
  page.theme = theme;
  await page.evaluate(
    ([name, kind]) =>
      new Promise((resolve) => {
        const before = document.querySelector('link[href^="/theme.css"]');
        const after = before.cloneNode();
        after.href = `/theme.css?theme=${name}`;
        after.addEventListener('load', () => {
          before.remove();
          document.body.className = kind;
          resolve();
        });
        before.after(after);
      }),
    [theme, themes[theme].kind]
  );
}

/**
 * Shows a page in one theme and width after the other.
 * @param {Record<string, number[]>} layouts the widths in pixels for each theme
 * @param {(theme: string, width: number) => Promise<void>} body what must hold in each
 */
export async function inLayouts(page, layouts, body) {
  const { height } = page.viewportSize();
  for (const [theme, widths] of Object.entries(layouts)) {
    await showTheme(page, theme);
    for (const width of widths) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(250);
      try {
        await body(theme, width);
      } catch (error) {
        throw new Error(`${theme} at ${width} px: ${error.message}`, { cause: error });
      }
    }
  }
}
/** For what a theme changes alone. */
export const everyTheme = { dark: [640], light: [640], 'hc-dark': [640], 'hc-light': [640] };

/** Every rule in the dark theme; in the others, what a theme can change: the contrast of colours. */
export async function axe(page) {
  const found = await violations(page, page.theme !== 'dark');
  check(found.length === 0, `axe: ${found.join('\n')}`);
}

export const shot = async (page, name) => {
  if (pictures !== null) {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  }
};
export const ready = (page) => page.waitForSelector('.bars, .whole .error-box', { timeout: 15_000 });
export const views = ['overview', 'kernels', 'maps', 'effects', 'why', 'numbers', 'graph', 'compare', 'train'];

export async function close() {
  await browser.close();
  server.close();
}
