#!/usr/bin/env node
// The built panel and the real child process together, on the samples: what is shown is what was computed.
//   node test/panel/run.mjs [--pictures DIR] [--only samples,training,experiments]
//   node test/panel/run.mjs --pictures DIR --file MODEL [--beside MODEL] [--width 640] [--theme dark] [--only why,steps]
// With a file nothing is checked: whole pictures of its effects, of Why, Compare and the export menu are taken.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/setup.mjs';
import { expect, Outcomes } from './outcomes.mjs';
import { lostWords } from '../webview/pageChecks.mjs';
import { startPanels } from './panelPage.mjs';
import { takePictures } from './pictures.mjs';
import { checkExperiments } from './experiments.mjs';
import { checkTraining } from './training.mjs';

const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : null);
const fileOption = (name) => (option(name) === null ? null : path.resolve(option(name)));
const pictures = fileOption('--pictures');
const onlyFile = fileOption('--file');
const sample = (name) => path.join(root, 'samples', name);
const outcomes = new Outcomes('panel');
const panels = await startPanels();

const layer = (tab, name) =>
  tab
    .getByRole('treeitem')
    .filter({ has: tab.locator('.row-name', { hasText: new RegExp(`(?<!\\w)${name}(?!\\w)`) }) })
    .first();
const view = (tab, name) => tab.getByRole('tab', { name });

async function picture(tab, name) {
  if (pictures === null) return;
  fs.mkdirSync(pictures, { recursive: true });
  await tab.screenshot({ path: path.join(pictures, `${name}.png`) });
}

async function withPanel(file, run, viewport) {
  const panel = await panels.open(file, viewport);
  try {
    await run(panel);
    expect(panel.errors.length === 0, `the page reported ${panel.errors.join('; ')}`);
  } finally {
    await panel.close();
  }
}

/** A report is opened from the disk without a network: it asks for nothing, and all its pictures are there. */
async function opensOffline(tab, file) {
  const context = tab.context();
  await context.setOffline(true);
  const page = await context.newPage();
  try {
    const address = pathToFileURL(file).href;
    const [asked, problems] = [[], []];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => problems.push(message.text()));
    await page.goto(address);
    const empty = await page.evaluate(() =>
      [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).map((image) => image.alt)
    );
    const foreign = asked.filter((url) => url !== address && !url.startsWith('data:'));
    expect(foreign.length === 0, `the report asks for ${foreign.join(', ')}`);
    expect(problems.length === 0, problems.join('; '));
    expect(empty.length === 0, `pictures of the report are empty: ${empty.join(', ')}`);
    expect((await page.evaluate(() => document.images.length)) > 10, 'the report has no pictures');
    if (pictures !== null) await page.screenshot({ path: path.join(pictures, 'report.png'), fullPage: true });
  } finally {
    await page.close();
    await context.setOffline(false);
  }
}

