#!/usr/bin/env node
// What does capturing every feature map cost beside a plain pass, and how fast are the engines? Run after `npm run build`:
//   node bench/capture.mjs [MODEL_FILE]
// Without a file it measures a MobileNet-like network at 224 x 224 with fresh weights.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
// Inside the repository, so that the bundle resolves the same packages as the program.
const folder = mkdtempSync(path.join(root, 'node_modules/.bench-'));
try {
  const outfile = path.join(folder, 'capture.cjs');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['bench/capture.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@tensorflow/tfjs-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" }
  });
  const { measure } = await import(outfile);
  await measure(process.argv[2]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
