// Experiments on the tab "Train": choose, set up, predict, watch, read, keep; "Train the twin" from the effects; guess first.
import { axe, check, clipped, inLayouts, open, pictured, ready, shot, test } from '../harness.mjs';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const part = (page, name) => page.locator('.train-view .switch').first().getByRole('button', { name }).click();
const asked = (page, method) =>
  page.evaluate((name) => window.fakeHost.given.filter((one) => one.method === name).map((one) => one.params), method);

async function experiments(options = {}) {
  const page = await open({ width: 640, height: 1000, ...options });
  await ready(page);
  await page.locator('#tab-train').click();
  await part(page, /^Experiments/);
  return page;
}

async function fits(page) {
  const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
  check(wide <= 1, `the view is ${wide} px too wide`);
  const cut = await clipped(page);
  check(cut.length === 0, `clipped: ${cut.join(', ')}`);
  check(page.problems.length === 0, page.problems.join('\n'));
}

/** The toolkit's dropdowns are driven as a script would. */
async function choose(page, label, text) {
  await page.locator(`vscode-dropdown[aria-label="${label}"]`).evaluate((element, wanted) => {
    const option = [...element.querySelectorAll('vscode-option')].find((one) => one.textContent.includes(wanted));
    element.value = option.value;
    element.dispatchEvent(new Event('change', { bubbles: true }));
  }, text);
}

const variant = (page, label) => page.locator('.lab-variants').getByText(label, { exact: true }).waitFor();
const openKept = (page, title) => page.getByRole('button', { name: new RegExp(`^Open: ${title}`) }).click();
/** What is long is photographed whole. */
async function tall(page, name) {
  if (!pictured) return;
  const height = await page.locator('#view').evaluate((view) => view.scrollHeight);
  const { width } = page.viewportSize();
  await page.setViewportSize({ width, height: Math.min(5000, height + 320) });
  await page.waitForTimeout(150);
  await shot(page, name);
  await page.setViewportSize({ width, height: 1000 });
}

await test('experiments are offered as cards that say what is tried and how long it takes', async () => {
  const page = await experiments();
  await page.getByRole('heading', { name: 'Without this line' }).waitFor();
  check((await page.locator('.lab-card').count()) === 6, 'not six cards');
  await page.getByText('3 layers of this network can be taken out.').waitFor();
  check((await page.getByText(/^about .* as it stands$/).count()) === 5, 'not every lab says how long it takes');
  await page.getByText('None is kept for this network yet.', { exact: false }).waitFor();
  await fits(page);
  await axe(page);
  await shot(page, 'lab-choose');
});

await test('experiments: a twin is set up with measured times, and sends what was chosen', async () => {
  const page = await experiments();
  await button(page, 'Set up: Without this line').click();
  await page.getByText('10 trainings: about', { exact: false }).waitFor();
  await variant(page, 'Without batch_normalization');
  await choose(page, 'Layer', 'max_pooling2d');
  await page.getByRole('radio', { name: /max_pooling2d is taken out/ }).check();
  await page.getByText('max_pooling2d cannot be taken out: flatten would need 61 million weights.').waitFor();
  check(await button(page, 'Start the experiment').evaluate((one) => one.disabled), 'what cannot be can start');
  await choose(page, 'Layer', 'dropout');
  await page.getByRole('radio', { name: 'dropout gets another rate' }).check();
  const rate = page.getByRole('spinbutton', { name: 'Rate' });
  check((await rate.inputValue()) === '0.5', `the other rate is ${await rate.inputValue()}`);
  await rate.fill('0.7');
  await rate.blur();
  await page.getByRole('button', { name: /^Quick/ }).click();
  await page.getByText('6 trainings: about', { exact: false }).waitFor();
  check(
    (await page.getByRole('button', { name: /^Quick/ }).getAttribute('aria-pressed')) === 'true',
    'Quick is not marked'
  );
  await fits(page);
  await axe(page);
  await tall(page, 'lab-setup');
  await page.getByText(/^Settings: 3 seeds/).click();
  const seeds = page.getByRole('spinbutton', { name: 'Seeds', exact: true });
  await seeds.fill('4');
  await seeds.blur();
  await page.getByText('8 trainings: about', { exact: false }).waitFor();
  await fits(page);
  await button(page, 'Start the experiment').click();
  await page.getByText('✔ Done').waitFor({ timeout: 20_000 });
  const [sent] = await asked(page, 'runExperiment');
  check(
    JSON.stringify(sent.plan.what.changes) === '[{"kind":"rate","layer":"dropout","rate":0.7}]' &&
      sent.plan.seeds.join() === '1,2,3,4' &&
      sent.plan.epochs === 4 &&
      sent.resume === null,
    `sent ${JSON.stringify(sent)}`
  );
});

