// Walks the panel in a real Chromium under the extension's own content policy, with a fake host behind it.
// Writes .convlens/results/webview.json; pictures go to --pictures DIR.
import { build } from 'esbuild';
import { readFile, mkdir, writeFile, access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { themes } from './themes.mjs';
import { whyTests } from './why.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const pictures = process.argv.includes('--pictures') ? process.argv[process.argv.indexOf('--pictures') + 1] : null;
const executable = process.env.CONVLENS_CHROMIUM ?? '/usr/bin/chromium';
const results = [];

async function finish() {
  const folder = path.join(root, '.convlens/results');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'webview.json'), JSON.stringify({ results }, null, 1));
  const count = (test) => results.filter(test).length;
  console.log(
    `webview: ${count((r) => r.ok && !r.skipped)} passed, ${count((r) => !r.ok)} failed, ${count((r) => r.skipped)} skipped`
  );
  process.exit(results.some((r) => !r.ok) ? 1 : 0);
}

try {
  await access(executable);
} catch {
  results.push({
    title: 'webview in Chromium',
    ok: true,
    skipped: true,
    reason: `no Chromium at ${executable} (set CONVLENS_CHROMIUM)`,
    ms: 0
  });
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
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const nonce = 'nonce-of-this-test';

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const send = (type, body) => response.writeHead(200, { 'content-type': type }).end(body);
  if (url.pathname === '/webview.js') return send('text/javascript', text(panel, '.js'));
  if (url.pathname === '/webview.css') return send('text/css', text(panel, '.css'));
  if (url.pathname === '/host.js') return send('text/javascript', text(host, '.js'));
  if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
  if (url.pathname !== '/') return response.writeHead(404).end();
  const origin = `http://127.0.0.1:${server.address().port}`;
  const policy = `default-src 'none'; img-src ${origin} data: blob:; style-src ${origin}; font-src ${origin}; script-src 'nonce-${nonce}'`;
  response.setHeader('content-security-policy', policy);
  const theme = url.searchParams.get('theme') ?? 'dark';
  send(
    'text/html',
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><link rel="stylesheet" href="/webview.css"><title>ConvLens</title></head>
<body class="${themes[theme].kind}"><div id="app"></div><script nonce="${nonce}" src="/host.js"></script><script nonce="${nonce}" src="/webview.js"></script></body></html>`
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath: executable,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
});

// The toolkit sets an empty style attribute, which the policy refuses without harm; the hash is that of the empty text.
const toolkitReport =
  `Applying inline style violates the following Content Security Policy directive 'style-src ${base.slice(0, -1)}'. ` +
  `Either the 'unsafe-inline' keyword, a hash ('sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='), or a nonce ` +
  `('nonce-...') is required to enable inline execution. The action has been blocked.`;

async function open({ scenario = 'digits', theme = 'dark', width = 640, height = 900 } = {}) {
  const page = await browser.newPage({ viewport: { width, height } });
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text() !== toolkitReport) page.problems.push(message.text());
  });
  await page.addInitScript((variables) => {
    const set = () =>
      Object.entries(variables).forEach(([name, value]) => document.documentElement.style.setProperty(name, value));
    if (document.documentElement) set();
    document.addEventListener('readystatechange', set);
  }, themes[theme].variables);
  await page.goto(`${base}?scenario=${scenario}&theme=${theme}`);
  return page;
}

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : null;

async function test(title, body) {
  if (only !== null && !title.includes(only)) return;
  const start = Date.now();
  try {
    await body();
    results.push({ title, ok: true, ms: Date.now() - start });
  } catch (error) {
    results.push({ title, ok: false, err: String(error?.message ?? error).slice(0, 1500), ms: Date.now() - start });
    console.log(`FAILED ${title}: ${String(error?.message ?? error).slice(0, 700)}`);
  } finally {
    for (const context of browser.contexts()) for (const page of context.pages()) await page.close();
  }
}
const check = (condition, message) => {
  if (!condition) throw new Error(message);
};

async function clipped(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('#app *')]
      .filter((element) => {
        const style = getComputedStyle(element);
        const scrolls =
          /auto|scroll/.test(style.overflowX) || element.closest('svg, .hidden-text, .sheet, .numbers-scroll, .thumb');
        if (scrolls || element.classList.contains('ellipsis') || element.clientWidth === 0) return false;
        if (element.scrollWidth > element.clientWidth + 1 && style.overflowX !== 'visible') return true;
        const box = element.getBoundingClientRect();
        return box.right > innerWidth + 1;
      })
      .map((element) => `${element.tagName}.${element.className}`)
      .slice(0, 5)
  );
}

async function axe(page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () =>
    (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations.map(
      (v) =>
        `${v.id}: ${v.nodes
          .slice(0, 3)
          .map((n) => `${n.target} ${n.any[0]?.message ?? n.failureSummary}`)
          .join(' | ')}`
    )
  );
  check(found.length === 0, `axe: ${found.join('\n')}`);
}

const shot = async (page, name) => {
  if (pictures !== null) {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  }
};
const ready = (page) => page.waitForSelector('.bars, .whole .error-box', { timeout: 15_000 });
const views = ['overview', 'kernels', 'maps', 'effects', 'why', 'numbers', 'graph', 'compare'];

for (const theme of Object.keys(themes)) {
  for (const width of [640, 1280, 480]) {
    await test(`every view in ${theme} at ${width} px: no violation, nothing clipped, no error`, async () => {
      const page = await open({ theme, width });
      await ready(page);
      for (const view of views) {
        await page.click(`#tab-${view}`);
        await page.waitForTimeout(350);
        await shot(page, `${theme}-${width}-${view}`);
        await axe(page);
        const cut = await clipped(page);
        check(cut.length === 0, `clipped in ${view}: ${cut.join(', ')}`);
      }
      check(page.problems.length === 0, page.problems.join('\n'));
    });
  }
}

