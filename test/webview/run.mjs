// Walks the panel in a real Chromium under the extension's own content policy, with a fake host behind it.
// Writes .convlens/results/webview.json; pictures go to --pictures DIR; --only TEXT runs the walks whose title holds it.
// Browsers side by side take one after the other; then, alone, run those alone that time frames.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.resolve(here, '../../.convlens/results');
const chosen = process.argv.slice(2);
/** One more than processors: walks also wait. */
const browsers = Math.min(6, availableParallelism() + 1);

/** @returns the results of one process of walks */
async function walk(name, words) {
  const file = path.join(folder, name);
  await rm(file, { force: true });
  const child = spawn(process.execPath, [path.join(here, 'walks.mjs'), ...words, '--results', name], {
    stdio: ['ignore', 'inherit', 'inherit']
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text !== null) return JSON.parse(text).results;
  return [{ title: `webview: ${words.join(' ')}`, ok: false, err: `ended with code ${code}`, ms: 0 }];
}

await mkdir(folder, { recursive: true });
const claims = path.join(folder, 'webview-claims');
await rm(claims, { recursive: true, force: true });
await mkdir(claims);
const results =
  chosen.length > 0
    ? await walk('webview-chosen.json', chosen)
    : [
        ...(
          await Promise.all(
            Array.from({ length: browsers }, (_, part) => walk(`webview-${part}.json`, ['--claims', claims]))
          )
        ).flat(),
        ...(await walk('webview-timed.json', ['--timed']))
      ];
await writeFile(path.join(folder, 'webview.json'), JSON.stringify({ results }, null, 1));
const count = (of) => results.filter(of).length;
console.log(
  `webview: ${count((r) => r.ok && !r.skipped)} passed, ${count((r) => !r.ok)} failed, ${count((r) => r.skipped)} skipped`
);
process.exit(results.some((r) => !r.ok) ? 1 : 0);
