// An experiment with the real child process: a twin is set up, trained, judged, and its networks set side by side.
import { expect } from './outcomes.mjs';

/** @param {{ outcomes, sample, withPanel, view, picture }} tools as run.mjs has them */
export async function checkExperiments({ outcomes, sample, withPanel, view, picture }) {
  await outcomes.test('a network is trained with and without its dropout, and both are read beside each other', () =>
    withPanel(sample('digits_cnn.keras'), async ({ tab }) => {
      const button = (name) => tab.getByRole('button', { name, exact: typeof name === 'string' }).first();
      const set = async (name, value) => {
        const box = tab.getByRole('spinbutton', { name, exact: true });
        await box.fill(String(value));
        await box.blur();
      };
      await tab.getByText(/^predicted 0$/).waitFor();
      await view(tab, 'Train').click();
      await tab.getByRole('group', { name: 'Parts of training' }).getByRole('button', { name: 'Experiments' }).click();
      await tab.getByText(/\d layers of this network can be taken out\./).waitFor({ timeout: 60_000 });
      await picture(tab, 'experiments');
      await button('Set up: Without this line').click();
      await tab.getByText(/\d+ trainings: about/).waitFor({ timeout: 60_000 });
      await tab.locator('vscode-dropdown[aria-label="Layer"]').evaluate((element) => {
        element.value = [...element.querySelectorAll('vscode-option')].find((one) => /dropout/.test(one.value)).value;
        element.dispatchEvent(new Event('change', { bubbles: true }));
      });
      await tab
        .locator('.lab-variants')
        .getByText(/^Without dropout/)
        .waitFor();
      await tab.getByText(/^Settings: \d/).click();
      await set('Seeds', 2);
      await set('Images', 100);
      await set('Epochs', 2);
      await tab.getByText(/4 trainings: about/).waitFor({ timeout: 60_000 });
      await picture(tab, 'experiment-setup');
      await button('Start the experiment').click();
      await tab.getByText('✔ Done').waitFor({ timeout: 120_000 });
      // Two seeds cannot tell an effect from noise, and the program says so.
      const chips = await tab.locator('.lab-claims .lab-chip').allTextContents();
      expect(chips.length > 0 && chips.every((one) => /too noisy to say/.test(one)), `verdicts: ${chips.join(', ')}`);
      expect((await tab.locator('.lab-table tbody tr').count()) > 3, 'the table lacks measures');
      await picture(tab, 'experiment-found');
    })
  );
}
