// The tab "Train": set up, a run with timers, mistakes, kernels through the run, kept runs, what goes wrong.

/** @param {{ test, open, ready, check, axe, clipped, shot, inLayouts }} tools as run.mjs has them */
export async function trainingTests({ test, open, ready, check, axe, clipped, shot, inLayouts }) {
  const train = async (options = {}) => {
    const page = await open({ width: 640, height: 1000, ...options });
    await ready(page);
    await page.locator('#tab-train').click();
    return page;
  };
  const button = (page, name) => page.getByRole('button', { name, exact: true });
  const part = (page, name) => page.locator('.train-view .switch').getByRole('button', { name, exact: true }).click();
  const asked = (page, method) =>
    page.evaluate(
      (name) => window.fakeHost.given.filter((one) => one.method === name).map((one) => one.params),
      method
    );
  const fits = async (page) => {
    const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
    check(wide <= 1, `the view is ${wide} px too wide`);
    const cut = await clipped(page);
    check(cut.length === 0, `clipped: ${cut.join(', ')}`);
    check(page.problems.length === 0, page.problems.join('\n'));
  };
  const startQuick = async (page) => {
    await page.getByRole('button', { name: /^Quick/ }).click();
    await button(page, 'Start training').click();
  };
  const finished = (page) => page.getByText('✔ Finished: all 2 epochs are done.').waitFor({ timeout: 15_000 });

  await test('train offers data, settings with where they come from, and lengths', async () => {
    const page = await train();
    const digits = page.getByRole('button', { name: /Bundled digits/ });
    await digits.waitFor();
    check((await digits.getAttribute('aria-pressed')) === 'true', 'what the code names is not chosen');
    await page.getByText('named in the code, line 37').waitFor();
    await page.getByText('not on this machine').waitFor();
    await page.getByText('✖ does not fit').waitFor();
    await page.getByText('2,000 examples to train on, 500 to validate with', { exact: false }).waitFor();
    await page.getByText('code, line 38').first().waitFor();
    check((await page.locator('.field-origin').filter({ hasText: 'default' }).count()) > 5, 'defaults are not named');
    await page.getByText('The last layer has no softmax', { exact: false }).waitFor();
    await page.getByText('5 epochs of 2,000 examples: about 2 min 40 s on wasm.').waitFor();
    await page.getByRole('button', { name: /^Quick/ }).click();
    await page.getByText('2 epochs of 900 examples: about 29 s on wasm.').waitFor();
    await fits(page);
    await axe(page);
    await shot(page, 'train-setup');
    await page.close();
  });

  await test('train changes settings, takes them back and sends what the form says', async () => {
    const page = await train();
    const rate = page.getByRole('spinbutton', { name: 'Learning rate' });
    await rate.fill('0.01');
    await rate.blur();
    await button(page, 'Take back Learning rate').click();
    check((await rate.inputValue()) === '0.001', `taken back to ${await rate.inputValue()}`);
    const batch = page.getByRole('spinbutton', { name: 'Batch size' });
    await batch.fill('0');
    await batch.blur();
    check((await batch.inputValue()) === '64', 'a batch of nothing is taken');
    await page.locator('vscode-dropdown[aria-label="Optimizer"]').evaluate((element) => {
      element.value = 'sgd';
      element.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.getByRole('spinbutton', { name: 'Momentum', exact: true }).waitFor();
    check((await rate.inputValue()) === '0.01', 'SGD does not start with its own rate');
    await page.getByRole('checkbox', { name: 'shifted, turned and scaled copies' }).check();
    await startQuick(page);
    await finished(page);
    const [sent] = await asked(page, 'train');
    check(sent.data.kind === 'digits' && sent.resume === null, `sent ${JSON.stringify(sent)}`);
    check(
      sent.form.optimizer === 'sgd' && sent.form.augment && sent.form.epochs === 2 && sent.form.examples === 900,
      `the form sent is ${JSON.stringify(sent.form)}`
    );
    await page.close();
  });

  await test('train says what a download brings, and uses it', async () => {
    const page = await train();
    await button(page, 'Download…').click();
    await page.getByText('11.5 MB from example.org, CC BY-SA 3.0', { exact: false }).waitFor();
    await page.getByText('https://example.org/mnist.npz').waitFor();
    check((await asked(page, 'downloadData')).length === 0, 'it was fetched unasked');
    await fits(page);
    await button(page, 'Download 11.5 MB').click();
    const mnist = page.getByRole('button', { name: /^MNIST/ });
    await mnist.waitFor();
    check((await mnist.getAttribute('aria-pressed')) === 'true', 'what was fetched is not chosen');
    await page.close();
  });

  await test('train attaches to a run that goes on from before', async () => {
    const page = await train({ scenario: 'going' });
    await page.getByText(/epoch 4 of 5, step/).waitFor();
    await page.getByText('✔ Finished: all 5 epochs are done.').waitFor({ timeout: 20_000 });
    const [sent] = await asked(page, 'train');
    check(sent.resume === 'g', `it attached to ${sent.resume}`);
    await page.close();
  });

  await test('train asks what the code holds and could not be read', async () => {
    const page = await train({ scenario: 'asked' });
    await page.getByText('Choose first: Batch size', { exact: false }).waitFor();
    await page.getByText('unreadable in line 41: please choose').waitFor();
    check(await button(page, 'Start training').evaluate((one) => one.disabled), 'it can start all the same');
    await button(page, 'Keep this value: Batch size').click();
    check(!(await button(page, 'Start training').evaluate((one) => one.disabled)), 'it cannot start');
    await page.close();
  });

  await test('train chooses a folder through the host and names what is wrong in it', async () => {
    const page = await train();
    await button(page, 'A folder of pictures…').click();
    await page.getByRole('button', { name: /^flowers/ }).waitFor();
    await page.getByText('12 of the 500 validation examples are also in the training part', { exact: false }).waitFor();
    await page.getByText('1 could not be read and are left out').click();
    await page.getByText('rose/broken.png').waitFor();
    await page.getByText('Classes are unequal', { exact: false }).waitFor();
    await fits(page);
    await page.close();
  });

  await test('train: a run shows curves as it goes, pauses, goes on and ends in words', async () => {
    const page = await train();
    await button(page, 'Start training').click();
    await page.getByText(/epoch 1 of 5, step \d+ of 20/).waitFor();
    await page.getByText(/184 images\/s · \d+ s left/).waitFor();
    await button(page, 'Pause').click();
    await page.getByText('Paused', { exact: true }).waitFor();
    const where = async () => page.locator('.run-head p').first().textContent();
    const before = await where();
    await page.waitForTimeout(300);
    check((await where()) === before, 'a paused run goes on');
    await button(page, 'Resume').click();
    await page
      .getByRole('img', { name: /^Loss after epoch [2-5]: training .*, validation / })
      .waitFor({ timeout: 10_000 });
    await page.getByRole('img', { name: /^accuracy after epoch [2-5]/ }).waitFor();
    // The tab may be left while it goes.
    await page.locator('#tab-kernels').click();
    await page.waitForTimeout(300);
    await page.locator('#tab-train').click();
    await page.getByText('✔ Finished: all 5 epochs are done.').waitFor({ timeout: 20_000 });
    await page.getByText('validation, batch statistics').waitFor();
    await page.getByText(/After 100 steps the moving mean holds 1 − 0\.99\^100 = 63\.4 % of the data/).waitFor();
    await page.locator('.scores').getByText('points').waitFor();
    await page.getByText('tears').waitFor();
    await page.locator('.so-what').getByText('it learns by heart', { exact: false }).waitFor();
    await fits(page);
    await axe(page);
    await shot(page, 'train-run');
    await button(page, 'Try augmentation').click();
    check(
      await page.getByRole('checkbox', { name: 'shifted, turned and scaled copies' }).isChecked(),
      'the next experiment is not set up'
    );
    await page.close();
  });

  await test('train: a lagging moving mean is explained, with momentum 0.9 as the next experiment', async () => {
    const page = await train();
    await startQuick(page);
    await finished(page);
    await page.getByText('the weights are better than the solid curve says', { exact: false }).waitFor();
    await page.locator('.so-what').getByText('the moving ones lag behind', { exact: false }).waitFor();
    await page.locator('.so-what').getByRole('button', { name: 'Try momentum 0.9' }).click();
    const momentum = page.getByRole('spinbutton', { name: 'Batch-norm momentum' });
    check((await momentum.inputValue()) === '0.9', 'momentum 0.9 is not set');
    await page.close();
  });

  await test('train: a stopped run keeps its epochs and goes on', async () => {
    const page = await train();
    await button(page, 'Start training').click();
    await page.getByRole('img', { name: /^Loss after epoch 1/ }).waitFor({ timeout: 10_000 });
    await button(page, 'Stop and keep').click();
    await page.getByText(/^Stopped\. \d of 5 epochs are kept/).waitFor();
    await page.getByRole('button', { name: /^Go on from epoch/ }).click();
    await page.getByText('✔ Finished: all 5 epochs are done.').waitFor({ timeout: 20_000 });
    const [, again] = await asked(page, 'train');
    check(again.resume === 'run1', `it resumed ${again.resume}`);
    await page.close();
  });

  await test('train: mistakes and the confusion matrix lead to the picture and its maps', async () => {
    const page = await train();
    await startQuick(page);
    await finished(page);
    await page.getByText('After epoch 2: ', { exact: false }).first().waitFor();
    check((await page.locator('.mistakes li').count()) === 24, 'not 24 mistakes');
    const cell = page.locator('[data-cell="0-0"]');
    await cell.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    for (let n = 0; n < 9; n++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByText('12 of the 24 worst mistakes are 4 taken for 9.', { exact: false }).waitFor();
    await axe(page);
    await fits(page);
    await page.locator('.mistakes button').first().click();
    await page.locator('#tab-maps[aria-selected="true"]').waitFor();
    const inputs = await asked(page, 'setInput');
    check(inputs.at(-1).source.kind === 'drawing', 'the mistake is not the input');
    await page.close();
  });

  await test('train: many classes give a list of the most frequent confusions', async () => {
    const page = await train({ scenario: 'manyClasses' });
    await startQuick(page);
    await finished(page);
    await page.getByText('100 classes: the most frequent confusions.').waitFor();
    check((await page.locator('.confusion-pairs li').count()) === 20, 'not twenty pairs');
    await fits(page);
    await page.close();
  });

  await test('train: the kernel biography plays over the epochs, and weights of an epoch can be used', async () => {
    const page = await train();
    await startQuick(page);
    await finished(page);
    const biography = page.getByRole('region', { name: 'Kernel biography' });
    await biography.getByRole('img', { name: /Kernels of .*, after epoch 2/ }).waitFor();
    await biography.getByRole('button', { name: 'Play' }).click();
    await biography.getByRole('img', { name: /, before training/ }).waitFor();
    await biography.getByRole('img', { name: /, after epoch 2/ }).waitFor();
    await biography.getByRole('button', { name: 'Play' }).waitFor();
    const slider = biography.getByRole('slider', { name: 'Epoch of the kernels' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    check((await slider.getAttribute('aria-valuetext')) === 'after epoch 1', 'the arrow keys do not step');
    await button(page, 'Use the weights of epoch 2 in the panel').click();
    await page.waitForTimeout(100);
    const [used] = await asked(page, 'useTrainedWeights');
    check(used?.epoch === 2 && used.run === 'run1', `used ${JSON.stringify(used)}`);
    await page.close();
  });

  await test('train: kept runs lie beside each other, go on, and are deleted after a question', async () => {
    const page = await train({ scenario: 'keptRuns' });
    await part(page, 'Kept runs');
    await page.getByText('They differ in').waitFor();
    await page.locator('.differences').getByRole('rowheader', { name: 'Seed' }).waitFor();
    await page.locator('.differences').getByRole('rowheader', { name: 'Augmentation' }).waitFor();
    await page.locator('.so-what').getByText('One more seed says', { exact: false }).waitFor();
    await fits(page);
    await axe(page);
    await shot(page, 'train-kept');
    await page
      .getByRole('button', { name: /^Open the run of/ })
      .last()
      .click();
    await page.getByText('Stopped. 3 of 5 epochs are kept', { exact: false }).waitFor();
    await part(page, 'Kept runs');
    await page
      .getByRole('button', { name: /^Delete the run of/ })
      .first()
      .click();
    await button(page, 'Keep it').click();
    check((await asked(page, 'deleteRun')).length === 0, 'it was deleted unasked');
    await page
      .getByRole('button', { name: /^Delete the run of/ })
      .first()
      .click();
    await button(page, 'Delete').click();
    await page.waitForFunction(() => document.querySelectorAll('.kept-run').length === 1);
    const [gone] = await asked(page, 'deleteRun');
    check(gone.run === 'b', `deleted ${gone.run}`);
    await page.close();
  });

  await test('train: a diverged run names the layer and offers a lower rate', async () => {
    const page = await train({ scenario: 'diverges' });
    await button(page, 'Start training').click();
    await page.getByText('In step 25 the gradient of conv2d_1 was no number any more', { exact: false }).waitFor();
    await fits(page);
    await axe(page);
    await button(page, 'Try a learning rate of 1.00e−4').or(button(page, 'Try a learning rate of 1e−4')).click();
    const rate = page.getByRole('spinbutton', { name: 'Learning rate' });
    check((await rate.inputValue()) === '0.0001', `the rate is ${await rate.inputValue()}`);
    await page.close();
  });

  await test('train: a crash in a run keeps the epochs before', async () => {
    const page = await train({ scenario: 'trainCrash' });
    await button(page, 'Start training').click();
    await page.getByText('The worker process ended unexpectedly').waitFor();
    await page.getByText('One epoch is kept.').waitFor();
    await page.getByRole('button', { name: 'Go on from epoch 1' }).waitFor();
    await page.close();
  });

  await test('train says what it lacks: data, layers that learn, a network', async () => {
    let page = await train({ scenario: 'noData' });
    await page.getByText('No data at hand fits this network.', { exact: false }).waitFor();
    await fits(page);
    await axe(page);
    await button(page, 'A file…').click();
    await button(page, 'Start training').waitFor();
    await page.close();
    page = await train({ scenario: 'frozen' });
    await page.getByText('No layer of this network learns', { exact: false }).waitFor();
    await page.close();
    page = await train({ scenario: 'badData' });
    await button(page, 'A folder of pictures…').click();
    await page.getByText('No picture lies in this folder').waitFor();
    await page.close();
    page = await train();
    await part(page, 'Kept runs');
    await page.getByText('No run is kept for this model yet.', { exact: false }).waitFor();
    await part(page, 'Run');
    await page.getByText('No run yet.', { exact: false }).waitFor();
    await page.close();
  });

  await test('train: a model with random weights offers to train', async () => {
    const page = await open({ scenario: 'random' });
    await ready(page);
    await page.locator('#tab-kernels').click();
    await button(page, 'Train…').click();
    await page.locator('#tab-train[aria-selected="true"]').waitFor();
    await page.close();
  });

  await test('train holds in every theme and width', async () => {
    const layouts = { dark: [640, 1280], light: [640], 'hc-dark': [400], 'hc-light': [1280] };
    const page = await train();
    const holds = () =>
      inLayouts(page, layouts, async () => {
        await fits(page);
        await axe(page);
      });
    await button(page, 'Start training').waitFor();
    await page.getByText('on wasm.', { exact: false }).waitFor();
    await holds();
    await startQuick(page);
    await finished(page);
    await page.locator('.mistakes li').first().waitFor();
    await page.getByRole('img', { name: /^Kernels of/ }).waitFor();
    await holds();
  });
}
