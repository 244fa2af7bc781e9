// "Inputs that could exist": the scatter, its points by mouse and keys, the numbers, and what is missing said.

/** @param {{ test, open, ready, check, axe, clipped, shot }} tools as run.mjs has them */
export async function featuresTests({ test, open, ready, check, axe, clipped, shot }) {
  const featuresPage = async (options = {}) => {
    const page = await open({ width: 640, height: 1500, ...options });
    await ready(page);
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Inputs that could exist' }).click();
    await page.locator('.cloud svg').waitFor();
    return page;
  };
  const option = (page) => page.locator('#cloud-point').innerText();

  for (const [theme, width] of [
    ['dark', 640],
    ['light', 640],
    ['hc-dark', 640],
    ['hc-light', 1280]
  ])
    await test(`copies under noise beside unseen pictures in ${theme} at ${width} px`, async () => {
      const page = await featuresPage({ theme, width });
      await page
        .getByText(/nearer to one of 30 noisy copies than to the clean one: 20.0 % under dropout masks/)
        .waitFor();
      await page.getByText('The input itself is in the data set and is left out.', { exact: false }).waitFor();
      await page.getByText('component 1 (22.4 % of the variance)').waitFor();
      await page.locator('.cloud').focus();
      await page.keyboard.press('ArrowRight');
      await page.locator('.one-point').waitFor();
      await shot(page, `features-${theme}-${width}`);
      await axe(page);
      const cut = await clipped(page);
      check(cut.length === 0, `clipped: ${cut.join(', ')}`);
      const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
      check(wide <= 1, `the view is ${wide} px too wide`);
      check(page.problems.length === 0, page.problems.join('\n'));
    });

  await test('a mark is chosen by click and by keys; a group can be left out; a picture becomes the input', async () => {
    const page = await featuresPage();
    await page.locator('.cloud').focus();
    await page.keyboard.press('ArrowRight');
    check(/unseen picture 0: answered 7/.test(await option(page)), `first: ${await option(page)}`);
    await page.keyboard.press('ArrowDown');
    check(/dropout masks, seed 1/.test(await option(page)), `next group: ${await option(page)}`);
    await page.getByText('The picture is the clean one', { exact: false }).waitFor();
    await page.keyboard.press('End');
    check(/the clean copy/.test(await option(page)), `last: ${await option(page)}`);
    const mark = page.locator('.cloud .cloud-unseen').nth(4);
    await mark.click({ force: true });
    check(/unseen picture/.test(await option(page)), `clicked: ${await option(page)}`);
    await page.getByRole('button', { name: /unseen pictures \(60\)/ }).click();
    check((await page.locator('.cloud .cloud-unseen').count()) === 0, 'unseen pictures are still drawn');
    await page.getByRole('button', { name: /unseen pictures \(60\)/ }).click();
    await page.getByRole('button', { name: /Start from the picture of 7 that no copy comes near to/ }).click();
    await page.waitForFunction(() => window.fakeHost.asked.includes('chooseFromSet'));
    await page.close();
  });

  await test('without a dropout layer the masks are missing and said so', async () => {
    const page = await featuresPage({ scenario: 'branchy' });
    await page.getByText('No masks: no dropout or noise layer stands before the last layer of this model.').waitFor();
    check((await page.locator('.cloud .cloud-masks').count()) === 0, 'there are masks');
    check((await page.locator('.cloud .cloud-weights').count()) > 0, 'there is no weight noise');
    await page.close();
  });

  await test('without a fitting data set a folder is offered', async () => {
    const page = await open({ scenario: 'noData', width: 640 });
    await ready(page);
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Inputs that could exist' }).click();
    await page.getByText('no data set fits this network', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'A folder of pictures…' }).click();
    await page.locator('.cloud svg').waitFor();
    check((await page.evaluate(() => window.fakeHost.asked)).includes('addImageFolder'), 'no folder was added');
    await page.close();
  });
}
