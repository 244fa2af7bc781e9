// What views are saved as: every view as a whole vector picture whose words are text, tables with exact numbers.

import { lostWords } from './pageChecks.mjs';

/** @param {{ test, open, ready, check }} tools as run.mjs has them */
export async function exportTests({ test, open, ready, check }) {
  /** Saves the view that is open; gives the file as text. */
  const save = async (page, entry) => {
    const files = () => page.evaluate(() => window.fakeHost.given.filter(({ method }) => method === 'saveFile').length);
    const before = await files();
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('menuitem', { name: entry }).click();
    for (let waited = 0; (await files()) === before && waited < 200; waited++) await page.waitForTimeout(50);
    check((await files()) > before, `nothing was saved by ${entry}`);
    return page.evaluate(() => {
      const { bytes } = window.fakeHost.given.filter(({ method }) => method === 'saveFile').at(-1).params;
      return new TextDecoder().decode(bytes);
    });
  };
  await test('every view is saved whole, with its words as text', async () => {
    const page = await open({ width: 640, height: 500 });
    await ready(page);
    for (const name of ['overview', 'kernels', 'maps', 'why', 'numbers', 'graph']) {
      await page.locator(`#tab-${name}`).click();
      await page.waitForTimeout(400);
      const missing = await lostWords(page, await save(page, 'This view as SVG…'));
      check(missing.length === 0, `${name}: ${missing.slice(0, 5).join(' | ')}`);
    }
    check(page.problems.length === 0, page.problems.join('\n'));
  });

  await test('a saved sheet holds all tiles, not only those in sight', async () => {
    const page = await open({ width: 640, height: 420 });
    await ready(page);
    await page.locator('#tab-maps').click();
    await page.locator('.sheet').first().waitFor();
    const height = () =>
      page
        .locator('.sheet')
        .first()
        .evaluate((sheet) => sheet.clientHeight);
    const before = await height();
    const svg = await save(page, 'This view as SVG…');
    const tiles = (svg.match(/<image /g) ?? []).length;
    check(tiles >= 32, `${tiles} pictures for 32 maps`);
    check(/>31<\/text>/.test(svg), 'the last map has no number');
    await page.waitForTimeout(200);
    check((await height()) === before, 'the sheet keeps the height of the export');
  });

  await test('a very long sheet is cut at a stated number of tiles', async () => {
    const page = await open({ scenario: 'widest', width: 640, height: 700 });
    await ready(page);
    await page.locator('#tab-maps').click();
    await page.locator('.sheet').first().waitFor();
    const svg = await save(page, 'This view as SVG…');
    check(/the first 1024 of 2048/.test(svg), 'nothing says how many tiles there are');
    check((svg.match(/<image /g) ?? []).length >= 1024, 'not all 1024 tiles are there');
  });

  await test('the layer table and the tables of a view are saved with exact numbers', async () => {
    const page = await open({ width: 640 });
    await ready(page);
    const layers = (await save(page, 'Layer table as CSV…')).trim().split('\r\n');
    check(layers[0].startsWith('Layer,Class,Input,Output,Parameters,'), layers[0]);
    check(
      layers.some((row) => /^conv2d_1,/.test(row) && /,18496,/.test(row)),
      layers.join('\n')
    );
    await page.locator('#tab-effects').click();
    await page.getByRole('button', { name: 'Inputs that could exist' }).click();
    await page.locator('.cloud svg').waitFor();
    const shares = await save(page, 'Tables of this view as CSV…');
    check(shares.includes('"nearer to one copy, on average",0.0666666'), shares);
    const svg = await save(page, 'This view as SVG…');
    const missing = await lostWords(page, svg);
    check(missing.length === 0, missing.slice(0, 5).join(' | '));
    check(/component 1 \(22\.4 % of the variance\)<\/text>/.test(svg), 'the name of the axis is no text');
  });
}
