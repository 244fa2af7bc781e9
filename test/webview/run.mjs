// Walks the panel in a real Chromium under the extension's own content policy, with a fake host behind it.
// Writes .convlens/results/webview.json; pictures go to --pictures DIR; --only TEXT runs the tests whose title holds it.
import { close, finish } from './harness.mjs';

for (const subject of [
  'views',
  'keyboard',
  'strip',
  'kernels',
  'maps',
  'outputs',
  'graph',
  'states',
  'inputs',
  'scrolling'
])
  await import(`./subjects/${subject}.mjs`);

await close();
await finish();
