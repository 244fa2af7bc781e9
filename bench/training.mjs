#!/usr/bin/env node
// How long does a step of training take on each engine here, beside PyTorch on one thread where there is one? The ways take
// turns, so that what else the machine does falls on all of them; medians.
//   node bench/training.mjs [ROUNDS]
// PYTHON names an interpreter with torch (default python3).
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
// Inside the repository, so that the bundle resolves the same packages as the program.
const folder = mkdtempSync(path.join(root, 'node_modules/.bench-'));
try {
  const outfile = path.join(folder, 'training.cjs');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['bench/training.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@tensorflow/tfjs-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" }
  });
  const { measure } = await import(outfile);
  await measure(Number(process.argv[2] ?? 5));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
