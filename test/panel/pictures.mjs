// Whole pictures of the overview, of every effect, of Why, Compare and the export menu on one model: to be looked at, nothing is checked.
import fs from 'node:fs';
import path from 'node:path';

/** How long nothing may be loading before a view counts as settled, and how long it is waited for, in milliseconds. */
const quiet = 500;
const patience = 120_000;
const highest = 7000;

const kindsOf = {
  conv: ['conv'],
  depthwise: ['depthwiseConv', 'separableConv'],
  pool: ['pool'],
  globalPool: ['globalPool', 'adaptivePool'],
  dropout: ['dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise'],
  batchNorm: ['batchNorm'],
  otherNorm: ['layerNorm', 'groupNorm']
};

const flat = (rows) => rows.flatMap((row) => [row, ...flat(row.layers ?? [])]);

/** One layer of each kind; a convolution and a batch norm after the first, whose maps already look like something. */
export function layersOf(summary) {
  const rows = flat(summary.layers);
  const find = (kinds, at) => {
    const found = rows.filter((row) => kinds.includes(row.kind));
    return found[Math.min(at, found.length - 1)] ?? null;
  };
  return Object.fromEntries(
    Object.entries(kindsOf).map(([name, kinds]) => [name, find(kinds, name === 'conv' || name === 'batchNorm' ? 1 : 0)])
  );
}

/** Waits until nothing has been loading for a moment; false where that takes too long. */
export async function settled(tab) {
  const began = Date.now();
  let since = Date.now();
  while (Date.now() - began < patience) {
    const busy = await tab.evaluate(
      () => document.querySelector('.skeleton, progress, .app [aria-busy="true"]') !== null
    );
    if (busy) since = Date.now();
    else if (Date.now() - since > quiet) return true;
    await tab.waitForTimeout(100);
  }
  return false;
}

export class Photographer {
  constructor(panel, folder, width, only = []) {
    this.tab = panel.tab;
    this.host = panel.host;
    this.folder = folder;
    this.width = width;
    this.only = only;
  }

  /** Of a group whose name is given all pictures are wanted. */
  wants(name) {
    return this.only.length === 0 || this.only.some((one) => name.startsWith(one));
  }

  /** The window is made as high as the view, so that nothing is scrolled away. */
  async take(name) {
    const { tab, width } = this;
    const started = Date.now();
    const calm = await settled(tab);
    const waited = Date.now() - started;
    for (let round = 0; round < 3; round++) {
      const lacking = await tab.evaluate(() => {
        const view = document.getElementById('view');
        return view === null ? 0 : view.scrollHeight - view.clientHeight;
      });
      if (lacking <= 0) break;
      const height = Math.min(highest, tab.viewportSize().height + lacking);
      await tab.setViewportSize({ width, height });
      await settled(tab);
    }
    await tab.screenshot({ path: path.join(this.folder, `${name}.png`) });
    await tab.setViewportSize({ width, height: 800 });
    const wide = await tab.evaluate(() =>
      [...document.querySelectorAll('#view *')]
        .filter(
          (one) =>
            one.getBoundingClientRect().right >
            document.getElementById('view').clientWidth +
              document.getElementById('view').getBoundingClientRect().left +
              1
        )
        .slice(0, 3)
        .map((one) => `${one.tagName.toLowerCase()}.${one.className}`)
    );
    console.log(
      `  ${name}  ${waited} ms${calm ? '' : '  NOT SETTLED'}${wide.length > 0 ? `  beyond the edge: ${wide.join(' ')}` : ''}`
    );
  }

  view(name) {
    return this.tab.getByRole('tab', { name, exact: true }).click();
  }

  press(name, within = '#view') {
    return this.tab.locator(within).getByRole('button', { name, exact: true }).first().click();
  }