await test('experiments: a twin is watched while it goes, and read when it is done', async () => {
  const page = await experiments();
  await button(page, 'Set up: Without this line').click();
  await button(page, 'Start the experiment').click();
  await page.getByText(/As written, seed 1: training 1 of 10/).waitFor();
  await page.getByText(/s left/).waitFor();
  await page.getByText(/Trainings: [2-9] of 10 done/).waitFor({ timeout: 10_000 });
  await page.getByRole('img', { name: /^Accuracy\. As written after \d+ steps/ }).waitFor();
  // The tab may be left while it goes.
  await page.locator('#tab-kernels').click();
  await page.locator('#tab-train').click();
  await tall(page, 'lab-live');
  await page.getByText('✔ Done').waitFor({ timeout: 20_000 });
  await page.getByText('learns by heart by', { exact: false }).waitFor();
  await page.getByText('After 16 steps with momentum 0.99', { exact: false }).waitFor();
  check((await page.locator('.lab-table tbody tr').count()) === 7, 'the table lacks measures');
  await page.getByRole('rowheader', { name: /batch statistics/ }).waitFor();
  await page.getByRole('rowheader', { name: /moving statistics/ }).waitFor();
  await page.locator('.so-what').getByRole('button', { name: 'Repeat with seeds 6 to 10' }).waitFor();
  check((await page.locator('.lab-claims .lab-chip').count()) === 3, 'not every claim has a verdict');
  check((await page.locator('.lab-doesNot').count()) > 0, 'no claim is refuted');
  await page
    .getByText(/seeds 1, 2, 3, 4, 5/)
    .first()
    .waitFor();
  await fits(page);
  await axe(page);
  await tall(page, 'lab-found');
  await button(page, 'Try momentum 0.9').click();
  await page
    .getByText(/batch-norm momentum 0\.9/)
    .first()
    .waitFor();
  await button(page, 'Start the experiment').click();
  await page.getByText('✔ Done').waitFor({ timeout: 20_000 });
  const [, again] = await asked(page, 'runExperiment');
  check(again.plan.form.batchNormMomentum === 0.9, `momentum ${again.plan.form.batchNormMomentum}`);
  check(again.plan.what.changes[0].layer === 'batch_normalization', 'it is another twin');
});

await test('experiments: a guess covers what it is about, and stands beside the result at the end', async () => {
  const page = await experiments();
  await button(page, 'Set up: Without this line').click();
  await page.getByText('Predict, then reveal').waitFor();
  await choose(page, 'Which of them overfits most?', 'Without batch_normalization');
  await choose(page, 'Which reaches 85.0 % of the validation images first?', 'none of them');
  const percent = page.getByRole('spinbutton', { name: /^How many percent of the validation images/ });
  await percent.fill('20');
  await percent.blur();
  await tall(page, 'lab-guess');
  await button(page, 'Start, and see whether I am right').click();
  await page.getByText('Accuracy is covered: your guess is about it.').waitFor();
  await page.getByText('Loss is covered: your guess is about it.').waitFor();
  check((await page.locator('.lab-table, .lab-claims').count()) === 0, 'the numbers give it away');
  await page.getByText(/Results stay covered until all trainings are done \([2-9] of 10 are\)/).waitFor();
  await axe(page);
  await tall(page, 'lab-covered');
  await page.getByRole('heading', { name: 'Your guess and the result' }).waitFor({ timeout: 20_000 });
  await page.getByText('✔ as you said').first().waitFor();
  await page.getByText('✖ other than you said').first().waitFor();
  await page.getByText(/You expected [\d.]+ points less\./).waitFor();
  await page.getByText('Batch norm keeps what enters each layer on one scale', { exact: false }).first().waitFor();
  await page.locator('.lab-table').waitFor();
  await fits(page);
  await axe(page);
  await tall(page, 'lab-revealed');
});

