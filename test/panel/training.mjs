// The tab "Train" with the real child process: a run begins, is watched, stopped, found again and finished.
import { expect } from './outcomes.mjs';

/** @param {{ outcomes, sample, withPanel, view, picture }} tools as run.mjs has them */
export async function checkTraining({ outcomes, sample, withPanel, view, picture }) {
  await outcomes.test('a network is trained from the panel, stopped, found among the kept runs, and goes on', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab }) => {
      const button = (name) => tab.getByRole('button', { name, exact: typeof name === 'string' }).first();
      const part = (name) => tab.getByRole('group', { name: 'Parts of training' }).getByRole('button', { name });
      const set = async (name, value) => {
        const box = tab.getByRole('spinbutton', { name, exact: true });
        await box.fill(String(value));
        await box.blur();
      };
      await tab.getByText(/^predicted 0$/).waitFor();
      await view(tab, 'Train').click();
      await tab.getByText('6,000 handwritten digits of 28 x 28').waitFor();
      await tab.getByRole('checkbox', { name: 'all', exact: true }).uncheck();
      await set('Examples', 1500);
      await set('Epochs', 3);
      await tab.locator('vscode-dropdown[aria-label="Weights to start from"]').evaluate((element) => {
        element.value = 'fresh';
        element.dispatchEvent(new Event('change', { bubbles: true }));
      });
      await picture(tab, 'training-setup');
      await button('Start training').click();
      const stepShown = async () => {
        const text = (await tab.locator('.run-head p').first().textContent()) ?? '';
        const [, epoch, step] = /epoch (\d+) of 3, step (\d+) of 47/.exec(text) ?? [];
        return epoch === undefined ? 0 : (Number(epoch) - 1) * 47 + Number(step);
      };
      await tab.getByText(/epoch 1 of 3, step \d+ of 47/).waitFor({ timeout: 60_000 });
      const first = await stepShown();
      await tab.getByText(/epoch 2 of 3, step \d+ of 47/).waitFor({ timeout: 40_000 });
      const later = await stepShown();
      expect(later > first, `it went from step ${first} to step ${later}`);
      const asked = performance.now();
      await button('Stop and keep').click();
      await tab.getByText('Stopped', { exact: true }).waitFor();
      const took = performance.now() - asked;
      expect(took < 1500, `stopping took ${took.toFixed(0)} ms until it was seen`);
      await tab.getByText(/Stopped\. [12] of 3 epochs are kept/).waitFor();
      const curve = tab.getByRole('img', { name: /^Loss after epoch [12]: training/ });
      await curve.waitFor();
      await tab.getByText(/After epoch [12]: \d+ of 500 validation examples right\./).waitFor();
      await picture(tab, 'training-stopped');
      await part(/^Kept runs/).click();
      await tab.locator('.kept-run').getByText('■ stopped').waitFor();
      await button(/^Go on with the run of/).click();
      await tab.getByText('✔ Finished: all 3 epochs are done.').waitFor({ timeout: 40_000 });
      const accuracy = await tab.getByRole('img', { name: /^accuracy after epoch 3/ }).getAttribute('aria-label');
      const reached = Number(/training (\d+(\.\d+)?) %/.exec(accuracy ?? '')?.[1]);
      expect(reached > 50, `after 1,500 digits three times it says "${accuracy}"`);
      await picture(tab, 'training-done');
    })
  );
}
