// The layer strip tells the truth: names, places, masks, scales, slices, sizes.
import { axe, check, open, ready, test } from '../harness.mjs';

await test('at 640 px every layer name of the strip can be read, and rows keep their places while pictures arrive', async () => {
  const page = await open();
  await page.waitForSelector('.layer-row');
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.layer-row')].map((row) => {
        const { top, height } = row.getBoundingClientRect();
        return `${row.querySelector('.layer-name').textContent} ${top} ${height}`;
      })
    );
  const early = await places();
  await ready(page);
  await page.waitForSelector('.thumb canvas');
  check(early.join() === (await places()).join(), `rows moved: ${early.join()} → ${(await places()).join()}`);
  const names = await page.evaluate(() =>
    [...document.querySelectorAll('.layer-name')].map((name) => ({
      text: name.textContent,
      whole: name.scrollHeight <= name.clientHeight && name.scrollWidth <= name.clientWidth
    }))
  );
  check(
    names.some((name) => name.text === 'batch_normalization_1'),
    'no long name to read'
  );
  const cut = names.filter((name) => !name.whole).map((name) => name.text);
  check(cut.length === 0, `cut: ${cut.join(', ')}`);
});

await test('a dropout row hatches what a mask would drop, and no other row does', async () => {
  const page = await open();
  await ready(page);
  await page.waitForFunction(() => document.querySelectorAll('.thumb canvas').length >= 9);
  const hatched = await page.evaluate(() =>
    [...document.querySelectorAll('.layer-row')].flatMap((row) => {
      const canvas = row.querySelector('canvas.dropped');
      if (canvas === null) return [];
      const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const covered = Array.from({ length: width * height }, (_, i) => data[4 * i + 3]).filter((a) => a > 120).length;
      return [{ name: row.querySelector('.layer-name').textContent, share: covered / (width * height) }];
    })
  );
  check(hatched.length === 1 && hatched[0].name === 'dropout', `hatched: ${JSON.stringify(hatched)}`);
  // The fake mask is a checkerboard.
  check(hatched[0].share > 0.35 && hatched[0].share < 0.65, `it covers ${hatched[0].share}`);
});

await test('a batch-norm row shows its values before and after, and says whose scale its picture has', async () => {
  const page = await open();
  await ready(page);
  await page.waitForSelector('.change svg');
  const found = await page.evaluate(() =>
    [...document.querySelectorAll('.layer-row')]
      .filter((row) => row.querySelector('.change') !== null)
      .map((row) => ({
        name: row.querySelector('.layer-name').textContent,
        words: row.querySelector('.thumb').title,
        change: row.querySelector('.change').title,
        tall: [...row.querySelectorAll('.change svg')].map((svg) => {
          const tops = svg
            .querySelector('path')
            .getAttribute('d')
            .match(/(?<=V)[\d.]+/g)
            .map(Number);
          return tops.indexOf(Math.min(...tops));
        })
      }))
  );
  check(found.map((row) => row.name).join() === 'batch_normalization,batch_normalization_1', JSON.stringify(found));
  check(found[0].words.includes('drawn on the scale of conv2d, 0 to 1'), found[0].words);
  check(found[0].change.endsWith('12.0 % of them then lie outside the scale of the pictures'), found[0].change);
  check(found[0].tall.join() === '4,12', `the peaks are at ${found[0].tall}`);
});

await test('one slider cuts every row of a volume', async () => {
  const page = await open({ scenario: 'volume', width: 800 });
  await ready(page);
  const slider = page.locator('.depth-slider input');
  await slider.waitFor();
  const pictures = () =>
    page.evaluate(() => [...document.querySelectorAll('.thumb canvas.pixels')].map((one) => one.toDataURL()));
  const before = await pictures();
  check(before.length === 2, `${before.length} pictures`);
  await slider.focus();
  await page.keyboard.press('Home');
  await page.waitForTimeout(200);
  const after = await pictures();
  check(
    before.every((one, at) => one !== after[at]),
    'a row kept its slice'
  );
});

await test('sizes that the model leaves open are those of the last run, and say so', async () => {
  const page = await open({ scenario: 'free' });
  await page.waitForSelector('.picture-output');
  await page.locator('.layer-row', { hasText: 'conv' }).first().click();
  await page.click('#tab-numbers');
  const row = page.locator('.layer-row', { hasText: 'conv' }).first().locator('.ran-size');
  check((await row.textContent())?.startsWith('28 × 28 × 8'), await row.textContent());
  check((await row.getAttribute('title')) === 'size in the last run; the model says ? × ? × 8', 'not marked');
  check(/28 × 28 × 3.*→ 28 × 28 × 3/.test((await page.textContent('.header .fact')) ?? ''), 'the header is open');
  check((await page.textContent('.layer-title'))?.includes('28 × 28 × 8 in the last run'), 'the title is open');
  const facts = await page.textContent('.facts');
  check(facts.includes('28 × 28 × 8 in the last run; the model leaves it open'), facts);
  check(facts.includes('25.1 kB in the last run'), facts);
  await axe(page);
});

await test('sizes that the model fixes carry no mark', async () => {
  const page = await open();
  await ready(page);
  await page.waitForSelector('.thumb canvas');
  check((await page.locator('.ran-size').count()) === 0, 'marked');
});
