// What the editor shows while a person writes a network: marks, their fixes, and the shapes at the ends of lines.
import fs from 'node:fs';
import path from 'node:path';
import { until } from './panelView.mjs';

const name = 'typed.py';
const code = `import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, padding="samee"),
    layers.Flatten(),
    layers.Dense(10),
])
model.compile(loss="sparse_categorical_crossentropy")
`;

/** Before VS Code opens the folder: a file that is new to it may appear late. */
export function prepareTyping(workspace) {
  fs.writeFileSync(path.join(workspace, name), code);
}

export const typing = {
  title: 'a mistake in the code is marked and mended, and a layer has its shape while it is typed',
  run: async (workbench) => {
    const { page } = workbench;
    await workbench.open(name);
    const line = (text) => page.locator('.monaco-editor .view-line', { hasText: text }).first();
    const errors = page.locator('.monaco-editor .squiggly-error');
    await errors.first().waitFor();

    // The fixes of a mark come from the extension: asked for too early, VS Code answers that there are none.
    const fix = page.locator('.action-widget').getByText('same').first();
    for (let attempt = 0; attempt < 10 && !(await fix.isVisible()); attempt += 1) {
      await page.keyboard.press('Escape');
      await line('samee').locator('span span', { hasText: 'samee' }).first().click();
      await page.keyboard.press('Control+.');
      await fix.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
    await page.keyboard.press('Enter');
    await line('padding="same"').waitFor();
    await until(async () => (await errors.count()) === 0, 'the mark goes with the mistake');
    await line(/Conv2D.*28\D+28\D+8/).waitFor();

    await line('Flatten').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type('layers.Dense(64),');
    await page.keyboard.press('Escape');
    await line(/Dense\(64\),\D*64/).waitFor();
    // Ten answers without softmax, and a loss that expects probabilities: said, and not called an error.
    await page.locator('.monaco-editor .squiggly-warning').first().waitFor();
    if ((await errors.count()) > 0) throw new Error('a sound network is marked as failing');
    await workbench.command('File: Revert File');
  }
};
