// Hands on keys: walking, filtering, the folded list of a narrow panel; and the content policy.
import { axe, check, open, ready, shot, test } from '../harness.mjs';

await test('by keyboard alone: filter, walk, open a view, pin a kernel', async () => {
  const page = await open();
  await ready(page);
  await page.keyboard.press('/');
  await page.keyboard.type('dense');
  await page.waitForFunction(() => document.querySelectorAll('.layer-row').length === 1);
  for (let i = 0; i < 5; i++) await page.keyboard.press('Backspace');
  await page.keyboard.press('Tab');
  await page.focus('.rows');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.querySelector('.layer-row.selected')?.textContent?.includes('conv2d'));
  await page.focus('#tab-overview');
  await page.keyboard.press('ArrowRight');
  await page.waitForSelector('.sheet');
  await page.focus('.sheet');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card');
  check((await page.textContent('.card strong'))?.startsWith('Filter 1,'), 'filter 1 is not pinned');
});

await test('at 480 px the layers lie under one button that opens over the views and closes again', async () => {
  const page = await open({ width: 480 });
  await ready(page);
  const tabsAt = () => page.evaluate(() => document.querySelector('.tabs').getBoundingClientRect().top);
  const before = await tabsAt();
  check((await page.locator('.rows').count()) === 0, 'the list is open at first');
  await page.click('.layer-picker');
  await page.waitForSelector('.layer-row');
  await shot(page, 'picker');
  await axe(page);
  check((await tabsAt()) === before, 'the views moved');
  await page.locator('.layer-row', { hasText: 'batch_normalization_1' }).click();
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await page.textContent('.layer-picker'))?.includes('batch_normalization_1'), 'the layer was not picked');
  const focused = () => page.evaluate(() => document.activeElement.className || document.activeElement.id);
  check((await focused()) === 'layer-picker', `focus went to ${await focused()}`);
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('.layer-row');
  await page.keyboard.press('ArrowDown');
  check((await page.locator('.rows').count()) === 1, 'walking closed the list');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await focused()) === 'layer-picker', `Escape left the focus at ${await focused()}`);
  check((await page.textContent('.layer-picker'))?.includes('flatten'), 'the next layer was not walked to');
  await page.keyboard.press('/');
  await page.waitForSelector('.layer-row');
  await page.keyboard.type('max_p');
  await page.waitForFunction(() => document.querySelectorAll('.layer-row').length === 1);
  await page.locator('.layer-row').click();
  await page.waitForSelector('.rows', { state: 'detached' });
  check((await page.textContent('.layer-picker'))?.includes('max_pooling2d'), 'the filtered layer was not picked');
  await page.click('.layer-picker');
  await page.waitForSelector('.rows');
  await page.click('.header h1');
  await page.waitForSelector('.rows', { state: 'detached' });
  check(page.problems.length === 0, page.problems.join('\n'));
});

await test('a refused inline style other than the empty one is reported', async () => {
  const page = await open();
  await ready(page);
  check(page.problems.length === 0, page.problems.join('\n'));
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  await page.waitForTimeout(100);
  check(page.problems.length === 1 && /inline style/.test(page.problems[0]), `reported: ${page.problems.join()}`);
});
