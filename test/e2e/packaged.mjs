// The packaged extension, installed as people install it, far from the sources and their node_modules.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib/setup.mjs';
import { isDrawn, until } from './panelView.mjs';
import { openDigits } from './openDigits.mjs';
import { descendants } from './processes.mjs';

/** @returns the package that the last `npm run package`, or the suite's stage before these walks, has made */
function packageFile() {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const file = path.join(root, `convlens-${version}.vsix`);
  if (!fs.existsSync(file)) throw new Error(`${file} is missing: run npm run package first`);
  return file;
}

export const packaged = {
  options: () => ({ folder: fs.mkdtempSync(path.join(os.tmpdir(), 'convlens-vsix-')), vsix: packageFile() }),
  walks: [
    {
      title: 'the installed package opens a model, runs the samples it brings along and draws',
      run: async (workbench) => {
        await openDigits(workbench);
        const view = workbench.view();
        await view.answer().waitFor({ timeout: 40_000 });
        const worker = descendants(workbench.server.child.pid).find(({ command }) => /worker\.js/.test(command));
        if (!worker?.command.includes(path.join(path.dirname(workbench.workspace), 'extensions')))
          throw new Error(`another worker runs: ${worker?.command}`);
        await view.layer('conv2d').click();
        await view.tab(/maps/i).click();
        await view.sheet(/maps/i).waitFor();
        await until(() => isDrawn(view.sheet(/maps/i)), 'the feature maps are drawn');
        // A photograph goes through the decoder in WebAssembly; a model that takes colour shows which samples fit.
        await workbench.open('shapes_cnn.keras');
        await view.layer('edges').waitFor({ timeout: 40_000 });
        await view.button(/change input/i).click();
        const samples = workbench.panel().locator('.samples .sample');
        await samples.first().waitFor();
        for (let index = 0; index < (await samples.count()); index += 1) {
          await samples.nth(index).click();
          const name = await samples.nth(index).getAttribute('title');
          await workbench.panel().locator('.input-words .ellipsis', { hasText: name }).waitFor();
        }
      }
    }
  ]
};
