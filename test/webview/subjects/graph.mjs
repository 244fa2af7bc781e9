// The graph opens fitted and keeps the chosen layer in sight.
import { axe, check, open, ready, test } from '../harness.mjs';

await test('the graph opens fitted, a layer chosen in the list comes into sight, 0 fits again', async () => {
  const page = await open({ width: 800 });
  await ready(page);
  await page.click('#tab-graph');
  await page.waitForSelector('.node');
  const outside = () =>
    page.evaluate(() => {
      const box = document.querySelector('.graph').getBoundingClientRect();
      const nodes = [...document.querySelectorAll('.node rect')].map((node) => node.getBoundingClientRect());
      return [
        nodes.length,
        nodes.filter((n) => n.top < box.top || n.bottom > box.bottom || n.left < box.left || n.right > box.right).length
      ];
    });
  check((await outside()).join() === '9,0', `nodes, and those out of sight: ${await outside()}`);
  await page.focus('.node');
  for (let i = 0; i < 6; i++) await page.keyboard.press('+');
  await page.waitForFunction(() => !document.querySelector('.tools .quiet')?.textContent.startsWith('100'));
  const selectedInside = () =>
    page.waitForFunction(() => {
      const box = document.querySelector('.graph').getBoundingClientRect();
      const node = document.querySelector('.node.selected rect')?.getBoundingClientRect();
      return node !== undefined && node.top >= box.top && node.bottom <= box.bottom;
    });
  await page.locator('.layer-row', { hasText: 'dense' }).click();
  await selectedInside();
  await page.locator('.layer-row', { hasText: 'input' }).first().click();
  await selectedInside();
  check((await outside())[1] > 0, 'it was not enlarged');
  await page.focus('.graph');
  await page.keyboard.press('0');
  await page.waitForFunction(() => document.querySelectorAll('.node').length === 9);
  check((await outside())[1] === 0, 'it does not fit again');
  await axe(page);
});

await test('a long graph opens readable, at the selected layer', async () => {
  const page = await open({ scenario: 'branchy', width: 800 });
  await ready(page);
  await page.locator('.rows').focus();
  await page.keyboard.press('End');
  await page.click('#tab-graph');
  await page.waitForSelector('.node.selected');
  const found = await page.evaluate(() => {
    const box = document.querySelector('.graph').getBoundingClientRect();
    const node = document.querySelector('.node.selected rect').getBoundingClientRect();
    return { inside: node.top >= box.top && node.bottom <= box.bottom, high: node.height };
  });
  check(found.inside && found.high >= 14, JSON.stringify(found));
});