await test('by keyboard alone: filter, walk, open a view, pin a kernel', async () => {
  const page = await open();
  await ready(page);
  await page.keyboard.press('/');
  await page.keyboard.type('dense');
  await page.waitForFunction(() => document.querySelectorAll('.layer-row').length === 1);
  for (let i = 0; i < 5; i++) await page.keyboard.press('Backspace');
  await page.keyboard.press('Tab');
  await page.focus('.rows');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.querySelector('.layer-row.selected')?.textContent?.includes('conv2d'));
  await page.focus('#tab-overview');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('.sheet');
  await page.focus('.sheet');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card');
  check((await page.textContent('.card strong'))?.startsWith('Filter 1,'), 'filter 1 is not pinned');
});

await test('a pixel of a map is explained and equals the runtime', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-maps');
  await page.waitForSelector('.agrees');
  const before = await page.textContent('.big-map[role=slider] .quiet');
  await page.focus('.big-map[role=slider]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(
    (text) => document.querySelector('.big-map[role=slider] .quiet')?.textContent !== text,
    before
  );
  await shot(page, 'proof');
});

await test('a pixel that differs by more than the layer allows is not called equal', async () => {
  const page = await open({ scenario: 'wrong' });
  await ready(page);
  await page.click('#tab-maps');
  await page.waitForSelector('.differs');
  check((await page.locator('.agrees').count()) === 0, 'called equal');
});

await test('the strongest map is the one with the largest mean |a|, not the largest mean', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-maps');
  await page.locator('.layer-row', { hasText: 'conv2d' }).first().click();
  await page.waitForSelector('.so-what');
  const text = await page.textContent('.so-what');
  check(text?.includes('Map 2 answers most strongly (mean |a| 0.9)'), `it says: ${text}`);
});

await test('at 640 px every layer name of the strip can be read, and rows keep their places while pictures arrive', async () => {
  const page = await open();
  await page.waitForSelector('.layer-row');
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.layer-row')].map((row) => {
        const { top, height } = row.getBoundingClientRect();
        return `${row.querySelector('.layer-name').textContent} ${top} ${height}`;
      })
    );
  const early = await places();
  await ready(page);
  await page.waitForSelector('.thumb canvas');
  check(early.join() === (await places()).join(), `rows moved: ${early.join()} → ${(await places()).join()}`);
  const names = await page.evaluate(() =>
    [...document.querySelectorAll('.layer-name')].map((name) => ({
      text: name.textContent,
      whole: name.scrollHeight <= name.clientHeight && name.scrollWidth <= name.clientWidth
    }))
  );
  check(
    names.some((name) => name.text === 'batch_normalization_1'),
    'no long name to read'
  );
  const cut = names.filter((name) => !name.whole).map((name) => name.text);
  check(cut.length === 0, `cut: ${cut.join(', ')}`);
});