async function checkSamples() {
  await outcomes.test('a digit runs through the network and is recognised', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab }) => {
      await tab.getByText(/^predicted 0$/).waitFor();
      await tab.getByText('from digits_cnn.keras').waitFor();
      await picture(tab, 'answer');
    })
  );

  await outcomes.test('the arithmetic of a pixel equals the value of the runtime', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab }) => {
      await tab.getByText(/^predicted 0$/).waitFor();
      await layer(tab, 'conv2d_1').click();
      await view(tab, 'Maps').click();
      const big = tab.locator('.big-map canvas, canvas.big-map').first();
      await big.waitFor();
      const box = await big.boundingBox();
      await big.click({ position: { x: box.width / 2, y: box.height / 2 } });
      await tab
        .getByText(/✓ equal to the runtime/)
        .first()
        .waitFor();
      await picture(tab, 'proof');
    })
  );

  await outcomes.test('after a crash the panel says so and Retry brings it back', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab, host }) => {
      await tab.getByText(/^predicted 0$/).waitFor();
      host.crash();
      await tab.getByRole('alert').first().waitFor();
      await tab
        .getByRole('button', { name: /retry|again/i })
        .first()
        .click();
      await tab.getByText(/^predicted 0$/).waitFor();
    })
  );

  await outcomes.test('a branchy colour network shows its graph', () =>
    withPanel(sample('shapes_cnn.keras'), async ({ tab }) => {
      await layer(tab, 'shortcut').click();
      await view(tab, 'Graph').click();
      await tab.locator('svg').getByText('shortcut').first().waitFor();
      await picture(tab, 'graph');
    })
  );

  await outcomes.test('the same network in another format stands beside the first, equal in all', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab, host }) => {
      await tab.getByText(/^predicted 0$/).waitFor();
      host.beside = sample('digits_cnn.h5');
      await view(tab, 'Compare').click();
      await tab.getByRole('button', { name: 'Another model…' }).click();
      await tab.getByText(/layers correspond; their kernels are equal/).waitFor();
      await tab.getByText('The answer is the same.').waitFor();
      await picture(tab, 'compare-models');
      await tab.waitForTimeout(400);
      await tab.reload();
      await tab.getByText(/layers correspond; their kernels are equal/).waitFor();
      await tab.getByText('B: digits_cnn.h5').waitFor();
      await tab.getByRole('button', { name: 'End the comparison' }).click();
      await tab.waitForTimeout(400);
      await tab.reload();
      await tab.getByText(/^predicted 0$/).waitFor();
      await tab.getByText(/Set a second model beside this one/).waitFor();
      host.picked = { path: path.join(root, 'samples/images/digits/3.png') };
      await tab.getByRole('button', { name: 'Another picture…' }).click();
      await tab.getByText('The answers differ.').waitFor();
      await tab.waitForTimeout(800);
      await tab.getByText(/On this input the maps part at/).waitFor();
      await picture(tab, 'compare-pictures');
      await tab.reload();
      await tab.getByText('B: 3.png').waitFor();
      await tab.getByText('The answers differ.').waitFor();
      await tab.setViewportSize({ width: 640, height: 1400 });
      await tab.waitForTimeout(800);
      await picture(tab, 'compare-640');
    })
  );

  await outcomes.test('a view is saved as a vector picture with text, as pixels, and its tables as CSV', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab, host }) => {
      await tab.getByText(/^predicted 0$/).waitFor();
      const saved = async (entry) => {
        host.savedFile = null;
        await tab.getByRole('button', { name: 'Export…' }).click();
        if (entry.includes('SVG')) await picture(tab, 'export-menu');
        await tab.getByRole('menuitem', { name: entry }).click();
        for (let waited = 0; host.savedFile === null && waited < 100; waited++) await tab.waitForTimeout(50);
        expect(host.savedFile !== null, `nothing was saved by ${entry}`);
        if (pictures !== null)
          fs.writeFileSync(path.join(pictures, `saved.${host.savedFile.type}`), host.savedFile.bytes);
        return host.savedFile.bytes;
      };
      await view(tab, 'Kernels').click();
      await tab.locator('.sheet').first().waitFor();
      await tab.waitForTimeout(600);
      const svg = (await saved('This view as SVG…')).toString();
      expect(/<text [^>]*>conv2d<\/text>/.test(svg), 'the name of the layer is no text');
      expect((svg.match(/<image /g) ?? []).length >= 16, 'the 16 kernels are not there');
      expect((await saved('This view as PNG…')).subarray(1, 4).toString() === 'PNG', 'no PNG');
      await view(tab, 'Numbers').click();
      const csv = (await saved('Tables of this view as CSV…')).toString();
      expect(csv.includes('Class,Conv2D'), `the table says ${csv.slice(0, 200)}`);
      host.target = path.join(root, '.convlens/report.html');
      await tab.getByRole('button', { name: 'Export…' }).click();
      await tab.getByRole('menuitem', { name: /Report/ }).click();
      for (let waited = 0; !fs.existsSync(host.target) && waited < 200; waited++) await tab.waitForTimeout(50);
      expect(fs.readFileSync(host.target, 'utf8').includes('batch_normalization'), 'no report was written');
      await opensOffline(tab, host.target);
      fs.rmSync(host.target);
      const table = (await saved('Layer table as CSV…')).toString().trim().split('\r\n');
      expect(
        table.some((row) => row.startsWith('conv2d_1,Conv2D,')),
        `the layer table says ${table[2]}`
      );
      expect(
        table.every((row) => row.split(',').length >= 11),
        'a row of the layer table is short'
      );
      // Only some of the 32 tiles are in sight.
      await tab.setViewportSize({ width: 640, height: 420 });
      await layer(tab, 'conv2d_1').click();
      await view(tab, 'Kernels').click();
      await tab.locator('.sheet').first().waitFor();
      const whole = (await saved('This view as SVG…')).toString();
      const tiles = (whole.match(/<image /g) ?? []).length;
      expect(tiles >= 32, `${tiles} of 32 kernels are in the picture`);
      expect(/<text [^>]*>31<\/text>/.test(whole), 'the last kernel has no number');
    })
  );

  await outcomes.test('every effect is saved whole, its words as text', () =>
    withPanel(
      sample('digits_cnn.keras'),
      async ({ tab, host }) => {
        await tab.getByText(/^predicted 0$/).waitFor();
        await view(tab, 'Effects').click();
        for (const [name, of] of [
          ['Step by step', 'conv2d_1'],
          ['Pooling', 'max_pooling2d'],
          ['Dropout', 'dropout_2'],
          ['Normalisation', 'batch_normalization'],
          ['Inputs that could exist', 'dense']
        ]) {
          await layer(tab, of).click();
          await tab.getByRole('button', { name, exact: true }).click();
          await tab.locator('.so-what').first().waitFor();
          await tab.waitForTimeout(500);
          host.savedFile = null;
          await tab.getByRole('button', { name: 'Export…' }).click();
          await tab.getByRole('menuitem', { name: 'This view as SVG…' }).click();
          for (let waited = 0; host.savedFile === null && waited < 200; waited++) await tab.waitForTimeout(50);
          expect(host.savedFile !== null, `nothing was saved of ${name}`);
          const svg = host.savedFile.bytes.toString();
          if (pictures !== null) fs.writeFileSync(path.join(pictures, `effect-${of}.svg`), svg);
          const missing = await lostWords(tab, svg);
          expect(missing.length === 0, `${name}: the picture lacks ${missing.slice(0, 5).join(' | ')}`);
        }
      },
      { width: 640, height: 700 }
    )
  );

  const broken = path.join(root, '.convlens/broken.keras');
  fs.mkdirSync(path.dirname(broken), { recursive: true });
  fs.writeFileSync(broken, fs.readFileSync(sample('digits_cnn.keras')).subarray(0, 5000));
  await outcomes.test('a truncated file is named with what to do', () =>
    withPanel(broken, async ({ tab }) => {
      await tab
        .getByRole('alert')
        .getByText(/broken\.keras|truncated|cut|damaged/i)
        .first()
        .waitFor();
      await picture(tab, 'broken');
    })
  );
}

if (onlyFile === null) {
  const wanted = option('--only')?.split(',') ?? ['samples', 'training', 'experiments'];
  if (wanted.includes('samples')) await checkSamples();
  const tools = { outcomes, sample, withPanel, view, picture };
  if (wanted.includes('training')) await checkTraining(tools);
  if (wanted.includes('experiments')) await checkExperiments(tools);
} else
  await takePictures(panels, {
    file: onlyFile,
    beside: fileOption('--beside'),
    folder: pictures ?? path.join(root, '.convlens/pictures'),
    width: Number(option('--width') ?? 640),
    theme: option('--theme') ?? 'dark',
    only: option('--only')?.split(',') ?? []
  });
await panels.close();
outcomes.write();
process.exit(outcomes.failed === 0 ? 0 : 1);