await test('experiments: stopped ones keep their trainings and go on, also after the page is loaded anew', async () => {
  const page = await experiments();
  await button(page, 'Set up: Without this line').click();
  await button(page, 'Start the experiment').click();
  await page.getByText(/Trainings: [2-9] of 10 done/).waitFor({ timeout: 10_000 });
  await button(page, 'Stop and keep').click();
  await page.getByText('■ Stopped').waitFor();
  await button(page, 'Go on').click();
  await page.getByText('✔ Done').waitFor({ timeout: 20_000 });
  const [, again] = await asked(page, 'runExperiment');
  check(again.resume === 'experiment1', `it resumed ${again.resume}`);
  await page.close();
  const second = await open({ scenario: 'experimentGoing', width: 640, height: 1000 });
  await ready(second);
  await second.locator('#tab-train').click();
  await second.getByText(/seed 2: training 4 of 10/).waitFor();
  await second.getByText('✔ Done').waitFor({ timeout: 20_000 });
  const [sent] = await asked(second, 'runExperiment');
  check(sent.resume === 'going', `it attached to ${sent.resume}`);
});

await test('experiments: every kept lab draws what it varies', async () => {
  const page = await experiments({ scenario: 'keptExperiments' });
  const views = {
    'Without dropout': { charts: 2, name: 'twin' },
    'Regularisation lab': { charts: 7, name: 'regularisation' },
    'Initial scale of the weights': { charts: 6, name: 'scale' },
    'Small-data lab': { charts: 6, name: 'small' },
    'Random labels': { charts: 2, name: 'random' },
    'Too much dropout': { charts: 2, name: 'under' }
  };
  for (const [title, { charts, name }] of Object.entries(views)) {
    await openKept(page, title);
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
    await page.locator('.lab-figures .u-wrap').first().waitFor();
    const drawn = await page.locator('.lab-figures .train-chart').count();
    check(drawn === charts, `${title}: ${drawn} charts`);
    await fits(page);
    await axe(page);
    await tall(page, `lab-kept-${name}`);
    await button(page, 'All experiments').click();
  }
  await openKept(page, 'Small-data lab');
  await page.getByRole('heading', { name: 'Variants in numbers: 50 images' }).waitFor();
  await choose(page, 'Number of images', 'all images');
  await page.getByRole('heading', { name: 'Variants in numbers: all images' }).waitFor();
  await page
    .getByRole('img', { name: /with 50 images, .* with 2[0-9]{3}/ })
    .first()
    .waitFor();
  await button(page, 'All experiments').click();
  await openKept(page, 'Regularisation lab');
  await page.getByText('Stopped: 9 of 21 trainings are kept.').waitFor();
  await page.locator('.lab-figures .switch').getByRole('button', { name: 'Loss' }).click();
  await page
    .getByRole('img', { name: /^Loss\. Dropout after/ })
    .first()
    .waitFor();
});

await test('experiments: trained networks stand side by side, and the panel comes back', async () => {
  const page = await experiments({ scenario: 'keptExperiments' });
  await openKept(page, 'Without dropout');
  await button(page, 'Kernels, maps and answers').click();
  await page.getByText('You look into a trained network of an experiment: As written, seed 1').waitFor();
  await page.locator('#tab-compare[aria-selected="true"]').waitFor();
  await page.getByText('A: As written, seed 1').waitFor();
  await page.getByText('B: Without dropout, seed 1').waitFor();
  await axe(page);
  await shot(page, 'lab-visit');
  const compared = await asked(page, 'compareModels');
  check(
    compared.at(-1).model === 'trained-asWritten' && compared.at(-1).other === 'trained-changed',
    `compared ${JSON.stringify(compared.at(-1))}`
  );
  await page.getByRole('button', { name: /^Back to/ }).click();
  await page.getByRole('heading', { name: 'Without dropout', exact: true }).waitFor();
  const closed = (await asked(page, 'closeExperimentNetwork')).map(({ model }) => model);
  check(closed.join() === 'trained-asWritten,trained-changed', `closed ${closed.join()}`);
  await button(page, 'How much each leans on single features').click();
  await page.locator('#tab-effects[aria-selected="true"]').waitFor();
});

