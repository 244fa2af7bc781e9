#!/usr/bin/env node
// Walks through the workbench of a real VS Code; results and pictures of failures go to .convlens.
import fs from 'node:fs';
import path from 'node:path';
import { scratch } from '../../scripts/lib/setup.mjs';
import { walks } from './walks.mjs';
import { openWorkbench } from './workbench.mjs';

const folder = path.join(scratch, 'e2e');
const resultsFile = path.join(scratch, 'results/e2e.json');
const wanted = process.argv[2];

const results = [];
const { workbench, page, close } = await openWorkbench({ folder });
const pictures = path.join(folder, 'failures');
fs.mkdirSync(pictures, { recursive: true });
try {
  await workbench.extensionKnown();
  for (const { title, run } of walks) {
    if (wanted && !title.includes(wanted)) continue;
    const started = Date.now();
    try {
      await run(workbench);
      results.push({ title, ok: true, ms: Date.now() - started });
      console.log(`ok     ${title} (${Date.now() - started} ms)`);
    } catch (error) {
      const picture = path.join(pictures, `${title.replace(/\W+/g, '-')}.png`);
      await page.screenshot({ path: picture }).catch(() => undefined);
      const err = `${error instanceof Error ? error.message : String(error)}\nsee ${picture}`;
      results.push({ title, ok: false, err });
      console.log(`FAILED ${title}\n${err}`);
    }
    await workbench.closeAllEditors().catch(() => undefined);
  }
} finally {
  await close();
}
fs.mkdirSync(path.dirname(resultsFile), { recursive: true });
fs.writeFileSync(resultsFile, JSON.stringify({ results }));
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
