// The packaged extension, installed as people install it, far from the sources and their node_modules.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../../scripts/lib/setup.mjs';
import { isDrawn, until } from './panelView.mjs';
import { openDigits } from './openDigits.mjs';
import { descendants } from './processes.mjs';

/** Also replaces the build by a minified one: to be called before anything runs it. @returns the package */
export function packageIt() {
  execFileSync(process.execPath, [path.join(root, 'scripts/package.mjs')], { stdio: 'pipe' });
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return path.join(root, `convlens-${version}.vsix`);
}

export const packaged = {
  title: 'from the VSIX',
  options: (vsix) => ({ folder: fs.mkdtempSync(path.join(os.tmpdir(), 'convlens-vsix-')), vsix }),
  throwAway: true,
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