await test('experiments: findings are saved, and deleted after a question', async () => {
  const page = await experiments({ scenario: 'keptExperiments' });
  await openKept(page, 'Without dropout');
  const kinds = {
    'Report (HTML)…': 'html',
    'All looks as CSV…': 'csv',
    'Curves as PNG…': 'png',
    'Curves as SVG…': 'svg'
  };
  for (const [name, type] of Object.entries(kinds)) {
    const before = (await asked(page, 'saveFile')).length;
    await button(page, name).click();
    for (let waited = 0; (await asked(page, 'saveFile')).length === before && waited < 100; waited++)
      await page.waitForTimeout(30);
    const saved = (await asked(page, 'saveFile')).at(-1);
    check(saved?.type === type && saved.name === 'Without dropout', `${name} saved ${JSON.stringify(saved?.type)}`);
  }
  const svg = await page.evaluate(() => {
    const { bytes } = window.fakeHost.given.filter(({ method }) => method === 'saveFile').at(-1).params;
    return new TextDecoder().decode(bytes);
  });
  check((svg.match(/Z" fill="#[0-9a-f]{6}33"/g) ?? []).length >= 4, 'the bands are not in the picture');
  check(svg.includes('As written: training'), 'the names of the curves are not in the picture');
  await page.getByRole('button', { name: /^Delete: Without dropout/ }).click();
  await button(page, 'Keep it').click();
  check((await asked(page, 'deleteExperiment')).length === 0, 'it was deleted unasked');
  await page.getByRole('button', { name: /^Delete: Without dropout/ }).click();
  await button(page, 'Delete').click();
  await page.getByRole('heading', { name: 'Kept experiments' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.kept-run').length === 5);
});

await test('experiments say what they lack: data, classes, a layer to take out, a turn, a process', async () => {
  let page = await experiments({ scenario: 'noData' });
  await page
    .getByText('No data at hand fits this network, and an experiment trains on some.', { exact: false })
    .waitFor();
  await fits(page);
  await axe(page);
  await page.close();
  page = await experiments({ scenario: 'regression' });
  await page.getByText('These data have numbers, not classes, to learn', { exact: false }).waitFor();
  await button(page, 'Other data…').waitFor();
  await axe(page);
  await shot(page, 'lab-regression');
  await page.close();
  page = await experiments({ scenario: 'noDropout' });
  await page.getByText('This network has no dropout, batch norm or pooling to take out', { exact: false }).waitFor();
  await page.getByText('The network has no layer in front of which batch norm could be put.').waitFor();
  await fits(page);
  await axe(page);
  await shot(page, 'lab-no-dropout');
  await button(page, 'Set up: Without this line').click();
  await page.getByText('Put dropout or batch norm behind one of its layers instead:', { exact: false }).waitFor();
  await variant(page, 'Dropout 0.5 behind conv2d');
  await page.close();
  page = await experiments({ scenario: 'nothingToChange' });
  await page
    .getByText('No layer of this network can be taken out, and none can have something put behind it.')
    .waitFor();
  await page.close();
  page = await experiments({ scenario: 'line' });
  await button(page, 'Set up: Too much dropout').click();
  await button(page, 'Start the experiment').click();
  await page.getByText('Waiting in line: something else trains', { exact: false }).waitFor();
  await axe(page);
  await shot(page, 'lab-line');
  await button(page, 'Leave the line').click();
  await button(page, 'Start the experiment').waitFor();
  await page.close();
  page = await experiments({ scenario: 'experimentElsewhere' });
  await page.getByText('▶ going').waitFor();
  await openKept(page, 'Without dropout');
  await page.getByText('It goes in another panel: 3 of 10 trainings are done so far.').waitFor();
  await button(page, 'Look again').waitFor();
  await axe(page);
  await page.close();
  page = await experiments({ scenario: 'experimentCrash' });
  await button(page, 'Set up: Too much dropout').click();
  await button(page, 'Start the experiment').click();
  await page.getByText('The worker process ended unexpectedly').waitFor({ timeout: 15_000 });
  await page.getByText('2 of 10 trainings are kept.').waitFor();
  await axe(page);
  await tall(page, 'lab-crash');
  await button(page, 'Go on').click();
  await page.getByText('✔ Done').waitFor({ timeout: 20_000 });
  await page.close();
  page = await experiments({ scenario: 'experimentDiverges' });
  await openKept(page, 'Without dropout');
  await page.getByText('✖ diverged in step 20, at conv2d_1').waitFor();
  await page.getByText('(1 diverged)').waitFor();
});

await test('train the twin: from the code, from dropout’s rate, from normalisation and pooling', async () => {
  const page = await open({ width: 640, height: 1000 });
  await ready(page);
  await page.evaluate(() => window.fakeHost.emit('showExperiment', { layer: 'dropout' }));
  await variant(page, 'Without dropout');
  await page.locator('#tab-train[aria-selected="true"]').waitFor();
  await page.evaluate(() => window.fakeHost.emit('showExperiment', { layer: 'dense' }));
  await page.getByText('Nothing of dense can be changed: choose another layer.').waitFor();
  await page.evaluate(() => window.fakeHost.emit('showView', { view: 'effects', layer: 'dropout' }));
  await page.getByRole('slider').first().waitFor();
  await page.locator('.beside-rate').getByRole('button', { name: 'Train the twin' }).waitFor();
  await page
    .getByRole('slider')
    .first()
    .evaluate((slider) => {
      slider.value = '0.8';
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    });
  await button(page, 'Train the twin with 0.8').click();
  await variant(page, 'dropout with 0.8');
  for (const [layer, title] of [
    ['batch_normalization', 'Without batch_normalization'],
    ['max_pooling2d', 'Dropout 0.5 behind max_pooling2d']
  ]) {
    await page.evaluate((id) => window.fakeHost.emit('showView', { view: 'effects', layer: id }), layer);
    await page.locator('.so-what').getByRole('button', { name: 'Train the twin' }).first().click();
    await variant(page, title);
  }
});

await test('guess first: sizes stay covered until the learner has said theirs, then come with their arithmetic', async () => {
  const page = await open({ width: 640, height: 1000 });
  await ready(page);
  await page.evaluate(() => window.fakeHost.emit('showView', { view: 'numbers', layer: 'conv2d' }));
  await button(page, 'Guess first').click();
  await page.getByText('Into conv2d (Conv2D 3 × 3, 32 filters, relu) goes 28 × 28 × 1.', { exact: false }).waitFor();
  const words = () => page.locator('#app').innerText();
  check(!(await words()).includes('26 × 26 × 32'), 'the size stands in the panel');
  await page.getByRole('textbox', { name: 'Output shape' }).fill('26x26x32');
  await page.getByRole('textbox', { name: 'Parameters' }).fill('abc');
  await page.getByText('The number of parameters is no whole number.').waitFor();
  check(await button(page, 'Reveal').evaluate((one) => one.disabled), 'nonsense can be revealed');
  await page.getByRole('textbox', { name: 'Parameters' }).fill('300');
  await axe(page);
  await shot(page, 'guess-asked');
  await page.keyboard.press('Enter');
  await page.getByText('✔ as you said').waitFor();
  await page.getByText('✖ you said 300').waitFor();
  await page.getByText('(28 − 3) / 1 + 1 = 26').waitFor();
  await page.getByText('kernel 3 × 3 × 1 × 32 + bias 32 = 320').waitFor();
  await page.getByRole('rowheader', { name: 'Multiply-adds' }).waitFor();
  await fits(page);
  await axe(page);
  await shot(page, 'guess-revealed');
  await button(page, 'Guess batch_normalization').click();
  await page.getByText('Into batch_normalization', { exact: false }).waitFor();
  await button(page, 'Not now').click();
  await button(page, 'Guess first').waitFor();
  check((await words()).includes('26 × 26 × 32'), 'the sizes do not come back');
});

await test('experiments hold in every theme and width', async () => {
  const layouts = { dark: [1280], light: [640], 'hc-dark': [400], 'hc-light': [640] };
  const page = await experiments({ scenario: 'keptExperiments' });
  const holds = (name) =>
    inLayouts(page, layouts, async (theme, width) => {
      await fits(page);
      await axe(page);
      await tall(page, `lab-${theme}-${width}-${name}`);
    });
  await page.getByRole('heading', { name: 'Kept experiments' }).waitFor();
  await holds('choose');
  await button(page, 'Set up: Without this line').click();
  await page.getByText('Predict, then reveal').waitFor();
  await holds('setup');
  await button(page, 'All experiments').click();
  for (const title of ['Without dropout', 'Small-data lab', 'Regularisation lab']) {
    await openKept(page, title);
    await page.locator('.lab-figures .u-wrap').first().waitFor();
    await holds(title.split(' ')[0].toLowerCase());
    await button(page, 'All experiments').click();
  }
});
