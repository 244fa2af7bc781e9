// Runs a test module inside the extension host of a real VS Code (server build, shown in headless Chromium).
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { chromium } from 'playwright-core';
import { chromiumArguments, findChromium, missingChromium } from './chromium.mjs';
import { startServer, workbenchUrl } from './server.mjs';

/** @returns {Promise<number>} the exit code that the tests reported, 1 when they could not run. */
export async function runInHost({ folder, workspace, extension, tests, env, timeoutMs = 420_000 }) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(missingChromium);
  const server = await startServer({ folder, env, development: true });
  let browser;
  try {
    browser = await chromium.launch({ executablePath, headless: true, args: chromiumArguments });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const log = fs.createWriteStream(path.join(folder, 'console.log'));
    const exitCode = new Promise((resolve, reject) => {
      void page.exposeFunction('codeAutomationLog', (type, args) => log.write(`[${type}] ${util.format(...args)}\n`));
      void page.exposeFunction('codeAutomationExit', (code) => resolve(code));
      page.on('crash', () => reject(new Error('the page crashed')));
      server.child.on('exit', () => reject(new Error(`the VS Code server ended, see ${server.logFile}`)));
      setTimeout(() => reject(new Error(`no result after ${timeoutMs / 1000} s, see ${folder}`)), timeoutMs).unref();
    });
    await page.goto(workbenchUrl({ port: server.port, folder: workspace, extension, tests }));
    try {
      return await exitCode;
    } catch (error) {
      await page.screenshot({ path: path.join(folder, 'failed.png') }).catch(() => undefined);
      throw error;
    }
  } finally {
    await browser?.close().catch(() => undefined);
    await server.stop();
  }
}
