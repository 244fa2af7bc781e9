// Failing, waiting, keeping choices.
import { axe, check, open, ready, shot, test } from '../harness.mjs';

for (const scenario of ['error', 'crash', 'notModel']) {
  await test(`${scenario}: says what happened, Retry brings the panel back`, async () => {
    const page = await open({ scenario });
    await page.waitForSelector('.whole .error-box');
    await shot(page, `state-${scenario}`);
    await axe(page);
    await page.click('.error-box vscode-button');
    await page.waitForSelector('.bars');
  });
}

await test('waiting: a bar and Cancel after half a second, Cancel leads to Start again', async () => {
  const page = await open({ scenario: 'slow' });
  await page.waitForSelector('.whole .progress vscode-button');
  await shot(page, 'state-slow');
  await page.click('.whole .progress vscode-button');
  await page.waitForSelector('.error-box');
});

await test('choices survive a reload of the window', async () => {
  const page = await open();
  await ready(page);
  await page.click('#tab-numbers');
  await page.locator('.layer-row', { hasText: 'dense' }).click();
  await page.waitForTimeout(400);
  await page.reload();
  await ready(page);
  check((await page.textContent('.layer-title h2')) === 'dense', 'the layer was not kept');
});

for (const [scenario, awaited] of [
  ['slowOpen', 'open'],
  ['slowSamples', 'samples'],
  ['slowDefault', 'setInput']
]) {
  await test(`${scenario}: a picture chosen meanwhile is the input, not the default sample`, async () => {
    const page = await open({ scenario });
    await page.waitForFunction((method) => globalThis.fakeHost?.asked.includes(method), awaited);
    await page.evaluate(() => globalThis.fakeHost.emit('useInput', { path: '/mine.png' }));
    await ready(page);
    await page.waitForTimeout(800);
    const label = () => page.textContent('.input-words .ellipsis');
    check((await label()) === '/mine.png', `the input is ${await label()}`);
    check((await page.locator('.samples, .input-panel').count()) === 0, 'the input panel opened by itself');
    // What was chosen is kept for this model too.
    await page.reload();
    await ready(page);
    check((await label()) === '/mine.png', `after a reload the input is ${await label()}`);
  });
}
