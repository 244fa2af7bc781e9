// Drives a real VS Code workbench: what a person does with mouse and keyboard, as functions.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { copySamples, root } from '../../scripts/lib/setup.mjs';
import { chromiumArguments, findChromium } from '../../tools/vscode-host/chromium.mjs';
import { startServer, workbenchUrl } from '../../tools/vscode-host/server.mjs';
import { panelView } from './panelView.mjs';

/** Requests that stay on this machine: the server itself, and what the webview's service worker answers. */
const local =
  /^(http:\/\/127\.0\.0\.1|ws:\/\/127\.0\.0\.1|data:|blob:)|^https:\/\/[^/]+\.vscode-resource\.vscode-cdn\.net\//;

/**
 * @param {{ folder: string, settings?: object, viewport?: {width: number, height: number}, vsix?: string, language?: string,
 *   trust?: boolean, prepare?: (workspace: string) => void, beside?: string[] }} options
 *   the packaged extension instead of the sources, the display language, whether VS Code asks for trust, what the workspace
 *   holds beside the samples, roots of other extensions
 */
export async function openWorkbench({
  folder,
  settings = {},
  viewport = { width: 1280, height: 800 },
  vsix,
  language,
  trust,
  prepare,
  beside = []
}) {
  fs.rmSync(folder, { recursive: true, force: true });
  const workspace = path.join(folder, 'workspace');
  copySamples(workspace);
  prepare?.(workspace);
  const server = await startServer({
    folder,
    settings,
    vsix,
    language,
    trust,
    ...(vsix ? {} : { link: [root, ...beside] })
  });
  const browser = await chromium.launch({ executablePath: findChromium(), headless: true, args: chromiumArguments });
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(20_000);
  const outside = [];
  page.on('request', (request) => {
    if (!local.test(request.url())) outside.push(request.url());
  });
  const workbench = new Workbench(page, workspace, outside, server);
  await page.goto(workbenchUrl({ port: server.port, folder: workspace }), { timeout: 60_000 });
  await page.getByRole('treeitem', { name: 'digits_cnn.py' }).waitFor({ timeout: 60_000 });
  return {
    workbench,
    page,
    close: async () => {
      await browser.close();
      await server.stop();
    }
  };
}

export class Workbench {
  constructor(page, workspace, outside, server) {
    this.page = page;
    this.workspace = workspace;
    this.outside = outside;
    this.server = server;
  }

  /** The document of the visible webview: VS Code's shell frame, then ours. */
  panel() {
    return this.page.frameLocator('iframe.webview.ready:visible').frameLocator('iframe#active-frame');
  }

  /** The same document as a frame, which scripts can be evaluated in. */
  async panelFrame() {
    const app = await this.panel().locator('#app').elementHandle();
    const frame = await app.ownerFrame();
    if (frame === null) throw new Error('the panel has no frame');
    return frame;
  }

  /** Makes the window as wide as the panel needs to be `width` px wide. @returns the box of the panel */
  async fitPanel(width) {
    const panel = this.page.locator('iframe.webview.ready:visible').first();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const box = await panel.boundingBox();
      if (box === null || Math.round(box.width) === width) break;
      const now = this.page.viewportSize();
      await this.page.setViewportSize({ width: now.width + width - Math.round(box.width), height: now.height });
      await this.page.waitForTimeout(800);
    }
    return panel.boundingBox();
  }

  view() {
    return panelView(this.panel());
  }

  /** VS Code's own command: it writes down which editors are open, which a plain reload of the page cuts short. */
  async reload() {
    const loaded = this.page.waitForEvent('load', { timeout: 60_000 });
    await this.command('Developer: Reload Window');
    await loaded;
    await this.page.getByRole('treeitem', { name: 'digits_cnn.py' }).waitFor({ timeout: 60_000 });
  }

  /** Retries: F1 can be lost while the workbench starts, and commands appear only once extensions are scanned. */
  async command(title) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.page.keyboard.press('F1');
        const box = this.page.locator('.quick-input-widget:visible input[type=text]').first();
        await box.waitFor({ timeout: 3000 });
        await box.fill(`>${title}`);
        await this.page
          .locator('.quick-input-list .monaco-list-row', { hasText: title })
          .first()
          .click({ timeout: 3000 });
        return;
      } catch (error) {
        if (attempt === 9) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Waits until the extension's manifest is known: before that a double click opens the text editor. */
  async extensionKnown(command = 'ConvLens: Inspect Model') {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await this.page.keyboard.press('F1');
      const box = this.page.locator('.quick-input-widget:visible input[type=text]').first();
      await box.waitFor({ timeout: 5000 });
      await box.fill(`>${command}`);
      const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: command });
      const there = await row
        .first()
        .waitFor({ timeout: 2000 })
        .then(() => true)
        .catch(() => false);
      await this.page.keyboard.press('Escape');
      if (there) return;
    }
    throw new Error('the extension did not appear in the command palette');
  }

  async open(name) {
    await this.page.getByRole('treeitem', { name, exact: true }).dblclick();
  }

  /** Picks an entry of a quick pick by its text. */
  async pick(text) {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  /** The entries of ConvLens's own menu in the context menu of `target`, opened. */
  async openContextMenu(target) {
    const own = this.page.getByRole('menuitem', { name: 'ConvLens', exact: true });
    const entries = own.locator('xpath=ancestor::li[1]').getByRole('menu').getByRole('menuitem');
    for (let attempt = 0; attempt < 10 && !(await own.isVisible()); attempt += 1) {
      await this.page.keyboard.press('Escape');
      await target.click({ button: 'right' });
      await own.waitFor({ timeout: 2000 }).catch(() => undefined);
    }
    for (let attempt = 0; attempt < 10 && !(await entries.first().isVisible()); attempt += 1) {
      await own.hover();
      await this.page.waitForTimeout(400);
      if (!(await entries.first().isVisible())) await own.click({ timeout: 1000 }).catch(() => undefined);
    }
    return entries;
  }

  /** A menu ignores a click right after it opened: click until it is gone. */
  async contextMenu(name, item) {
    const entries = await this.openContextMenu(this.page.getByRole('treeitem', { name, exact: true }));
    const entry = entries.filter({ hasText: item });
    for (let attempt = 0; attempt < 10 && (await entry.isVisible()); attempt += 1) {
      await this.page.waitForTimeout(300);
      await entry.click({ timeout: 1000 }).catch(() => undefined);
    }
  }

  async closeAllEditors() {
    await this.command('View: Close All Editors');
  }
}
