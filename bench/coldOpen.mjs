#!/usr/bin/env node
// How long from a double click on a 100 MB .keras file to its layer table on the screen, beside what an empty webview takes?
// In a real VS Code, after `npm run build`:
//   node bench/coldOpen.mjs [ROUNDS]
// "cold" is the first panel of a window whose extensions have not been used; "warm" is another file once a panel is open.
// The time of the double click itself, a fifth of a second, is in all of them.
import fs from 'node:fs';
import path from 'node:path';
import { root, scratch } from '../scripts/lib/setup.mjs';
import { openWorkbench } from '../test/e2e/workbench.mjs';
import { writeWideModel } from './wideModel.mjs';

const rounds = Number(process.argv[2] ?? 5);
const model = path.join(scratch, 'wide.keras');
fs.mkdirSync(scratch, { recursive: true });
await writeWideModel(model);
console.log(`${(fs.statSync(model).size / 1e6).toFixed(1)} MB`);

/** In a new window with a new server: nothing of either extension has run. @returns milliseconds of each opening */
async function openings(steps) {
  const opened = await openWorkbench({
    folder: path.join(scratch, 'cold'),
    beside: [path.join(root, 'bench/emptyWebview')],
    prepare: (workspace) => {
      for (const name of ['empty.nothing', 'another.nothing']) fs.writeFileSync(path.join(workspace, name), '');
      for (const name of ['wide.keras', 'other.keras']) fs.copyFileSync(model, path.join(workspace, name));
    }
  });
  try {
    const { workbench } = opened;
    await workbench.extensionKnown();
    const times = [];
    for (const { name, shown } of steps) {
      if (times.length > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const started = performance.now();
      await workbench.open(name);
      await workbench.panel().locator(shown).first().waitFor({ timeout: 60_000 });
      times.push(performance.now() - started);
    }
    return times;
  } finally {
    await opened.close();
  }
}

const nothing = { name: 'empty.nothing', shown: '#nothing' };
const another = { name: 'another.nothing', shown: '#nothing' };
/** Milliseconds between two openings: the panel before has drawn its first pictures. */
const pause = 4000;
const table = (name) => ({ name, shown: '.layer-row' });
const found = { empty: [], emptyWarm: [], cold: [], warm: [] };
for (let round = 0; round < rounds; round += 1) {
  const [empty, emptyWarm] = await openings([nothing, another]);
  const [cold, warm] = await openings([table('wide.keras'), table('other.keras')]);
  for (const [key, time] of Object.entries({ empty, emptyWarm, cold, warm })) found[key].push(time);
}
fs.rmSync(model);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
for (const [key, values] of Object.entries(found))
  console.log(`${key}: ${median(values).toFixed(0)} ms (${values.map((value) => value.toFixed(0)).join(', ')})`);
console.log(`warm minus empty: ${(median(found.warm) - median(found.emptyWarm)).toFixed(0)} ms`);
console.log(`cold minus empty: ${(median(found.cold) - median(found.empty)).toFixed(0)} ms`);
console.log(`cold to empty: ${(median(found.cold) / median(found.empty)).toFixed(2)}`);