await test('at 480 px the layers lie under one button that opens over the views and closes again', async () => {
  const page = await open({ width: 480 });
  await ready(page);
  const tabsAt = () => page.evaluate(() => document.querySelector('.tabs').getBoundingClientRect().top);
  const before = await tabsAt();
  check((await page.locator('.rows').count()) === 0, 'the list is open at first');
  await page.click('.layer-picker');
  await page.waitForSelector('.layer-row');
  await shot(page, 'picker');
  await axe(page);
  check((await tabsAt()) === before, 'the views moved');
  await page.locator('.layer-row', { hasText: 'batch_normalization_1' }).click();
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await page.textContent('.layer-picker'))?.includes('batch_normalization_1'), 'the layer was not picked');
  const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.id);
  check((await focused()) === 'layer-picker', `focus went to ${await focused()}`);
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('.layer-row');
  await page.keyboard.press('ArrowDown');
  check((await page.locator('.rows').count()) === 1, 'walking closed the list');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await focused()) === 'layer-picker', `Escape left the focus at ${await focused()}`);
  check((await page.textContent('.layer-picker'))?.includes('flatten'), 'the next layer was not walked to');
  await page.keyboard.press('/');
  await page.waitForSelector('.layer-row');
  await page.keyboard.type('max_p');
  await page.waitForFunction(() => document.querySelectorAll('.layer-row').length === 1);
  await page.locator('.layer-row').click();
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await page.textContent('.layer-picker'))?.includes('max_pooling2d'), 'the filtered layer was not picked');
  await page.click('.layer-picker');
  await page.waitForSelector('.rows');
  await page.click('.header h1');
  await page.waitForSelector('.rows', { state: 'detached' });
  check(page.problems.length === 0, page.problems.join('\n'));
});

await test('a refused inline style other than the empty one is reported', async () => {
  const page = await open();
  await ready(page);
  check(page.problems.length === 0, page.problems.join('\n'));
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  await page.waitForTimeout(100);
  check(page.problems.length === 1 && /inline style/.test(page.problems[0]), `reported: ${page.problems.join()}`);
});

await test('the picture of a dropout row is hatched, and only that one', async () => {
  const page = await open();
  await ready(page);
  await page.waitForFunction(() => document.querySelectorAll('.thumb canvas').length >= 9);
  const hatched = await page.evaluate(() =>
    [...document.querySelectorAll('.layer-row')]
      .filter((row) =>
        getComputedStyle(row.querySelector('.thumb'), '::after').backgroundImage.startsWith('repeating-linear-gradient')
      )
      .map((row) => row.querySelector('.layer-name').textContent)
  );
  check(hatched.join() === 'dropout', `hatched: ${hatched.join()}`);
});

await test('the maps of a 1-D layer are lines, not strips of colour', async () => {
  const page = await open({ scenario: 'series', width: 800 });
  await ready(page);
  await page.locator('.layer-row', { hasText: 'conv1d' }).click();
  await page.click('#tab-maps');
  await page.waitForSelector('.sheet');
  await page.waitForTimeout(500);
  const drawn = await page.evaluate(() => {
    const ratio = globalThis.devicePixelRatio;
    const context = document.querySelector('.sheet-canvas').getContext('2d');
    const { data, width, height } = context.getImageData(8 * ratio, 4 * ratio, 100 * ratio, 44 * ratio);
    // What differs from the ground (the corner of the tile) in each column and row.
    const inked = (x, y) => [0, 1, 2, 3].some((part) => Math.abs(data[4 * (y * width + x) + part] - data[part]) > 40);
    const columns = Array.from(
      { length: width },
      (_, x) => Array.from({ length: height }, (_, y) => inked(x, y)).filter(Boolean).length
    );
    const rows = Array.from({ length: height }, (_, y) => columns.some((_, x) => inked(x, y))).filter(Boolean).length;
    return {
      filled: columns.filter((count) => count > 0).length / width,
      thick: columns.sort((a, b) => a - b)[width >> 1],
      rows: rows / height
    };
  });
  check(drawn.filled > 0.9 && drawn.thick <= 8 && drawn.rows > 0.3, `no line: ${JSON.stringify(drawn)}`);
});

await test('random weights: bars are hollow and nothing is called predicted', async () => {
  const page = await open({ scenario: 'random' });
  await ready(page);
  check((await page.locator('.answer.hollow').count()) === 1, 'bars are not hollow');
  check(!/predicted/i.test((await page.textContent('.answer')) ?? ''), 'something is called predicted');
  check(/random, seed 1/.test((await page.textContent('.chips')) ?? ''), 'the weights are not named');
});

