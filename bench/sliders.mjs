#!/usr/bin/env node
// How long the sliders and switches of Effects and Why take from the hand to the picture, in the built panel with the real
// child process, and how long a cancelled work still goes on.
//   node bench/sliders.mjs [MODEL …]   without a model: the digits sample. Bounds: 100 ms on samples, 300 ms on a
//   MobileNet-size network, 200 ms to cancel. Medians of seven; nothing else should be running on the machine. Where
//   something is, the processor time of the child process (Linux) still tells what an answer costs.
import fs from 'node:fs';
import path from 'node:path';
import { startPanels } from '../test/panel/panelPage.mjs';
import { Photographer, layersOf, settled } from '../test/panel/pictures.mjs';
import { root } from '../scripts/lib/setup.mjs';

const files = process.argv.slice(2);
const rounds = 7;

/** In the page: notes when requests leave, when their answers come, and when they are painted. */
const watch = `
  (() => {
    const seen = [];
    window.seen = seen;
    const own = window.toHost;
    window.toHost = (message) => {
      if (message.type === 'request') seen.push({ id: message.id, method: message.method, asked: performance.now() });
      return own(message);
    };
    window.addEventListener('message', ({ data }) => {
      const one = seen.find(({ id }) => id === data.id);
      if (one === undefined) return;
      if (data.type === 'progress') one.partial ??= data.progress?.partial === undefined ? undefined : performance.now();
      if (data.type === 'result' || data.type === 'error') one.answered = performance.now();
    });
  })();
`;

/** Moves a slider and waits for the first answer, whole or in part, and for the frame that shows it. */
async function answerTo(tab, act, argument, method) {
  return tab.evaluate(
    async ([source, argument, method]) => {
      window.seen.length = 0;
      const started = performance.now();
      new Function('argument', source)(argument);
      const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      if (method !== null) {
        let answered = null;
        while (answered === null && performance.now() - started < 20000) {
          await new Promise((resolve) => setTimeout(resolve, 2));
          const one = window.seen.findLast((each) => each.method === method);
          if (one !== undefined && (one.answered ?? one.partial) !== undefined) answered = one;
        }
        if (answered === null) return null;
      }
      await painted();
      return performance.now() - started;
    },
    [act, argument, method]
  );
}

const setSlider = `
  const slider = [...document.querySelectorAll('#view input[type="range"]')].find((one) => one.closest('label').textContent.includes(argument.label));
  slider.value = String(Number(slider.min) + argument.share * (slider.max - slider.min));
  slider.dispatchEvent(new Event('input', { bubbles: true }));
`;
const press = `
  [...document.querySelectorAll('#view button')].find((one) => one.textContent.trim() === argument.label).click();
`;

/** Processor time of a process so far in milliseconds, in steps of ten; 0 where the system does not tell. */
function used(pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

function report(name, times, bound, work = null) {
  const sorted = times.filter((one) => one !== null).sort((a, b) => a - b);
  if (sorted.length === 0) return console.log(`  ${name.padEnd(34)} not measured`);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `  ${name.padEnd(34)} median ${median.toFixed(0).padStart(5)} ms, most ${sorted.at(-1).toFixed(0).padStart(5)} ms${median > bound ? `  OVER ${bound}` : ''}${work === null ? '' : `, child ${work.toFixed(0)} ms of processor time each`}`
  );
}

async function slide({ tab, host }, name, label, method, bound) {
  const times = [];
  const before = used(host.worker.pid);
  for (let i = 0; i < rounds; i++) {
    times.push(await answerTo(tab, setSlider, { label, share: 0.2 + 0.083 * i }, method));
    await settled(tab);
  }
  report(name, times, bound, (used(host.worker.pid) - before) / rounds);
}

async function toggle(tab, name, labels, method, bound) {
  const times = [];
  for (const label of labels) {
    const there = tab
      .locator('#view button')
      .filter({ hasText: new RegExp(`^\\s*${label.replace(/[()]/g, '\\$&')}\\s*$`) });
    if ((await there.count()) === 0) continue;
    times.push(await answerTo(tab, press, { label }, method));
    await settled(tab);
  }
  report(name, times, bound);
}

