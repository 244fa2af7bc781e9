#!/usr/bin/env node
// Builds for release into a scratch folder's dist and fails when a bundle has grown over its budget.
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, root } from './lib/setup.mjs';

const kilo = 1000;
const budgets = [
  { file: 'extension.js', minified: 400 * kilo },
  { file: 'webview.js', minified: 600 * kilo, gzipped: 200 * kilo }
];

/** A file and the parts that it imports before it can begin; those fetched later are not among them. */
function loadedWith(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const bytes = fs.readFileSync(file);
  const parts = [...bytes.toString().matchAll(/(?:from|import)"(\.\.?\/[^"]+)"/g)].map(([, part]) => part);
  return [bytes, ...parts.flatMap((part) => loadedWith(path.join(path.dirname(file), part), seen))];
}

build('--production');
let over = false;
for (const { file, minified, gzipped } of budgets) {
  const bytes = Buffer.concat(loadedWith(path.join(root, 'dist', file)));
  const packed = gzipSync(bytes).length;
  const tooBig = bytes.length > minified || (gzipped !== undefined && packed > gzipped);
  over ||= tooBig;
  const limit = gzipped === undefined ? '' : `, gzipped ${gzipped / kilo} kB`;
  console.log(
    `${tooBig ? 'OVER ' : 'ok   '}${file}: ${(bytes.length / kilo).toFixed(0)} kB minified, ${(packed / kilo).toFixed(0)} kB gzipped (budget ${minified / kilo} kB${limit})`
  );
}
process.exit(over ? 1 : 0);
