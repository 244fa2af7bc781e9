// Every view in every theme and width, and on networks of every form: nothing clipped, no violation.
import { axe, check, clipped, inLayouts, open, ready, shot, test, views } from '../harness.mjs';

// Colours need every theme once, layouts every width once.
const layouts = { dark: [640, 1280], light: [480], 'hc-dark': [640], 'hc-light': [1280] };
for (const view of views) {
  await test(`the view ${view} holds in every theme and width: no violation, nothing clipped, no error`, async () => {
    const page = await open();
    await ready(page);
    await page.click(`#tab-${view}`);
    await inLayouts(page, layouts, async (theme, width) => {
      await shot(page, `${theme}-${width}-${view}`);
      await axe(page);
      const cut = await clipped(page);
      check(cut.length === 0, `clipped: ${cut.join(', ')}`);
    });
    check(page.problems.length === 0, page.problems.join('\n'));
  });
}

for (const scenario of ['branchy', 'long', 'series', 'volume', 'wide']) {
  await test(`${scenario}: about 25 rows at first, kernels and maps draw`, async () => {
    const page = await open({ scenario, width: 800 });
    await ready(page);
    check((await page.locator('.rows').getAttribute('aria-label')) !== null, 'no list');
    const rows = Number(/\d+/.exec((await page.locator('.rows').getAttribute('aria-label')) ?? '0')?.[0]);
    check(rows <= 27, `${rows} rows at first`);
    for (const view of ['kernels', 'maps']) {
      await page.click(`#tab-${view}`);
      await page.waitForSelector('.sheet');
      await page.waitForTimeout(300);
      await shot(page, `${scenario}-${view}`);
      await axe(page);
    }
    check(page.problems.length === 0, page.problems.join('\n'));
  });
}

await test("the overview splits a file's bytes; code has none to split", async () => {
  const page = await open();
  await ready(page);
  const text = await page.locator('.file-bytes').innerText();
  // 96,266 weights of 4 bytes, two moments of the optimizer, 61 kB.
  for (const part of ['385 kB · 31.7 %', '770 kB · 63.3 %', '61.0 kB · 5.0 %'])
    check(text.replace(/\s+/g, ' ').includes(part), `no ${part} in ${text}`);
  await page.getByText('The file: 1.22 MB').waitFor();
  const code = await open({ scenario: 'random' });
  await ready(code);
  check((await code.locator('.file-bytes').count()) === 0, 'code has bytes of a file');
});