for (const scenario of ['error', 'crash', 'notModel']) {
  await test(`${scenario}: says what happened, Retry brings the panel back`, async () => {
    const page = await open({ scenario });
    await page.waitForSelector('.whole .error-box');
    await shot(page, `state-${scenario}`);
    await axe(page);
    await page.click('.error-box vscode-button');
    await page.waitForSelector('.bars');
  });
}

await test('waiting: a bar and Cancel after half a second, Cancel leads to Start again', async () => {
  const page = await open({ scenario: 'slow' });
  await page.waitForSelector('.whole .progress vscode-button');
  await shot(page, 'state-slow');
  await page.click('.whole .progress vscode-button');
  await page.waitForSelector('.error-box');
});

await test('choices survive a reload of the window', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-numbers');
  await page.locator('.layer-row', { hasText: 'dense' }).click();
  await page.waitForTimeout(400);
  await page.reload();
  await ready(page);
  check((await page.textContent('.layer-title h2')) === 'dense', 'the layer was not kept');
});

for (const scenario of ['branchy', 'long', 'series', 'volume', 'wide']) {
  await test(`${scenario}: about 25 rows at first, kernels and maps draw`, async () => {
    const page = await open({ scenario, width: 800 });
    await ready(page);
    check((await page.locator('.rows').getAttribute('aria-label')) !== null, 'no list');
    const rows = Number(/\d+/.exec((await page.locator('.rows').getAttribute('aria-label')) ?? '0')?.[0]);
    check(rows <= 27, `${rows} rows at first`);
    for (const view of ['kernels', 'maps']) {
      await page.click(`#tab-${view}`);
      await page.waitForSelector('.sheet');
      await page.waitForTimeout(300);
      await shot(page, `${scenario}-${view}`);
      await axe(page);
    }
    check(page.problems.length === 0, page.problems.join('\n'));
  });
}

async function frames(page, selector, step, sideways) {
  return page.evaluate(
    async ([selector, step, sideways]) => {
      const box = document.querySelector(selector);
      const long = [];
      const observer = new PerformanceObserver((list) =>
        list.getEntries().forEach((entry) => long.push(entry.duration))
      );
      observer.observe({ type: 'longtask' });
      const times = [];
      let last = performance.now();
      for (let i = 0; i < 120; i++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        times.push(now - last);
        last = now;
        box.scrollTop += step;
        if (sideways) box.scrollLeft += step / 2;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      times.sort((a, b) => a - b);
      return { p95: times[Math.floor(times.length * 0.95)], longest: Math.max(0, ...long), moved: box.scrollTop };
    },
    [selector, step, sideways]
  );
}

for (const [title, scenario, prepare, selector] of [
  ['10,000 layers', 'long', async (page) => page.click('.layers-tools vscode-button'), '.rows'],
  [
    '512 × 512 × 3 × 3 kernels',
    'wide',
    async (page) => {
      await page.click('#tab-kernels');
      await page.waitForSelector('.sheet');
      await page.locator('.tools vscode-dropdown').first().click();
      await page.locator('vscode-option', { hasText: 'Filters × inputs' }).click();
      await page.waitForTimeout(400);
    },
    '.sheet'
  ]
]) {
  await test(`${title}: frames while scrolling`, async () => {
    // Other processes share the machine: up to three attempts, each a fresh page measured in full. One attempt has to
    // keep every limit by itself; figures of different attempts are never combined.
    const failures = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const page = await open({ scenario, width: 800 });
      await ready(page);
      await prepare(page);
      await page.waitForTimeout(500);
      const { p95, longest, moved } = await frames(page, selector, 90, selector === '.sheet');
      await page.close();
      const figures = `p95 ${p95.toFixed(1)} ms, longest task ${longest.toFixed(0)} ms, scrolled ${moved}`;
      console.log(`${title}, attempt ${attempt}: ${figures}`);
      check(moved > 3000, `scrolled only ${moved} px`);
      if (p95 <= 34 && longest <= 50) return;
      failures.push(figures);
    }
    throw new Error(`no attempt had p95 ≤ 34 ms and tasks ≤ 50 ms: ${failures.join('; ')}`);
  });
}

await whyTests({ test, open, ready, check });

await browser.close();
server.close();
await finish();
