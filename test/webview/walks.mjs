// The walks of the panel; see run.mjs.
import {
  axe,
  check,
  clipped,
  close,
  everyTheme,
  finish,
  inLayouts,
  open,
  ready,
  shot,
  test,
  timed
} from './harness.mjs';
import { dropoutTests } from './dropout.mjs';
import { exportTests } from './exports.mjs';
import { featuresTests } from './features.mjs';
import { normalizationTests } from './normalization.mjs';
import { poolingTests } from './pooling.mjs';
import { trainingTests } from './training.mjs';
import { whyTests } from './why.mjs';

// Those with the longest walks first: at the end no browser waits long for another.
for (const subject of [
  'experiments',
  'views',
  'keyboard',
  'strip',
  'kernels',
  'maps',
  'outputs',
  'graph',
  'states',
  'inputs'
])
  await import(`./subjects/${subject}.mjs`);

const tools = { axe, check, clipped, everyTheme, inLayouts, open, ready, shot, test };
await whyTests(tools);
await poolingTests(tools);
await dropoutTests(tools);
await featuresTests(tools);
await exportTests(tools);
await normalizationTests(tools);
await trainingTests(tools);

// Frames are timed: nothing else may run beside them.
if (timed) await import('./subjects/scrolling.mjs');

await close();
await finish();
