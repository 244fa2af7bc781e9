#!/usr/bin/env node
// Walks through the workbench of a real VS Code; results and pictures of failures go to .convlens.
//   node test/e2e/run.mjs [part of a title]
import fs from 'node:fs';
import path from 'node:path';
import { scratch } from '../../scripts/lib/setup.mjs';
import { german } from './german.mjs';
import { restricted } from './restricted.mjs';
import { prepareTyping } from './typing.mjs';
import { walks } from './walks.mjs';
import { openWorkbench } from './workbench.mjs';

const resultsFile = path.join(scratch, 'results/e2e.json');
const pictures = path.join(scratch, 'e2e-failures');
const wanted = process.argv[2];
/** Each group of walks has a VS Code of its own. */
const sources = { title: 'from the sources', options: () => ({ prepare: prepareTyping }), walks };

fs.rmSync(pictures, { recursive: true, force: true });
fs.mkdirSync(pictures, { recursive: true });
const results = [];

async function attempt(title, page, run) {
  const started = Date.now();
  try {
    await run();
    results.push({ title, ok: true, ms: Date.now() - started });
    console.log(`ok     ${title} (${Date.now() - started} ms)`);
  } catch (error) {
    const picture = path.join(pictures, `${title.replace(/\W+/g, '-')}.png`);
    await page?.screenshot({ path: picture }).catch(() => undefined);
    const err = `${error instanceof Error ? error.message : String(error)}\nsee ${picture}`;
    results.push({ title, ok: false, err });
    console.log(`FAILED ${title}\n${err}`);
  }
}

const chosenOf = (group) => group.walks.filter(({ title }) => !wanted || `${group.title}: ${title}`.includes(wanted));

async function walkGroup(group, name) {
  const chosen = chosenOf(group);
  if (chosen.length === 0) return;
  let opened;
  try {
    const options = { folder: path.join(scratch, 'e2e', name), ...group.options() };
    opened = await openWorkbench(options);
    const { workbench, page } = opened;
    await workbench.extensionKnown(group.known);
    for (const { title, run } of chosen) {
      await attempt(`${group.title}: ${title}`, page, () => run(workbench));
      await workbench.closeAllEditors().catch(() => undefined);
    }
    await opened.close();
    opened = undefined;
    if (group.throwAway) fs.rmSync(options.folder, { recursive: true, force: true });
  } catch (error) {
    await attempt(`${group.title}: VS Code opens`, opened?.page, () => Promise.reject(error));
    await opened?.close().catch(() => undefined);
  }
}

async function others() {
  await walkGroup(german, 'german');
  await walkGroup(restricted, 'restricted');
}

await Promise.all([walkGroup(sources, 'sources'), others()]);
fs.mkdirSync(path.dirname(resultsFile), { recursive: true });
fs.writeFileSync(resultsFile, JSON.stringify({ results }));
process.exit(results.length > 0 && results.every(({ ok }) => ok) ? 0 : 1);
