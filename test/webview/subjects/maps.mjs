// Feature maps: the arithmetic of a pixel, lines of series, strips of vectors.
import { axe, check, open, ready, shot, test } from '../harness.mjs';

await test('a pixel of a map is explained and equals the runtime', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-maps');
  await page.waitForSelector('.agrees');
  const before = await page.textContent('.big-map[role=slider] .quiet');
  await page.focus('.big-map[role=slider]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(
    (text) => document.querySelector('.big-map[role=slider] .quiet')?.textContent !== text,
    before
  );
  await shot(page, 'proof');
});

await test('a pixel that differs by more than the layer allows is not called equal', async () => {
  const page = await open({ scenario: 'wrong' });
  await ready(page);
  await page.click('#tab-maps');
  await page.waitForSelector('.differs');
  check((await page.locator('.agrees').count()) === 0, 'called equal');
});

await test('the strongest map is the one with the largest mean |a|, not the largest mean', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-maps');
  await page.locator('.layer-row', { hasText: 'conv2d' }).first().click();
  await page.waitForSelector('.so-what');
  const text = await page.textContent('.so-what');
  check(text?.includes('Map 2 answers most strongly (mean |a| 0.9)'), `it says: ${text}`);
});

await test('the maps of a 1-D layer are lines, not strips of colour', async () => {
  const page = await open({ scenario: 'series', width: 800 });
  await ready(page);
  await page.locator('.layer-row', { hasText: 'conv1d' }).click();
  await page.click('#tab-maps');
  await page.waitForSelector('.sheet');
  await page.waitForTimeout(500);
  const drawn = await page.evaluate(() => {
    const ratio = globalThis.devicePixelRatio;
    const context = document.querySelector('.sheet-canvas').getContext('2d');
    const { data, width, height } = context.getImageData(8 * ratio, 4 * ratio, 100 * ratio, 44 * ratio);
    // What differs from the ground (the corner of the tile) in each column and row.
    const inked = (x, y) => [0, 1, 2, 3].some((part) => Math.abs(data[4 * (y * width + x) + part] - data[part]) > 40);
    const columns = Array.from(
      { length: width },
      (_, x) => Array.from({ length: height }, (_, y) => inked(x, y)).filter(Boolean).length
    );
    const rows = Array.from({ length: height }, (_, y) => columns.some((_, x) => inked(x, y))).filter(Boolean).length;
    return {
      filled: columns.filter((count) => count > 0).length / width,
      thick: columns.sort((a, b) => a - b)[width >> 1],
      rows: rows / height
    };
  });
  check(drawn.filled > 0.9 && drawn.thick <= 8 && drawn.rows > 0.3, `no line: ${JSON.stringify(drawn)}`);
});

await test('a vector is a strip whose numbers come by keyboard and by mouse', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-maps');
  await page.locator('.layer-row', { hasText: 'dense' }).click();
  const strip = page.locator('.value-cells');
  await strip.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(
    () => document.querySelector('.value-cells')?.getAttribute('aria-valuetext') === 'unit 0: 0'
  );
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('.value-words')?.textContent === 'unit 1: 0.28049');
  const box = await page.locator('.value-cells canvas').boundingBox();
  await page.mouse.move(box.x + box.width - 8, box.y + 8);
  await page.waitForFunction(() => document.querySelector('.value-words')?.textContent.startsWith('unit 9: '));
  check((await page.textContent('.card strong')) === 'Map 1', 'hovering pinned another unit');
  await axe(page);
});