  /** By the filter, which finds rows that the list has not drawn. */
  async select(row) {
    const { tab } = this;
    const picker = tab.locator('.layer-picker');
    if ((await picker.count()) > 0) await picker.click();
    const filter = tab.locator('#layer-filter input');
    await filter.fill(row.name);
    await tab
      .getByRole('treeitem')
      .filter({
        has: tab.locator('.layer-name', { hasText: new RegExp(`^${row.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) })
      })
      .first()
      .click();
    await tab.waitForTimeout(100);
    if ((await tab.locator('#layer-filter').count()) > 0) await filter.fill('');
  }

  async choose(label, text) {
    const list = this.tab.locator(`vscode-dropdown[title="${label}"]`).first();
    await list.click();
    await list.locator('vscode-option').filter({ hasText: text }).first().click();
  }
}

const effects = {
  steps: async (p, { conv, depthwise }) => {
    for (const [name, row] of [
      ['conv', conv],
      ['depthwise', depthwise]
    ]) {
      if (row === null) continue;
      await p.select(row);
      await p.press('Step by step');
      await p.take(`steps-${name}`);
    }
  },
  pooling: async (p, { pool, globalPool, conv }) => {
    for (const [name, row] of [
      ['window', pool],
      ['global', globalPool]
    ]) {
      if (row === null) continue;
      await p.select(row);
      await p.press('Pooling');
      await p.take(`pooling-${name}`);
    }
    if (pool !== null || globalPool !== null || conv === null) return;
    await p.select(conv);
    await p.press('Pooling');
    await p.take('pooling-none');
  },
  dropout: async (p, { dropout, conv }) => {
    if (dropout !== null) {
      await p.select(dropout);
      await p.press('Dropout');
      await p.take('dropout-one');
      await p.press('Many masks');
      await p.take('dropout-many');
      await p.press('Reliance');
      await p.take('dropout-reliance');
    }
    if (conv === null) return;
    await p.select(conv);
    await p.press('Dropout');
    if ((await p.tab.locator('#view').getByRole('button', { name: 'Reliance', exact: true }).count()) > 0)
      await p.press('Reliance');
    await p.take('dropout-reliance-conv');
  },
  norm: async (p, { batchNorm, otherNorm, conv }) => {
    for (const [kind, row] of [
      ['bn', batchNorm],
      ['other', otherNorm]
    ]) {
      if (row === null) continue;
      await p.select(row);
      await p.press('Normalisation');
      for (const [name, title] of [
        ['xray', 'X-ray'],
        ['modes', 'Train or infer'],
        ['parameters', 'Gamma and beta'],
        ['fold', 'Fold'],
        ['depth', 'Signal through depth']
      ]) {
        if (!p.wants(`norm-${kind}-${name}`)) continue;
        await p.press(title);
        if (name === 'modes') {
          await settled(p.tab);
          const shift = p.tab.locator('#view').getByRole('button', { name: /^Measure/ });
          if ((await shift.count()) > 0) await shift.first().click();
          await p.tab.waitForTimeout(200);
        }
        await p.take(`norm-${kind}-${name}`);
      }
    }
    if (batchNorm !== null || otherNorm !== null || conv === null) return;
    await p.select(conv);
    await p.press('Normalisation');
    await p.take('norm-none');
  },
  features: async (p) => {
    await p.press('Inputs that could exist');
    await settled(p.tab);
    await p.tab
      .locator('.cloud canvas, canvas.cloud, .cloud')
      .first()
      .click({ timeout: 2000 })
      .catch(() => undefined);
    await p.take('features');
  }
};

// The check with shuffled weights stays open once it is asked for, and doubles the work: last.
const methods = ['Grad-CAM', 'Grad-CAM++', 'SmoothGrad', 'Integrated gradients', 'Occlusion', 'Saliency'];

async function why(p, { conv }) {
  if (conv !== null) await p.select(conv);
  await p.view('Why');
  await settled(p.tab);
  for (const method of methods) {
    const name = `why-${method.toLowerCase().replaceAll('+', 'p').replaceAll(' ', '-')}`;
    if (!p.wants(name)) continue;
    const exact = new RegExp(`^\\s*${method.replaceAll('+', '\\+')}`);
    await p.choose('Method', exact);
    await p.tab.waitForTimeout(200);
    if (method === 'Saliency') {
      await settled(p.tab);
      await p.press('Does it need the weights? Shuffle them');
    }
    await p.take(name);
  }
  if (p.wants('why-shake')) {
    await p.press('Shake the weights');
    await p.take('why-shake');
  }
  if (!p.wants('why-channel')) return;
  await p.press('What a channel looks for');
  await settled(p.tab);
  await p.press('Make the picture');
  await settled(p.tab);
  const find = p.tab.locator('#view').getByRole('button', { name: 'Find them', exact: true });
  if ((await find.count()) > 0) await find.click();
  await p.take('why-channel');
}

async function compare(p, beside) {
  await p.view('Compare');
  await p.take('compare-empty');
  if (beside !== null) {
    p.host.beside = beside;
    await p.press('Another model…');
    await p.tab.locator('.pair-table, table').first().waitFor({ timeout: patience });
    await p.take('compare-models');
    await p.press('End the comparison');
  }
  const sample = p.tab.locator('vscode-dropdown[title="A sample picture beside the first"]');
  if ((await sample.count()) === 0) return;
  await sample.click();
  await sample.locator('vscode-option').nth(2).click();
  await p.tab.locator('.pair-table, table').first().waitFor({ timeout: patience });
  await p.take('compare-pictures');
  await p.press('End the comparison');
}

/**
 * @param options.file the model
 * @param options.beside another model for the comparison, or `null`
 * @param options.only begins of names of what is taken; empty: everything
 */
export async function takePictures(panels, { file, beside, folder, width, theme, only }) {
  fs.mkdirSync(folder, { recursive: true });
  const panel = await panels.open(file, { width, height: 800 }, theme);
  const { tab, host } = panel;
  const wanted = (name) => only.length === 0 || only.some((one) => name.startsWith(one) || one.startsWith(name));
  const attempt = async (name, run) => {
    if (!wanted(name)) return;
    try {
      await run();
    } catch (error) {
      console.log(`  ${name}: ${String(error).slice(0, 300)}`);
      await tab.screenshot({ path: path.join(folder, `${name}-FAILED.png`) });
    }
  };
  try {
    await tab.getByRole('tab', { name: 'Effects' }).waitFor({ timeout: patience });
    await settled(tab);
    const p = new Photographer(panel, folder, width, only);
    const layers = layersOf(host.summary);
    console.log(
      `${path.basename(file)} ${width} ${theme}: ${Object.entries(layers)
        .map(([kind, row]) => `${kind} ${row?.name ?? '-'}`)
        .join(', ')}`
    );
    // Of an untrained network it is where a person lands.
    await attempt('overview', async () => {
      await p.view('Overview');
      await p.take('overview');
    });
    await p.view('Effects');
    for (const [name, run] of Object.entries(effects)) await attempt(name, () => run(p, layers));
    await attempt('why', () => why(p, layers));
    await attempt('compare', () => compare(p, beside));
    await attempt('export', async () => {
      await p.view('Maps');
      await settled(tab);
      await tab.getByRole('button', { name: 'Export…' }).click();
      await tab.screenshot({ path: path.join(folder, 'export.png') });
    });
    if (panel.errors.length > 0) console.log(`  the page reported ${panel.errors.join('; ')}`);
  } finally {
    await panel.close();
  }
}
