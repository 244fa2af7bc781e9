// What a person sees in a folder whose authors are not trusted, and after trusting them.
import fs from 'node:fs';
import path from 'node:path';
import { packaged } from './packaged.mjs';
import { until } from './panelView.mjs';
import { descendants, workerProcesses } from './processes.mjs';

const marker = (workspace) => path.join(workspace, 'was-executed');

/** A workspace that asks for a native library, and holds code that leaves a trace if anything runs it. */
function prepare(workspace) {
  fs.mkdirSync(path.join(workspace, '.vscode'));
  fs.writeFileSync(path.join(workspace, '.vscode/settings.json'), JSON.stringify({ 'convlens.engine': 'tfjs-node' }));
  const trace = `open(${JSON.stringify(marker(workspace))}, "w").close()`;
  const model = fs.readFileSync(path.join(workspace, 'digits_cnn.py'), 'utf8');
  fs.writeFileSync(path.join(workspace, 'traced.py'), `${model}\n${trace}\n`);
}

/** The engine that the running child process was told to use. */
function engineAskedFor(workbench) {
  const [pid] = workerProcesses(workbench.server.child.pid);
  if (pid === undefined) return null;
  const environment = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return environment.find((entry) => entry.startsWith('CONVLENS_ENGINE='))?.split('=')[1] ?? null;
}

function expectEngine(workbench, wanted) {
  const found = engineAskedFor(workbench);
  if (found !== wanted) throw new Error(`the child process was told to use ${found} instead of ${wanted}`);
}

/** Of the packaged extension: a folder that was just unpacked is what people first open with it. */
export const restricted = {
  title: 'from the VSIX, in Restricted Mode',
  options: () => ({ ...packaged.options(), trust: true, prepare }),
  throwAway: true,
  walks: [
    ...packaged.walks,
    {
      title: 'models run in WebAssembly whatever the folder asks for, and nothing in it is executed',
      run: async (workbench) => {
        const { page, workspace, server } = workbench;
        await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).first().waitFor();
        await workbench.open('digits_cnn.keras');
        await workbench.view().answer().waitFor({ timeout: 40_000 });
        expectEngine(workbench, 'wasm');
        await workbench.open('traced.py');
        await page.locator('.codelens-decoration a', { hasText: 'Inspect' }).first().click();
        await workbench
          .view()
          .text(/^random, seed 1$/)
          .waitFor({ timeout: 40_000 });
        expectEngine(workbench, 'wasm');
        if (fs.existsSync(marker(workspace))) throw new Error('the code of the folder was executed');
        const python = descendants(server.child.pid).filter(({ command }) => /python/i.test(command.split(' ')[0]));
        if (python.length > 0) throw new Error(`started: ${python.map(({ command }) => command).join()}`);
      }
    },
    {
      title: 'the setting of the folder counts once its authors are trusted',
      run: async (workbench) => {
        const { page } = workbench;
        await workbench.open('digits_cnn.keras');
        await workbench.view().answer().waitFor({ timeout: 40_000 });
        expectEngine(workbench, 'wasm');
        await workbench.command('Workspaces: Manage Workspace Trust');
        await page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
        await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor({ state: 'detached' });
        // The question is asked in an editor of its own above the others.
        await workbench.command('View: Close Editor');
        await page.locator('.workspace-trust-editor').waitFor({ state: 'detached' });
        await until(async () => {
          const retry = workbench.view().button(/retry/i);
          if (await retry.isVisible()) await retry.click();
          return engineAskedFor(workbench) === 'tfjs-node';
        }, 'a child process with the engine the folder asks for');
      }
    }
  ]
};
