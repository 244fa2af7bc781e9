#!/usr/bin/env node
// Bundles the four programs (extension host, child process, command line, webview) into dist/.
//   node scripts/build.mjs [--watch] [--production]
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** Compiled libraries that the bundles load from beside themselves. */
const wasmFiles = [
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
  '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  '@jsquash/webp/codec/dec/webp_dec.wasm'
];

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' }
};

// Packages written as ES modules ask for import.meta.url; in a CommonJS bundle that is this file's own address.
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', '@tensorflow/tfjs-node'],
  define: { ...common.define, 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" }
};

const bundles = [
  { ...node, entryPoints: ['src/extension/extension.ts'], outfile: 'dist/extension.js' },
  { ...node, entryPoints: ['src/extension/codeReading.ts'], outfile: 'dist/codeReading.js' },
  { ...node, entryPoints: ['src/worker.ts'], outfile: 'dist/worker.js' },
  {
    ...node,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist/cli.js',
    banner: { js: `#!/usr/bin/env node\n${node.banner.js}` }
  },
  {
    ...common,
    platform: 'browser',
    target: 'es2022',
    // What a view needs that is rarely opened first lies in files of its own, which the page fetches with its nonce.
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryPoints: { webview: 'webview/main.tsx' },
    outdir: 'dist'
  }
];

// Names of chunks change with their content.
rmSync(path.join(root, 'dist/chunks'), { recursive: true, force: true });
mkdirSync(path.join(root, 'dist/wasm'), { recursive: true });
for (const file of wasmFiles) {
  copyFileSync(path.join(root, 'node_modules', file), path.join(root, 'dist/wasm', path.basename(file)));
}

let failed = false;
for (const options of bundles) {
  const entry = Array.isArray(options.entryPoints) ? options.entryPoints[0] : Object.values(options.entryPoints)[0];
  if (!existsSync(path.join(root, entry))) {
    console.error(`${entry} does not exist: not built`);
    continue;
  }
  if (watch) {
    const context = await esbuild.context({ ...options, logLevel: 'info' });
    await context.watch();
    continue;
  }
  // esbuild has printed what is wrong; the other programs are built all the same.
  await esbuild.build(options).catch(() => (failed = true));
}
const commandLine = path.join(root, 'dist/cli.js');
if (existsSync(commandLine)) chmodSync(commandLine, 0o755);
if (failed) process.exit(1);
