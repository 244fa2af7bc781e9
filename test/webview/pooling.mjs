// The effects "Pooling" and "Step by step": linked windows, other poolings, moved inputs, the play head, a kernel by hand.

/** @param {{ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }} tools as run.mjs has them */
export async function poolingTests({ test, open, ready, check, axe, clipped, shot, inLayouts, everyTheme }) {
  const effects = async (layer, options = {}) => {
    const page = await open({ width: 640, ...options });
    await ready(page);
    await page.getByRole('treeitem').filter({ hasText: layer }).first().click();
    await page.locator('#tab-effects').click();
    await page.locator('.cell-map').first().waitFor();
    return page;
  };
  const pixels = (locator) => locator.locator('canvas').evaluate((canvas) => canvas.toDataURL());
  const fits = async (page) => {
    const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
    check(wide <= 1, `the view is ${wide} px too wide`);
    const cut = await clipped(page);
    check(cut.length === 0, `clipped: ${cut.join(', ')}`);
    check(page.problems.length === 0, page.problems.join('\n'));
  };

  await test('pooling links every cell with its window, by keys and by mouse', async () => {
    const page = await effects('max_pooling2d');
    const after = page.getByRole('slider', { name: /Map after pooling/ });
    const before = page.locator('.pair-of-maps .cell-map').first();
    await after.focus();
    const [now, picture] = [await after.getAttribute('aria-valuetext'), await pixels(before)];
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    check((await after.getAttribute('aria-valuetext')) !== now, 'the arrow keys move nothing');
    check((await pixels(before)) !== picture, 'the window stays where it was');
    check((await page.locator('.number-grid td.winner').count()) === 1, 'no cell of the window won');
    const box = await before.locator('canvas').boundingBox();
    await page.mouse.move(box.x + 3, box.y + 3);
    await page.waitForTimeout(60);
    check(/row 0, column 0/.test(await after.getAttribute('aria-valuetext')), 'hovering the input links no cell');
    await page.getByText(/lead to \d+ different pixels/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('pooling swaps the operation and moves the input', async () => {
    const page = await effects('max_pooling2d');
    await page
      .getByText(
        /maps after pooling change by 15\.0 %, the maps before by 30\.0 %; a stride without pooling would give 27\.0 %/
      )
      .waitFor();
    await page.getByRole('button', { name: 'up and left' }).click();
    await page.getByText(/the maps before by 42\.4 %/).waitFor();
    await page.getByRole('button', { name: 'Average', exact: true }).click();
    await page.getByText(/changes by 42\.0 % \(relative L2\), and the answer becomes another one/).waitFor();
    check((await page.locator('.change-bars .ghost').count()) > 2, 'the old bars left no ghosts');
    await page.getByRole('button', { name: 'Max, window 3' }).click();
    await page.getByText(/padding 0\/1, 0\/1/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('a convolution steps by keys, by button and by the play head', async () => {
    const page = await effects('conv2d');
    const slider = page.locator('.play-head input[type="range"]');
    const at = async () => Number(await slider.inputValue());
    await page.getByRole('button', { name: 'To the start' }).click();
    check((await at()) === 0, 'the play head is not at the start');
    await page.keyboard.press('.');
    await page.keyboard.press('.');
    await page.keyboard.press(',');
    check((await at()) === 1, `two steps and one back lead to ${await at()}`);
    await page.getByRole('button', { name: 'fast' }).click();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.waitForFunction(() => Number(document.querySelector('.play-head input').value) > 5);
    await page.getByRole('button', { name: 'Pause' }).click();
    const stopped = await at();
    await page.waitForTimeout(250);
    check((await at()) <= stopped + 1, 'it goes on after Pause');
    await page.getByText(/equal to the runtime/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('a kernel made by hand slides over the built-in picture', async () => {
    const page = await effects('conv2d');
    await page.getByRole('button', { name: 'Try your own kernel' }).first().click();
    await page.getByText(/The kernel sums to 0/).waitFor();
    const result = page.locator('.pair-of-maps .cell-map').nth(1);
    const edges = await pixels(result);
    await page.getByRole('button', { name: 'Blur', exact: true }).click();
    await page.getByText(/The kernel sums to 1:/).waitFor();
    // The sentence is there before the picture is drawn.
    for (let waited = 0; (await pixels(result)) === edges && waited < 40; waited++) await page.waitForTimeout(50);
    check((await pixels(result)) !== edges, 'another kernel gives the same picture');
    await page.getByLabel('row 1, column 1 of the kernel').fill('2');
    await page.getByText(/The kernel sums to 2\.89/).waitFor();
    await page.getByRole('button', { name: 'Back to the layer' }).click();
    await page.getByText(/equal to the runtime/).waitFor();
    await fits(page);
    await page.close();
  });

  await test('without a model a kernel is made by hand, step by step, and kept over a reload', async () => {
    for (const theme of ['dark', 'light', 'hc-dark', 'hc-light']) {
      const page = await open({ scenario: 'kernel', theme, width: 640 });
      await page.getByRole('heading', { name: 'Try a Kernel' }).waitFor();
      await page.getByText(/The kernel sums to 0/).waitFor();
      check((await page.getByRole('button', { name: 'Back to the layer' }).count()) === 0, 'there is no layer');
      check((await page.getByRole('treeitem').count()) === 0, 'there are layers without a model');
      for (const preset of ['Edges', 'Blur', 'Sharpen'])
        await page.getByRole('button', { name: preset, exact: true }).click();
      await page.getByLabel('row 1, column 1 of the kernel').fill('4.5');
      await page.getByText(/The kernel sums to 0\.5:/).waitFor();
      await page.getByRole('button', { name: 'To the start' }).click();
      await page.keyboard.press('.');
      check((await page.locator('.play-head input').inputValue()) === '1', 'the step is lost');
      await page.waitForTimeout(200);
      await axe(page);
      await shot(page, `${theme}-try-kernel`);
      const cut = await clipped(page);
      check(cut.length === 0, `clipped: ${cut.join(', ')}`);
      await page.getByRole('button', { name: 'Export…' }).click();
      check((await page.getByRole('menuitem').count()) === 3, 'a report of no model is offered');
      await page.reload();
      await page.getByText(/The kernel sums to 0\.5:/).waitFor();
      check((await page.getByLabel('row 1, column 1 of the kernel').inputValue()) === '4.5', 'the kernel is lost');
      check(page.problems.length === 0, page.problems.join('\n'));
      await page.close();
    }
  });

  await test('with reduced motion nothing plays, and steps still work', async () => {
    const page = await open({ width: 640 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await ready(page);
    await page.locator('#tab-effects').click();
    await page.getByText(/Motion is reduced/).waitFor();
    check((await page.getByRole('button', { name: 'Play', exact: true }).count()) === 0, 'it can still play');
    await page.getByRole('button', { name: 'To the start' }).click();
    await page.keyboard.press('.');
    check((await page.locator('.play-head input').inputValue()) === '1', 'the step is lost');
    await page.close();
  });

  for (const [name, layer] of [
    ['pooling', 'max_pooling2d'],
    ['steps', 'conv2d']
  ])
    await test(`the effect ${name} is accessible in every theme`, async () => {
      const page = await effects(layer);
      await inLayouts(page, everyTheme, async (theme) => {
        await axe(page);
        await shot(page, `${theme}-effect-${name}`);
        await fits(page);
      });
    });
}
