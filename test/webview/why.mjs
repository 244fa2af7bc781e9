// The tab "Why": methods, classes side by side, the check with shuffled weights, spreads, pictures for a channel.

/** @param {{ test, open, ready, check }} tools as run.mjs has them */
export async function whyTests({ test, open, ready, check }) {
  const whyPage = async () => {
    const page = await open({ width: 640 });
    await ready(page);
    await page.locator('#tab-why').click();
    await page.locator('.why-overlay').first().waitFor();
    return page;
  };

  await test('the tab Why explains one class, then two, and ends in a sentence', async () => {
    const page = await whyPage();
    await page.getByText(/52\.0 % of what speaks for 7 lies in the brightest tenth/).waitFor();
    await page.getByText(/lowers 7 from 98\.2 % to 41\.0 %/).waitFor();
    await page.locator('vscode-dropdown[aria-label="Beside it"]').evaluate((element) => {
      element.value = '1';
      element.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.locator('.why-card').nth(1).waitFor();
    check((await page.locator('.why-card').count()) === 2, 'two classes are not side by side');
    await page.getByRole('button', { name: /Shuffle them/ }).click();
    await page.getByText(/Rank correlation 0\.12: the map changes/).waitFor();
    await page.close();
  });

  await test('the tab Why shows the completeness error and changes the opacity', async () => {
    const page = await whyPage();
    await page.locator('vscode-dropdown[aria-label="Method"]').evaluate((element) => {
      element.value = 'integrated';
      element.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.getByText('All parts sum to 8.2; the scores differ by 8.25.').waitFor();
    const pixels = () => page.locator('.why-overlay').evaluate((canvas) => canvas.toDataURL());
    const before = await pixels();
    await page.getByLabel('Opacity of the map').fill('0.2');
    await page.waitForTimeout(100);
    check((await pixels()) !== before, 'the opacity changes nothing');
    await page.close();
  });

  await test('the tab Why shakes the weights and makes a picture for a channel', async () => {
    const page = await whyPage();
    await page.getByRole('button', { name: 'Shake the weights' }).click();
    await page.getByText(/28 of 30 draws still answer 7/).waitFor();
    await page.getByText('Under dropout masks 30 of 30 do.', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'What a channel looks for' }).click();
    await page.getByText('Make the picture').click();
    await page.getByText(/rises from 0\.1 to 6\.1 in 60 steps/).waitFor();
    await page.getByText('Find them').click();
    await page.getByText(/the first 9 reach 4 to 6 in channel/).waitFor();
    const wide = await page.locator('#view').evaluate((view) => view.scrollWidth - view.clientWidth);
    check(wide <= 1, `the view is ${wide} px too wide at 640 px`);
    await page.close();
  });

  await test('the tab Why shows the first draw of a noise while the others come', async () => {
    const page = await whyPage();
    await page.getByRole('button', { name: 'Shake the weights' }).click();
    await page.getByText(/28 of 30 draws still answer 7/).waitFor();
    await page.getByLabel('Noise σ').fill('0.8');
    await page.getByText(/With noise of 0.80, 1 of 1 draws still answer 7/).waitFor({ timeout: 1000 });
    check((await page.locator('.why-spreads').getAttribute('aria-busy')) === 'true', 'it does not say that more come');
    await page.getByText(/With noise of 0.80, 28 of 30 draws still answer 7/).waitFor();
    await page.close();
  });

  await test('the tab Why keeps the picture of a channel when it is cancelled', async () => {
    const page = await whyPage();
    await page.getByRole('button', { name: 'What a channel looks for' }).click();
    await page.getByLabel('Steps').fill('500');
    await page.getByText('Make the picture').click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Stopped after 1 steps: this is the picture so far.').waitFor();
    check((await page.locator('.why-raw').count()) === 1, 'the picture so far is gone');
    await page.close();
  });

  await test('the tab Why explains any output and any call of a shared layer', async () => {
    const page = await whyPage();
    const call = page.locator('vscode-dropdown[aria-label="Call"]');
    check((await call.evaluate((element) => element.value)) === '1', 'the last call that leads on is not chosen');
    await page.locator('vscode-dropdown[aria-label="Output of the network"]').evaluate((element) => {
      element.value = '1';
      element.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await page.locator('.why-overlay').first().waitFor();
    await page.close();
  });
}
