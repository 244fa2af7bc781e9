#!/usr/bin/env node
// `npm run screenshots [-- overview,maps [640]]`: drives a real VS Code and saves media/screenshots/<view>-<theme>-<width>.png, so that the
// pictures in the README are never older than the program.
//   640   the panel alone, 640 px wide, as it stands in half a window
//         (of hovers: the whole window, 640 px wide)
//   1280  the whole window, 1280 x 800, code beside the panel
import fs from 'node:fs';
import path from 'node:path';
import { until } from '../test/e2e/panelView.mjs';
import { openWorkbench } from '../test/e2e/workbench.mjs';
import { provision } from '../tools/vscode-host/provision.mjs';
import { build, installDependencies, root, scratch } from './lib/setup.mjs';

const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  'hc-dark': 'Dark High Contrast',
  'hc-light': 'Light High Contrast'
};
const panelViews = [
  'overview',
  'kernels',
  'maps',
  'steps',
  'pooling',
  'dropout',
  'normalization',
  'why',
  'numbers',
  'graph',
  'compare'
];
/** The effects share a tab: the layer decides which one it shows. */
const effectLayers = {
  steps: 'conv2d',
  pooling: 'max_pooling2d',
  dropout: 'dropout',
  normalization: 'batch_normalization'
};
/** Of training: before, while, and after a run, with what it leaves. */
const trainViews = ['train-setup', 'train-live', 'train-after', 'train-mistakes', 'train-biography', 'train-runs'];
const wanted = process.argv[2]?.split(',') ?? [...panelViews, ...trainViews, 'code-hover', 'code-problem'];
/** In pixels. */
const widths = process.argv[3]?.split(',').map(Number) ?? [640, 1280];
const window = { width: 1280, height: 800 };
const panelWidth = 640;
const target = path.join(root, 'media/screenshots');

/** As a person does it; a change of the settings file from outside is not noticed by the server build. */
async function chooseTheme(workbench, theme) {
  const { page } = workbench;
  await workbench.command('Preferences: Color Theme');
  const box = page.locator('.quick-input-widget:visible input[type=text]').first();
  await box.fill(themes[theme]);
  const entry = page.locator('.quick-input-list .monaco-list-row', { hasText: themes[theme] }).first();
  await entry.click();
  await themeShown(page, theme);
}

const themeClasses = { light: 'vs', dark: 'vs-dark', 'hc-dark': 'hc-black', 'hc-light': 'hc-light' };

async function themeShown(page, theme) {
  await until(
    async () => (await page.locator(`.monaco-workbench.${themeClasses[theme]}`).count()) > 0,
    `the theme ${themes[theme]}`
  );
  await page.waitForTimeout(1200); // canvases are drawn again after the change
}

