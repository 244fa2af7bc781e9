// Walks the panel in a real Chromium under the extension's own content policy, with a fake host behind it.
// Writes .convlens/results/webview.json; pictures go to --pictures DIR; --only TEXT runs the tests whose title holds it.
import { axe, check, clipped, close, finish, open, ready, shot, test } from './harness.mjs';
import { dropoutTests } from './dropout.mjs';
import { exportTests } from './exports.mjs';
import { featuresTests } from './features.mjs';
import { normalizationTests } from './normalization.mjs';
import { poolingTests } from './pooling.mjs';
import { trainingTests } from './training.mjs';
import { whyTests } from './why.mjs';

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

const tools = { axe, check, clipped, open, ready, shot, test };
await whyTests(tools);
await poolingTests(tools);
await dropoutTests(tools);
await featuresTests(tools);
await exportTests(tools);
await normalizationTests(tools);
await trainingTests(tools);

await close();
await finish();
