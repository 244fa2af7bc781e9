// What comes out: bars, pictures, masks.
import { axe, check, open, ready, shot, test } from '../harness.mjs';

await test('a picture that comes out is shown large with its input and the difference, Escape goes back', async () => {
  const page = await open({ scenario: 'free', width: 640 });
  const button = page.locator('.picture-button');
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog.large[open]');
  check((await page.locator('.large figure').count()) === 3, 'not input, output and difference');
  const widths = await page.evaluate(() =>
    [...document.querySelectorAll('.large canvas')].map((one) => one.getBoundingClientRect().width)
  );
  check(
    widths.every((width) => width >= 150),
    `as small as ${widths}`
  );
  const legend = await page.textContent('dialog.large .legend');
  check(/−31.5/.test(legend) && /31.5/.test(legend), `the legend of the difference says ${legend}`);
  await shot(page, 'large-picture');
  await axe(page);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog.large', { state: 'detached' });
  check(await button.evaluate((one) => one === document.activeElement), 'the focus did not come back');
  check(page.problems.length === 0, page.problems.join('\n'));
});

await test('a mask lies over the input, its opacity moves, its legend has shares', async () => {
  const page = await open({ scenario: 'free', width: 640 });
  await page.waitForSelector('.picture-output');
  await page.locator('.answer vscode-dropdown').click();
  await page.locator('vscode-option', { hasText: 'mask' }).click();
  await page.waitForSelector('.picture-output .mask-legend');
  const fill = await page
    .locator('.mask-legend rect')
    .nth(1)
    .evaluate((one) => getComputedStyle(one).fill);
  check(fill === 'rgb(230, 159, 0)', `the legend's colour is ${fill}`);
  await page.locator('.picture-button').click();
  await page.waitForSelector('dialog.large[open]');
  const opacity = () => page.evaluate(() => getComputedStyle(document.querySelector('.over-input')).opacity);
  check((await opacity()) === '0.6', await opacity());
  await page.locator('.large input[type=range]').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => getComputedStyle(document.querySelector('.over-input')).opacity === '1');
  check((await page.textContent('.large .mask-legend'))?.includes('cat 30.0 %'), 'no share');
  await shot(page, 'large-mask');
  await axe(page);
  check(page.problems.length === 0, page.problems.join('\n'));
});

await test('random weights: bars are hollow and nothing is called predicted', async () => {
  const page = await open({ scenario: 'random' });
  await ready(page);
  check((await page.locator('.answer.hollow').count()) === 1, 'bars are not hollow');
  check(!/predicted/i.test((await page.textContent('.answer')) ?? ''), 'something is called predicted');
  check(/random, seed 1/.test((await page.textContent('.chips')) ?? ''), 'the weights are not named');
});
