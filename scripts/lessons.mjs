#!/usr/bin/env node
// Trains the three lessons on the bundled digits and writes their table into docs/lessons.md:
//   node scripts/lessons.mjs SEED… [--engine wasm] [--lesson gap|speed|memory] [--keep FOLDER] [--write]
// --keep   keeps each run as JSON in FOLDER and goes on from what is there
// --write  puts the table between the marks in docs/lessons.md; without it the table is printed
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string' },
    lesson: { type: 'string' },
    keep: { type: 'string' },
    write: { type: 'boolean', default: false }
  }
});
const seeds = positionals.map(Number);
if (seeds.length === 0 || seeds.some((seed) => !Number.isInteger(seed))) {
  console.error('usage: node scripts/lessons.mjs SEED… [--engine NAME] [--lesson ID] [--keep FOLDER] [--write]');
  process.exit(2);
}

// Inside the repository, so that the bundle resolves the same packages as the program.
const folder = mkdtempSync(path.join(root, 'node_modules/.lessons-'));
try {
  const outfile = path.join(folder, 'lessons.cjs');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/training/lab/lessonReport.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@tensorflow/tfjs-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" }
  });
  const { runLessons } = await import(outfile);
  const report = await runLessons({
    digits: path.join(root, 'media/digits'),
    seeds,
    engine: values.engine,
    lesson: values.lesson,
    keep: values.keep,
    say: (line) => console.error(line)
  });
  const page = path.join(root, 'docs/lessons.md');
  if (values.write) {
    const text = readFileSync(page, 'utf8');
    const marks = /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/;
    if (!marks.test(text)) throw new Error('docs/lessons.md has lost its marks');
    writeFileSync(
      page,
      text.replace(marks, (_, start, end) => `${start}\n${report}\n${end}`)
    );
  } else console.log(report);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
