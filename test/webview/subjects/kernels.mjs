// Kernels as lines, and one channel wherever it is.
import { axe, check, open, ready, shot, test } from '../harness.mjs';

await test('1-D kernels are lines with a legend, the pinned one has axes', async () => {
  const page = await open({ scenario: 'series', width: 800 });
  await ready(page);
  await page.locator('.layer-row', { hasText: 'conv1d' }).click();
  await page.click('#tab-kernels');
  await page.waitForSelector('.sheet');
  await page.waitForTimeout(400);
  const legend = await page.textContent('.lines-legend');
  check(/weight, −0.52 to 0.52/.test(legend) && /tap 0 to 4/.test(legend) && /input 2/.test(legend), legend);
  const colours = await page.evaluate(() => {
    const ratio = globalThis.devicePixelRatio;
    const { data } = document
      .querySelector('.sheet-canvas')
      .getContext('2d')
      .getImageData(4, 4, 100 * ratio, 48 * ratio);
    const wanted = ['charts-blue', 'symbolIcon-classForeground', 'charts-green'].map((name) =>
      getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim()
    );
    const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
    return wanted.map((hex) => {
      const [r, g, b] = rgb(hex);
      let found = 0;
      for (let i = 0; i < data.length; i += 4)
        if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 40) found++;
      return found;
    });
  });
  check(
    colours.every((count) => count > 20),
    `pixels of each colour: ${colours}`
  );
  await page.focus('.sheet');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card .line-chart canvas');
  await axe(page);
});

await test('a channel lights up everywhere: hover and pin, its numbers, and the filters that read it', async () => {
  const page = await open({ width: 1280 });
  await ready(page);
  await page.locator('.layer-row', { hasText: 'conv2d' }).first().click();
  await page.click('#tab-kernels');
  await page.waitForSelector('.channel-card .channel-filter');
  check((await page.locator('.channel-card:visible').count()) === 1, 'not one card beside the two views');
  const sheet = page.locator('.maps-view .sheet');
  const box = await sheet.boundingBox();
  await page.mouse.move(box.x + 4 + 68 * 2 + 20, box.y + 20);
  await page.waitForFunction(() =>
    document.querySelector('.kernels-view .channel-card')?.textContent.includes('Channel 2 everywhere')
  );
  await page.waitForFunction(() =>
    document.querySelector('.kernels-view .channel-card')?.textContent.includes('moving mean 0.02')
  );
  await shot(page, 'channel-card');
  await page.mouse.move(5, 5);
  await page.waitForFunction(
    () => !document.querySelector('.kernels-view .channel-card')?.textContent.includes('Channel 2 everywhere')
  );
  await axe(page);
  await page.locator('.kernels-view .channel-filter').first().click();
  await page.waitForFunction(() => document.querySelector('.layer-title h2')?.textContent === 'conv2d_1');
  await page.waitForFunction(() =>
    document.querySelector('.kernels-view .card strong')?.textContent.startsWith('Filter 7,')
  );
});

await test('in a wide panel a layer without a kernel has the whole width for its maps', async () => {
  const page = await open({ width: 1400 });
  await ready(page);
  await page.click('#tab-maps');
  const left = async () => {
    await page.waitForTimeout(300);
    const [sheet, panel] = await Promise.all([
      page.locator('.sheet').last().boundingBox(),
      page.locator('#view').boundingBox()
    ]);
    return sheet.x - panel.x;
  };
  await page.locator('.layer-row', { hasText: 'conv2d' }).first().click();
  await page.locator('.pair .sheet').nth(1).waitFor();
  check((await left()) > 300, 'kernels and maps do not stand side by side');
  await page.locator('.layer-row', { hasText: 'pool' }).first().click();
  await page.waitForSelector('.pair', { state: 'detached' });
  check((await left()) < 60, `the maps begin ${await left()} px from the left`);
  check(page.problems.length === 0, page.problems.join('\n'));
});
