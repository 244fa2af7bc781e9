// What people do with ConvLens, each walk from a clean set of editors. `run` throws where a step does not work.
import fs from 'node:fs';
import path from 'node:path';
import { everyViewPasses } from './everyView.mjs';
import { openDigits } from './openDigits.mjs';
import { isDrawn, until } from './panelView.mjs';
import { workerProcesses } from './processes.mjs';
import { typing } from './typing.mjs';

const layers = ['conv2d', 'batch_normalization', 'max_pooling2d', 'dropout', 'conv2d_1', 'flatten', 'dense_1'];

async function drawn(sheet, what) {
  await sheet.waitFor();
  await until(() => isDrawn(sheet), `${what} are drawn`);
}

export const walks = [
  {
    title: 'a double click on a .keras file shows its layers',
    run: async (workbench) => {
      await openDigits(workbench);
      // The list draws only the rows in sight: the filter brings each layer up.
      for (const name of layers) {
        await workbench.view().filter(name);
        await workbench.view().layer(name).waitFor();
      }
      await workbench.view().filter('');
    }
  },
  {
    title: 'a convolution shows its kernels',
    run: async (workbench) => {
      await openDigits(workbench);
      const view = workbench.view();
      await view.layer('conv2d').click();
      await view.tab(/kernels/i).click();
      await drawn(view.sheet(/16 kernels of conv2d/i), 'the kernels');
    }
  },
  {
    title: 'a sample runs through: class bars and feature maps',
    run: async (workbench) => {
      await openDigits(workbench);
      const view = workbench.view();
      await view.answer().waitFor({ timeout: 40_000 });
      await view.layer('conv2d').click();
      await view.tab(/maps/i).click();
      await drawn(view.sheet(/maps/i), 'the feature maps');
    }
  },
  {
    title: 'the palette inspects a chosen model',
    run: async (workbench) => {
      await workbench.command('ConvLens: Inspect Model');
      await workbench.pick('shapes_cnn.keras');
      await workbench.view().layer('edges').waitFor({ timeout: 40_000 });
    }
  },
  {
    title: 'the palette opens a kernel to be made by hand, without any model',
    run: async (workbench) => {
      await workbench.command('ConvLens: Try a Kernel');
      const view = workbench.view();
      await view.text(/^The kernel sums to 0/).waitFor({ timeout: 40_000 });
      await view.button(/^Sharpen$/).click();
      await view.text(/^The kernel sums to 1/).waitFor();
    }
  },
  {
    title: 'a right click in the explorer inspects a model',
    run: async (workbench) => {
      await workbench.contextMenu('digits_cnn.h5', 'Inspect Model…');
      await workbench.view().layer('conv2d').waitFor({ timeout: 40_000 });
    }
  },
  {
    title: 'a hover on a layer of Keras source tells its output shape',
    run: async (workbench) => {
      await workbench.open('digits_cnn.py');
      const { page } = workbench;
      const word = page
        .locator('.monaco-editor .view-line', { hasText: 'Conv2D(16' })
        .locator('span span', { hasText: 'Conv2D' })
        .first();
      await word.waitFor();
      const card = page.locator('.monaco-hover', { hasText: /26\s*[×x]\s*26\s*[×x]\s*16/ });
      for (let attempt = 0; attempt < 8 && !(await card.first().isVisible()); attempt += 1) {
        await page.mouse.move(5, 5);
        await page.waitForTimeout(600);
        await word.hover();
        await card
          .first()
          .waitFor({ timeout: 2500 })
          .catch(() => undefined);
      }
      await card.first().waitFor({ timeout: 1000 });
    }
  },
  typing,
  {
    title: 'Inspect above a model in the source opens it with random weights, and says so',
    run: async (workbench) => {
      await workbench.open('digits_cnn.py');
      await workbench.page.locator('.codelens-decoration a', { hasText: 'Inspect' }).first().click();
      // Beside code and explorer the panel is narrow: the strip is a picker that shows the selected layer.
      await workbench
        .view()
        .button(/conv2d/)
        .waitFor({ timeout: 40_000 });
      await workbench
        .view()
        .text(/^random, seed 1$/)
        .waitFor();
    }
  },
  {
    title: 'an HDF5 file that is no Keras model says so, and Reopen With… leads to another editor',
    run: async (workbench) => {
      const { page, workspace } = workbench;
      const bytes = fs.readFileSync(path.join(workspace, 'digits_cnn.h5'));
      // Other names in the same file: its groups are sound, but nothing in them is Keras's.
      for (const name of ['model_config', 'model_weights', 'layer_names', 'weight_names', 'keras_version'])
        for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1))
          bytes.write('x'.repeat(name.length), at);
      fs.writeFileSync(path.join(workspace, 'table.hdf5'), bytes);
      await workbench.open('table.hdf5');
      await workbench.view().alert().waitFor({ timeout: 40_000 });
      await workbench
        .view()
        .button(/reopen with/i)
        .click();
      await workbench.pick('Text Editor');
      await page.locator('iframe.webview.ready:visible').waitFor({ state: 'detached' });
      // The focus went with the panel; keys reach the workbench again once something in it is clicked.
      await page.getByRole('tab', { name: /table\.hdf5/ }).click();
    }
  },
  {
    title: 'the button above a Python file opens the model of that file',
    run: async (workbench) => {
      await workbench.open('digits_cnn.py');
      await workbench.page
        .locator('.editor-actions')
        .getByRole('button', { name: /Inspect Model/ })
        .click();
      await workbench
        .view()
        .text(/^random, seed 1$/)
        .waitFor({ timeout: 40_000 });
    }
  },
  {
    title: 'a reload of the window keeps the selected layer and view',
    run: async (workbench) => {
      await openDigits(workbench);
      await workbench.view().layer('conv2d_1').click();
      await workbench
        .view()
        .tab(/kernels/i)
        .click();
      await until(
        async () => (await workbench.view().layer('conv2d_1').getAttribute('aria-selected')) === 'true',
        'the layer is selected'
      );
      await workbench.page.waitForTimeout(1500); // the state is saved a moment after the last choice
      await workbench.reload();
      await workbench.view().layer('conv2d_1').waitFor({ timeout: 40_000 });
      await until(
        async () =>
          (await workbench.view().layer('conv2d_1').getAttribute('aria-selected')) === 'true' &&
          (await workbench
            .view()
            .tab(/kernels/i)
            .getAttribute('aria-selected')) === 'true',
        'layer and view are selected after the reload'
      );
    }
  },
  {
    title: 'every view has the contrast that axe asks for in the colours of VS Code and cuts nothing off, at 640 px',
    run: async (workbench) => {
      await openDigits(workbench);
      await workbench.view().answer().waitFor({ timeout: 40_000 });
      await everyViewPasses(
        workbench,
        ['Overview', 'Kernels', 'Maps', 'Effects', 'Why', 'Numbers', 'Graph', 'Compare'],
        { contrast: true }
      );
    }
  },
  {
    title: 'a killed child process is reported, and Retry brings the panel back',
    run: async (workbench) => {
      await openDigits(workbench);
      const pids = workerProcesses(workbench.server.child.pid);
      if (pids.length === 0) throw new Error('no child process runs while a model is open');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      const view = workbench.view();
      await view.alert().waitFor();
      await view.button(/retry/i).click();
      await view.alert().waitFor({ state: 'detached' });
      await view.layer('conv2d').waitFor({ timeout: 40_000 });
      if (workerProcesses(workbench.server.child.pid).length === 0) throw new Error('no new child process was started');
    }
  },
  {
    title: 'no request left the machine',
    run: (workbench) => {
      if (workbench.outside.length > 0) throw new Error([...new Set(workbench.outside)].join('\n'));
    }
  },
  // Last: after a right click in an editor VS Code shows no hover there for a while.
  {
    title: "ConvLens's own menu stands in the explorer, on tabs and in code, with what fits the file",
    run: async (workbench) => {
      const { page } = workbench;
      const file = (name) => page.getByRole('treeitem', { name, exact: true });
      const expectEntries = async (target, wanted) => {
        const found = await (await workbench.openContextMenu(target)).allInnerTexts();
        await page.keyboard.press('Escape');
        await page.keyboard.press('Escape');
        if (found.join() !== wanted.join()) throw new Error(`offered ${found.join()} instead of ${wanted.join()}`);
      };
      const all = ['Inspect Model…', 'Show Kernels…', 'Show Feature Maps…', 'Train…'];
      await expectEntries(file('digits_cnn.keras'), all);
      await expectEntries(file('digits_cnn.py'), ['Inspect Model…', 'Train…']);
      await openDigits(workbench);
      await expectEntries(page.getByRole('tab', { name: /digits_cnn\.keras/ }), all);
      await workbench.open('digits_cnn.py');
      const line = page.locator('.monaco-editor .view-line', { hasText: 'Conv2D(16' }).first();
      const word = line.locator('span span', { hasText: 'Conv2D' }).first();
      await word.click(); // an editor without the focus only takes it
      await expectEntries(word, ['Inspect Model…', 'Train…']);
    }
  }
];