/** Until the view says that the work was cancelled, or shows what there was of it. */
async function cancel(tab, name, start) {
  const times = [];
  for (let i = 0; i < 3; i++) {
    await start(i);
    const button = tab.locator('#view').getByRole('button', { name: 'Cancel', exact: true }).first();
    try {
      await button.waitFor({ timeout: 5000 });
    } catch {
      continue;
    }
    await tab.waitForTimeout(300 + 170 * i);
    if ((await button.count()) === 0) continue;
    times.push(
      await tab.evaluate(async () => {
        const started = performance.now();
        const button = [...document.querySelectorAll('#view vscode-button')].find(
          (one) => one.textContent.trim() === 'Cancel'
        );
        const request = window.seen.findLast((one) => one.answered === undefined);
        // It may have ended a moment ago.
        if (button === undefined) return null;
        button.click();
        while (request?.answered === undefined && performance.now() - started < 20000)
          await new Promise((resolve) => setTimeout(resolve, 2));
        return performance.now() - started;
      })
    );
  }
  if (times.length === 0) console.log(`  ${`cancel: ${name}`.padEnd(34)} over before there is anything to cancel`);
  else report(`cancel: ${name}`, times, 200);
}

async function measure(panels, file, bound) {
  const panel = await panels.open(file, { width: 1000, height: 900 });
  const { tab, host } = panel;
  const p = new Photographer(panel, '', 1000);
  await tab.getByRole('tab', { name: 'Effects' }).waitFor({ timeout: 60_000 });
  await settled(tab);
  await tab.evaluate(watch);
  const { pool, globalPool, dropout, batchNorm } = layersOf(host.summary);
  console.log(path.basename(file));
  await p.view('Effects');
  if (dropout !== null) {
    await p.select(dropout);
    await p.press('Dropout');
    await settled(tab);
    await slide(panel, 'dropout rate', 'Rate', 'maskTriptych', bound);
    await p.press('Many masks');
    await settled(tab);
    await cancel(tab, 'many masks', (i) => p.choose('Number of masks', i % 2 === 0 ? '300 masks' : '100 masks'));
  }
  if (batchNorm !== null) {
    await p.select(batchNorm);
    await p.press('Normalisation');
    await p.press('Gamma and beta');
    await settled(tab);
    await slide(panel, 'gamma', 'gamma', 'normalizationTweak', bound);
    await slide(panel, 'beta', 'beta', 'normalizationTweak', bound);
    await p.press('X-ray');
    await settled(tab);
    await cancel(tab, 'train or infer', async (i) => {
      if (i > 0) await p.press('X-ray');
      await p.press('Train or infer');
    });
  }
  const pooling = pool ?? globalPool;
  if (pooling !== null) {
    await p.select(pooling);
    await p.press('Pooling');
    await settled(tab);
    await toggle(
      tab,
      'pooling swap',
      ['Average', 'Max', 'Average, window 3', 'Max, window 3', 'First of each window (strided convolution)'],
      'poolingSwap',
      bound
    );
    await toggle(tab, 'pooling shift', ['↑', '←', '↓', '↗', '↙'], 'poolingShift', bound);
  }
  await p.view('Why');
  await settled(tab);
  await slide(panel, 'opacity', 'Opacity', null, bound);
  await p.choose('Method', /^\s*Occlusion/);
  await cancel(tab, 'occlusion', async (i) => {
    if (i > 0) await p.choose('Method', /^\s*Saliency/);
    await settled(tab);
    await p.choose('Method', /^\s*Occlusion/);
  });
  await p.press('Shake the weights');
  await settled(tab);
  await slide(panel, 'weight noise σ', 'Noise', 'shakeWeights', bound);
  await panel.close();
}

const panels = await startPanels();
if (files.length === 0) await measure(panels, path.join(root, 'samples/digits_cnn.keras'), 100);
for (const file of files) await measure(panels, path.resolve(file), 300);
await panels.close();