async function save(page, name, clip) {
  await page.mouse.move(2, 2);
  await page.waitForTimeout(300);
  const file = path.join(target, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled', ...(clip ? { clip } : {}) });
  console.log(`${path.relative(root, file)} ${(fs.statSync(file).size / 1000).toFixed(0)} kB`);
}

async function showPanelView(workbench, view) {
  const panel = workbench.view();
  const effect = effectLayers[view];
  await panel.layer(effect ?? 'conv2d').click();
  await panel.tab(new RegExp(`^${effect === undefined ? view : 'effects'}$`, 'i')).click();
  await workbench.page.waitForTimeout(effect !== undefined || view === 'why' ? 3000 : 1500); // pictures of the view come in as they are computed
}

/** Runs that the pictures show: a short one that was stopped, one with fewer examples, and the one that is looked at. */
async function trainRun(workbench, { examples, epochs, stopAfter = null, during = null }) {
  const panel = workbench.panel();
  await panel.getByRole('button', { name: 'Set up', exact: true }).click();
  await panel.getByRole('button', { name: /^Digits that come with/ }).click();
  const fill = async (name, value) => {
    const box = panel.getByRole('spinbutton', { name, exact: true });
    await box.fill(String(value));
    await box.blur();
  };
  const all = panel.getByRole('checkbox', { name: 'all', exact: true });
  if (await all.isChecked()) await all.uncheck();
  await fill('Examples', examples);
  await fill('Epochs', epochs);
  await panel.getByRole('button', { name: 'Start training' }).click();
  await panel
    .getByText(/epoch 1 of/)
    .first()
    .waitFor({ timeout: 60_000 });
  if (during !== null) await during();
  if (stopAfter !== null) {
    await panel
      .getByText(new RegExp(`epoch ${stopAfter + 1} of`))
      .first()
      .waitFor({ timeout: 120_000 });
    await panel.getByRole('button', { name: 'Stop and keep' }).click();
  }
  await panel
    .getByText(stopAfter === null ? /Finished: all/ : /^Stopped$/)
    .first()
    .waitFor({ timeout: 400_000 });
}

/** Brings a part of the training view to its top. */
async function showTrainPart(workbench, view) {
  const panel = workbench.panel();
  const part = (name) => panel.getByRole('group', { name: 'Parts of training' }).getByRole('button', { name });
  await part(view === 'train-setup' ? /^Set up/ : view === 'train-runs' ? /^Kept runs/ : /^Run/).click();
  const at = {
    'train-mistakes': panel.getByRole('region', { name: 'What it gets wrong' }),
    'train-biography': panel.getByRole('region', { name: 'Kernel biography' })
  }[view];
  await workbench.page.waitForTimeout(1500); // what the part asks for comes in
  await (at ?? panel.getByRole('group', { name: 'Parts of training' })).evaluate((element) =>
    element.scrollIntoView({ block: 'start' })
  );
}

/** @param {(view: string) => Promise<void>} picture of the view that stands there, in each theme */
async function takeTraining(workbench, picture) {
  await workbench
    .view()
    .tab(/^train$/i)
    .waitFor({ timeout: 40_000 });
  const has = (view) => wanted.includes(view);
  if (has('train-setup')) {
    await workbench
      .panel()
      .getByText(/examples: about/)
      .first()
      .waitFor({ timeout: 60_000 });
    await picture('train-setup');
  }
  await trainRun(workbench, { examples: 500, epochs: 6, stopAfter: 2 });
  await trainRun(workbench, {
    examples: 1000,
    epochs: 40,
    during: async () => {
      if (!has('train-live')) return;
      await workbench
        .panel()
        .getByText(/epoch [3-9] of/)
        .first()
        .waitFor({ timeout: 120_000 });
      await picture('train-live');
    }
  });
  for (const view of trainViews.slice(2)) if (has(view)) await picture(view);
}

/** What the mouse is on in the picture of a hover, by the name of the picture: a layer, and a mark below a mistake. */
const hovers = {
  'code-hover': { file: 'digits_cnn.py', line: 'Conv2D(16', word: 'Conv2D', card: 'Conv2D' },
  'code-problem': { file: 'mistake.py', line: 'Linear(400', word: '400', card: 'shape-channels' }
};
const mistake = `import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 10)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


net = Net()
net(torch.zeros(1, 3, 32, 32))
`;

async function hoverCard(page, of) {
  const word = page
    .locator('.monaco-editor .view-line', { hasText: of.line })
    .locator('span span', { hasText: of.word })
    .first();
  const card = page.locator('.monaco-hover:visible', { hasText: of.card }).first();
  for (let attempt = 0; attempt < 10 && !(await card.isVisible()); attempt += 1) {
    await page.mouse.move(5, 5);
    await page.waitForTimeout(500);
    await word.hover();
    await card.waitFor({ timeout: 2500 }).catch(() => undefined);
  }
  await page.waitForTimeout(1000);
}

installDependencies();
provision();
build();
fs.mkdirSync(target, { recursive: true });
const folder = path.join(scratch, 'screenshots');
const { workbench, page, close } = await openWorkbench({
  folder,
  viewport: window,
  prepare: (workspace) => fs.writeFileSync(path.join(workspace, 'mistake.py'), mistake)
});
try {
  await workbench.extensionKnown();
  const views = panelViews.filter((view) => wanted.includes(view));

  if (views.length > 0 && widths.includes(panelWidth)) {
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    await page.waitForTimeout(500);
    await workbench.command('ConvLens: Inspect Model');
    await workbench.pick('digits_cnn.keras');
    await workbench.view().layer('conv2d').waitFor({ timeout: 40_000 });
    await workbench.view().answer().waitFor({ timeout: 40_000 });
    for (const theme of Object.keys(themes)) {
      await chooseTheme(workbench, theme);
      for (const view of views) {
        await showPanelView(workbench, view);
        await save(page, `${view}-${theme}-640`, await workbench.fitPanel(panelWidth));
      }
    }
    await page.setViewportSize(window);
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    await workbench.closeAllEditors();
  }

  for (const [name, of] of Object.entries(hovers)) {
    if (!wanted.includes(name)) continue;
    await workbench.open(of.file);
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    for (const theme of Object.keys(themes)) {
      await chooseTheme(workbench, theme);
      // In a window of 640 px, without the side bar, the card has to fit beside nothing but the code.
      for (const width of [window.width, panelWidth]) {
        await page.setViewportSize({ width, height: window.height });
        await page.waitForTimeout(800);
        await hoverCard(page, of);
        await page.screenshot({ path: path.join(target, `${name}-${theme}-${width}.png`), animations: 'disabled' });
        await page.keyboard.press('Escape');
      }
      await page.setViewportSize(window);
    }
    await workbench.command('View: Toggle Primary Side Bar Visibility');
  }
  await workbench.open('digits_cnn.py');
  await workbench.command('View: Toggle Primary Side Bar Visibility');
  if (trainViews.some((view) => wanted.includes(view))) {
    await page.locator('.codelens-decoration a', { hasText: 'Train' }).first().click();
    await takeTraining(workbench, async (view) => {
      for (const theme of Object.keys(themes)) {
        await chooseTheme(workbench, theme);
        const box = await workbench.fitPanel(panelWidth);
        await showTrainPart(workbench, view);
        await save(page, `${view}-${theme}-640`, box);
        await page.setViewportSize(window);
        await page.waitForTimeout(800);
        await showTrainPart(workbench, view);
        await save(page, `${view}-${theme}-1280`);
      }
    });
    await workbench.closeAllEditors();
    await workbench.command('View: Toggle Primary Side Bar Visibility');
    await workbench.open('digits_cnn.py');
    await workbench.command('View: Toggle Primary Side Bar Visibility');
  }
  if (views.length > 0 && widths.includes(window.width)) {
    await workbench.command('ConvLens: Inspect Model');
    await workbench.pick('digits_cnn.keras');
    await workbench.view().layer('conv2d').waitFor({ timeout: 40_000 });
    await workbench.view().answer().waitFor({ timeout: 40_000 });
    for (const theme of Object.keys(themes)) {
      await chooseTheme(workbench, theme);
      for (const view of views) {
        await showPanelView(workbench, view);
        await save(page, `${view}-${theme}-1280`);
      }
    }
  }
} catch (error) {
  await page.screenshot({ path: path.join(folder, 'failed.png') }).catch(() => undefined);
  console.error(`${error instanceof Error ? error.message : String(error)}\nsee ${path.join(folder, 'failed.png')}`);
  process.exitCode = 1;
} finally {
  await close();
}
