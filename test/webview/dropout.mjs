// The effect "Dropout": one mask, many masks, reliance, and a second network beside the first.

/** @param {{ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }} tools as run.mjs has them */
export async function dropoutTests({ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }) {
  const dropout = async (layer, part, options = {}) => {
    const page = await open({ width: 640, ...options });
    await ready(page);
    await page.getByRole('treeitem').filter({ hasText: layer }).first().click();
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Dropout', exact: true }).click();
    await page.locator('.dropout .switch').getByRole('button', { name: part, exact: true }).click();
    return page;
  };
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
  const setTo = (locator, value) =>
    locator.evaluate((element, to) => {
      element.value = to;
      element.dispatchEvent(new Event('input', { bubbles: true }));
    }, String(value));

  await test('dropout shows three panels with the arithmetic of one value, by keys and by mouse', async () => {
    const page = await dropout('dropout', 'One mask');
    const panels = page.locator('.triptych-panel');
    await panels.nth(2).waitFor();
    check((await panels.count()) === 3, 'the panels are not three');
    const boxes = await Promise.all([0, 1, 2].map((at) => panels.nth(at).boundingBox()));
    check(boxes[0].y === boxes[2].y && boxes[0].x < boxes[1].x, 'the panels are not side by side at 640 px');
    check((await page.getByText('✓ equal to the runtime').count()) === 2, 'the arithmetic is not that of the runtime');
    const held = page.getByRole('slider', { name: 'Held: mask 1' });
    const says = await held.getAttribute('aria-valuetext');
    await held.focus();
    await page.keyboard.press('ArrowRight');
    check((await held.getAttribute('aria-valuetext')) !== says, 'the arrow keys move nothing');
    const box = await held.locator('canvas').boundingBox();
    await page.mouse.click(box.x + 3, box.y + 3);
    check(/map 0/.test(await held.getAttribute('aria-valuetext')), 'a click picks no value');
    await page
      .getByText(/stated 25\.0 % ± /)
      .first()
      .waitFor();
    await page.getByText('4 of 50 masks at 0.25 flip the answer for this input', { exact: false }).waitFor();
    await fits(page);
    await axe(page);
    await shot(page, 'dropout-one');
    await page.close();
  });

  await test('the rate slider says what it changes and counts the flipped answers', async () => {
    const page = await dropout('dropout', 'One mask');
    await page.getByText('changes what is dropped now, not how it was trained').waitFor();
    await page.getByText('One mask each flips 10 of 100 answers (Digits).').waitFor();
    await page.getByText(/Right without: 99, with: 90 of 100/).waitFor();
    const slider = page.getByRole('slider', { name: /^Rate/ });
    // A drag asks for the newest rates only and counts once it rests.
    for (let rate = 26; rate <= 50; rate++) await setTo(slider, rate / 100);
    await page.getByText('One mask each flips 20 of 100 answers (Digits).').waitFor();
    await page.getByText('(trained with 0.25)', { exact: false }).waitFor();
    const counts = (await asked(page, 'picturesUnderMasks')).length;
    check(counts <= 3, `the pictures were counted ${counts} times during one drag`);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('One mask each flips 10 of 100 answers (Digits).').waitFor();
    await page.locator('.beside-rate').getByRole('button', { name: 'Train the twin' }).waitFor();
    await fits(page);
    await page.close();
  });

  await test('masks step, play, hold and say when they flip the answer', async () => {
    const page = await dropout('dropout', 'One mask');
    await page.getByRole('heading', { name: 'Next: mask 2' }).waitFor();
    await page.getByRole('button', { name: 'The next draw (.)' }).click();
    await page.getByRole('heading', { name: 'Next: mask 3' }).waitFor();
    await page.getByText('This mask flips the answer.').waitFor();
    await page.getByRole('button', { name: 'Hold mask 3' }).click();
    await page.getByRole('heading', { name: 'Held: mask 3' }).waitFor();
    await page.keyboard.press(',');
    await page.getByRole('heading', { name: 'Next: mask 2' }).waitFor();
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('heading', { name: 'Next: mask 5' }).waitFor({ timeout: 8000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    const seed = page.locator('.seed-field vscode-text-field');
    await setTo(seed, 12);
    await page.getByRole('heading', { name: 'Held: mask 12' }).waitFor();
    await fits(page);
    await page.close();
  });

  await test('many masks spread the answer, name the least sure pictures and lead on', async () => {
    const page = await dropout('dropout', 'Many masks');
    await page.getByText('96 of 100 masks agree with the answer without masks; 7 gets 90.0 % ± 6.0 %.').waitFor();
    await page.getByText(/0\.47 bits of at most 3\.32/).waitFor();
    await page.locator('vscode-dropdown[aria-label="Number of masks"]').evaluate((element) => {
      element.value = '300';
      element.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.getByText(/296 of 300 masks agree/).waitFor();
    await page.getByRole('button', { name: 'Ask 100 pictures, 20 masks each' }).click();
    await page.getByText('3 of the 4 wrong answers are among the 25 least sure pictures.').waitFor();
    check((await page.locator('.unsure li').count()) === 12, 'not twelve pictures');
    await page.getByText('wrong: it is 3').waitFor();
    await page.locator('.unsure button').first().click();
    await page.waitForTimeout(100);
    const [chosen] = await asked(page, 'chooseFromSet');
    check(chosen?.index === 0, 'the least sure picture did not become the input');
    await page.locator('.strip').first().waitFor();
    await fits(page);
    await axe(page);
    await page.getByRole('button', { name: 'Open Why' }).click();
    await page.locator('#tab-why[aria-selected="true"]').waitFor();
    await page.close();
  });

  await test('reliance ranks, and switches off by hand', async () => {
    const page = await dropout('conv2d_1', 'Reliance');
    await page.getByText('All maps on').waitFor();
    const first = page.locator('.ranking button').first();
    check((await first.getAttribute('aria-pressed')) === 'false', 'a map is off from the start');
    await first.click();
    await page.getByText('1 of 32 maps off: 6').waitFor();
    check((await first.getAttribute('aria-pressed')) === 'true', 'the button does not show that the map is off');
    await page.getByRole('button', { name: 'The 3 strongest off' }).click();
    await page.getByText('Without them the answer is another one.').waitFor();
    check((await page.locator('.change-bars .ghost').count()) >= 2, 'the old bars left no ghosts');
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('All maps on').waitFor();
    await page
      .locator('.so-what')
      .getByText(/the strongest together flip it from 17 on/)
      .waitFor();
    await fits(page);
    await axe(page);
    await page.close();
  });

  await test('reliance over a data set, then beside a second network', async () => {
    const page = await dropout('conv2d_1', 'Reliance');
    await page.getByRole('button', { name: /Switch off more and more over 100 pictures/ }).click();
    await page.getByText(/With half of the maps off accuracy stays at 87\.5 % over 100 pictures/).waitFor();
    await page.locator('.so-what').getByText('changes 41 of 100 answers', { exact: false }).waitFor();
    await page.getByText(/Beside this layer: batch_normalization/).waitFor();
    const matrix = page.getByRole('slider', { name: 'Correlation of 8 maps' });
    await matrix.focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('0 with 3: r = 0.841').waitFor();
    await page.getByRole('button', { name: 'Set a second network beside…' }).click();
    await page.getByText('Beside it: plain.keras').waitFor();
    await page.locator('.so-what').getByText('m.keras leans less on single features', { exact: false }).waitFor();
    await page
      .getByText(/Batch norm stands beside this layer in m\.keras only: in this pair it goes with lower/)
      .waitFor();
    check(
      (await page.locator('.curve-names > span').filter({ hasText: 'plain.keras' }).count()) === 2,
      'two lines lack'
    );
    check((await page.getByRole('slider', { name: 'Correlation of 8 maps' }).count()) === 2, 'no second matrix');
    const layers = (await asked(page, 'relianceCurves')).filter(({ model }) => model === 'second');
    check(layers[0]?.layer === 'conv2d_1', `the second network was asked about ${layers[0]?.layer}`);
    await page.getByRole('button', { name: 'End the comparison' }).click();
    await page.getByText('With and without dropout?').waitFor();
    await fits(page);
    await page.close();
  });

  await test('reliance shows where it looks under masks', async () => {
    const page = await dropout('conv2d_1', 'Reliance');
    await page.getByRole('button', { name: 'Grad-CAM under 6 masks' }).click();
    await page.getByText(/agree with the one without by ρ = 0\.6/).waitFor();
    check((await page.locator('.cam-masks figure').count()) === 8, 'not all maps are there');
    await page.locator('.cam-masks .mask-flip').waitFor();
    await fits(page);
    await axe(page);
    await shot(page, 'dropout-reliance');
    await page.close();
  });

  await test('without a dropout layer the view says so and measures reliance', async () => {
    const page = await open({ width: 640, scenario: 'wide' });
    await ready(page);
    await page.getByRole('treeitem').filter({ hasText: 'conv5' }).first().click();
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Dropout', exact: true }).click();
    await page.getByText('This model has no dropout layer: try adding one', { exact: false }).waitFor();
    await page.getByText('All maps on').waitFor();
    check((await page.getByRole('button', { name: 'Many masks' }).count()) === 0, 'many masks are offered');
    await fits(page);
    await page.close();
  });

  await test('dropout holds in every theme', async () => {
    const page = await dropout('dropout', 'One mask');
    await page.locator('.triptych-panel').nth(2).waitFor();
    await inLayouts(page, everyTheme, async () => {
      await fits(page);
      await axe(page);
    });
  });
}
