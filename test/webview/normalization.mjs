// The effect "Normalisation": X-ray, train or infer, shifted inputs, gamma and beta, folding, signal through depth.

/** @param {{ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }} tools as run.mjs has them */
export async function normalizationTests({ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }) {
  const norm = async (section, options = {}) => {
    const page = await open({ width: 640, ...options });
    await ready(page);
    await page.getByRole('treeitem').filter({ hasText: 'batch_normalization' }).first().click();
    await page.locator('#tab-effects').click();
    await page.locator('.norm-sections button').filter({ hasText: section }).click();
    return page;
  };
  const pixels = (locator) => locator.evaluate((canvas) => canvas.toDataURL());
  const fits = async (page) => {
    const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
    check(wide <= 1, `the view is ${wide} px too wide`);
    const cut = await clipped(page);
    check(cut.length === 0, `clipped: ${cut.join(', ')}`);
    check(page.problems.length === 0, page.problems.join('\n'));
  };
  const select = (page, label, value) =>
    page.locator(`vscode-dropdown[aria-label="${label}"]`).evaluate((element, chosen) => {
      element.value = chosen;
      element.dispatchEvent(new Event('change', { bubbles: true }));
    }, value);
  const lastAsked = (page, method) =>
    page.evaluate((name) => window.fakeHost.given.filter((one) => one.method === name).at(-1)?.params, method);

  await test('normalisation: the X-ray names outliers and gammas near zero, and works one activation by hand', async () => {
    const page = await norm('X-ray');
    await page.getByText(/Batch and moving statistics agree in 30 of 32 channels/).waitFor();
    await page.getByRole('button', { name: /^channel 3 \(mean/ }).waitFor();
    await page.getByText(/gamma near 0 \(\|gamma\| < 0\.001\)/).waitFor();
    // The worst outlier is shown first.
    await page.getByRole('heading', { name: 'Channel 3', exact: true }).waitFor();
    await page.getByRole('button', { name: 'channel 5', exact: true }).click();
    await page.getByRole('heading', { name: 'Channel 5', exact: true }).waitFor();
    await page.getByText(/✓ equal to the runtime/).waitFor();
    const text = await page.locator('.norm-arithmetic').textContent();
    const formula = /\((−?[\d.]+) − \(?(−?[\d.]+)\)?\) \/ ([\d.]+) = (−?[\d.]+)/.exec(text ?? '');
    check(formula !== null, `no arithmetic in: ${text}`);
    const [x, mean, deviation, result] = formula.slice(1).map((number) => Number(number.replace('−', '-')));
    check(Math.abs((x - mean) / deviation - result) < 0.01, `${x} - ${mean} over ${deviation} is not ${result}`);
    check(/activation/i.test(text ?? '') && !/weight/i.test(text ?? ''), 'it speaks of weights, not activations');
    const map = page.locator('.norm-pick').first();
    await map.focus();
    const place = await map.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(
      (before) => document.querySelector('.norm-pick')?.getAttribute('aria-valuetext') !== before,
      place
    );
    const next = await map.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(
      (before) => document.querySelector('.norm-pick')?.getAttribute('aria-valuetext') !== before,
      next
    );
    await page.locator('summary').filter({ hasText: 'Table of 32 channels' }).click();
    check((await page.locator('.number-grid tbody tr').count()) >= 32, 'not every channel has a row');
    await fits(page);
    await page.close();
  });

  await test('normalisation: the batch is chosen, and one picture is never taken silently', async () => {
    const page = await norm('X-ray');
    await page.getByText(/32 pictures of “Digits”/).waitFor();
    await select(page, 'Batch size', '1');
    await page.getByText(/A batch of one picture/).waitFor();
    check((await lastAsked(page, 'normalizationXray')).size === 1, 'another size was asked for');
    await select(page, 'Batch size', '8');
    await page.getByText(/8 pictures of “Digits”/).waitFor();
    check((await page.getByText(/A batch of one picture/).count()) === 0, 'the warning stays');
    await page.getByRole('button', { name: /Training: the batch/ }).click();
    await page.waitForFunction(() => window.fakeHost.given.some((one) => one.params?.mode === 'batch'));
    await select(page, 'Batch size', '32');
    await page.close();
  });

  await test('normalisation: an untrained layer opens in training mode and says so', async () => {
    const page = await norm('X-ray', { scenario: 'random' });
    await page.getByText(/opens in training mode/).waitFor();
    const training = page.getByRole('button', { name: /Training: the batch/ });
    check((await training.getAttribute('aria-pressed')) === 'true', 'training mode is not pressed');
    await page.getByText(/only training mode normalises here/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('normalisation: the signal through depth is the landing view of an untrained network', async () => {
    const page = await open({ width: 640, scenario: 'random' });
    await ready(page);
    await page.getByRole('heading', { name: 'Signal through depth' }).waitFor();
    check((await page.locator('.norm-chart svg g.series').count()) === 6, 'there are not six lines');
    await page.getByText(/At max_pooling2d, the last layer before the answer/).waitFor();
    await page.getByRole('button', { name: 'Draw other weights' }).click();
    await page.waitForFunction(() =>
      window.fakeHost.given.some((one) => one.method === 'signalDepth' && one.params.seed === 2)
    );
    await fits(page);
    await page.close();
  });

  await test('normalisation: training and inference switch the answers, and batch sizes are compared', async () => {
    const page = await norm('Train or infer');
    await page.getByText(/Batches of 128 are left out/).waitFor();
    await select(page, 'Batch size', '2');
    const bars = page.getByRole('list', { name: 'Answer with either statistics' });
    await bars.getByText('21.0 %').waitFor();
    check((await page.getByRole('list', { name: 'Logits with either statistics' }).count()) === 1, 'no logits');
    await page.getByRole('button', { name: 'Infer', exact: true }).click();
    await bars.getByText('98.0 %').waitFor();
    check((await bars.getByText('±0').count()) === 2, 'at inference something changes');
    await page.getByText(/16 of 32 answers change when each picture is alone/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('normalisation: shifted inputs have a curve for each kind of statistics and for a twin', async () => {
    const page = await norm('Train or infer');
    await page.getByText(/At strength 1 \(brighter\): 27\.0 % with moving statistics/).waitFor();
    await page.getByText(/Here moving statistics are the more sensitive ones/).waitFor();
    const lines = page.locator('.norm-chart svg g.series');
    check((await lines.count()) === 3, `there are ${await lines.count()} lines`);
    await page.getByLabel(/strength: brighter/).fill('2');
    await page.getByText(/At strength 0\.4 \(brighter\)/).waitFor();
    await page.getByRole('button', { name: 'inverted' }).click();
    await page.getByText(/Here the batch’s own statistics are the more sensitive ones/).waitFor();
    await page.getByRole('button', { name: /Set a twin beside it/ }).click();
    await page.getByText(/plain without batch norm has/).waitFor();
    await page.getByText(/Batch norm at inference is the more sensitive one of the two here/).waitFor();
    check((await lines.count()) === 4, 'the twin has no line');
    check((await lastAsked(page, 'normalizationShift')).twin === 'second', 'the twin was not asked about');
    await page.getByRole('button', { name: 'Without a twin' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.norm-chart svg g.series').length === 3);
    await fits(page);
    await page.close();
  });

  await test('normalisation: gamma and beta are dragged, counted and reset', async () => {
    const page = await norm('Gamma and beta');
    await page.getByText(/Nothing is changed/).waitFor();
    const after = page.locator('.norm-map canvas').nth(1);
    const before = await pixels(after);
    await page.getByLabel(/^gamma/).focus();
    await page.keyboard.press('End');
    await page.getByText(/Your change turns the answer into another one/).waitFor();
    // The sentence is there before the picture is drawn.
    for (let waited = 0; (await pixels(after)) === before && waited < 40; waited++) await page.waitForTimeout(50);
    check((await pixels(after)) !== before, 'the map stays as it was');
    const { changes } = await lastAsked(page, 'normalizationTweak');
    check(changes.length === 1 && changes[0].gamma > 2, 'another gamma was asked about');
    await page.locator('.norm-chip').getByRole('button', { name: 'Reset' }).click();
    await page.getByText(/Nothing is changed/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('normalisation: folding shows kernels before and after and the largest difference', async () => {
    const page = await norm('Fold');
    await page
      .getByText(/The kernels change by up to 0\.31; the output of batch_normalization by at most 7e−7/)
      .waitFor();
    await page.getByText(/conv2d had no bias; it gets one/).waitFor();
    check((await page.locator('.norm-planes table').count()) === 2, 'no kernel before and after');
    await select(page, 'Output channel', '6');
    await page.waitForFunction(() =>
      window.fakeHost.given.some((one) => one.method === 'normalizationFold' && one.params.channel === 6)
    );
    await fits(page);
    await page.close();
  });

  await test('normalisation: a model without such a layer says so and still shows the signal', async () => {
    const page = await open({ width: 640, scenario: 'series' });
    await ready(page);
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Normalisation', exact: true }).click();
    await page.getByText(/no normalisation layer: try adding BatchNormalization/).waitFor();
    await page.getByText(/the last layer before the answer/).waitFor();
    await fits(page);
    await page.close();
  });

  for (const section of ['X-ray', 'Train or infer', 'Gamma and beta', 'Fold', 'Signal through depth'])
    await test(`normalisation: ${section} is accessible in every theme`, async () => {
      const page = await norm(section);
      await page.locator('.so-what').first().waitFor();
      await inLayouts(page, everyTheme, async (theme) => {
        await axe(page);
        await shot(page, `${theme}-norm-${section.replace(/\W+/g, '-')}`);
        await fits(page);
      });
    });
}
