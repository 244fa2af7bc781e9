// Frame times while scrolling long lists and large sheets.
import { check, open, ready, test } from '../harness.mjs';

async function frames(page, selector, step, sideways) {
  return page.evaluate(
    async ([selector, step, sideways]) => {
      const box = document.querySelector(selector);
      const long = [];
      const observer = new PerformanceObserver((list) =>
        list.getEntries().forEach((entry) => long.push(entry.duration))
      );
      observer.observe({ type: 'longtask' });
      const times = [];
      let last = performance.now();
      for (let i = 0; i < 120; i++) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        times.push(now - last);
        last = now;
        box.scrollTop += step;
        if (sideways) box.scrollLeft += step / 2;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      times.sort((a, b) => a - b);
      return { p95: times[Math.floor(times.length * 0.95)], longest: Math.max(0, ...long), moved: box.scrollTop };
    },
    [selector, step, sideways]
  );
}

for (const [title, scenario, prepare, selector] of [
  ['10,000 layers', 'long', async (page) => page.click('.layers-tools vscode-button'), '.rows'],
  [
    '512 × 512 × 3 × 3 kernels',
    'wide',
    async (page) => {
      await page.click('#tab-kernels');
      await page.waitForSelector('.sheet');
      await page.locator('.tools vscode-dropdown').first().click();
      await page.locator('vscode-option', { hasText: 'Filters × inputs' }).click();
      await page.waitForTimeout(400);
    },
    '.sheet'
  ]
]) {
  await test(`${title}: frames while scrolling`, async () => {
    // Other processes share the machine: up to three attempts, each a fresh page measured in full. One attempt has to
    // keep every limit by itself; figures of different attempts are never combined.
    const failures = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      const page = await open({ scenario, width: 800 });
      await ready(page);
      await prepare(page);
      await page.waitForTimeout(500);
      const { p95, longest, moved } = await frames(page, selector, 90, selector === '.sheet');
      await page.close();
      const figures = `p95 ${p95.toFixed(1)} ms, longest task ${longest.toFixed(0)} ms, scrolled ${moved}`;
      console.log(`${title}, attempt ${attempt}: ${figures}`);
      check(moved > 3000, `scrolled only ${moved} px`);
      if (p95 <= 34 && longest <= 50) return;
      failures.push(figures);
    }
    throw new Error(`no attempt had p95 ≤ 34 ms and tasks ≤ 50 ms: ${failures.join('; ')}`);
  });
}
