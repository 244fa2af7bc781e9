#!/usr/bin/env node
// How long from asking for a 100 MB .keras file to its layer table, and how much memory does the child process take?
//   node bench/open.mjs
// The file has just been written, so the system still holds it in memory: "cold" is a new process, not a disk that has to be read.
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { writeWideModel } from './wideModel.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'convlens-open-'));
/** Resident memory of a process in MB: now, and the most it ever was (Linux only). */
function memory(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1000;
    return `RSS ${of('VmRSS').toFixed(0)} MB, at most ${of('VmHWM').toFixed(0)} MB`;
  } catch {
    return 'RSS not known on this system';
  }
}

function startChild(script) {
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  });
  let next = 1;
  let fail = () => undefined;
  child.once('exit', () => fail(new Error('the child process ended')));
  // One question at a time.
  const ask = (method, params) =>
    new Promise((resolve, reject) => {
      const id = next++;
      fail = reject;
      const listen = (message) => {
        if (message.id !== id || (message.type !== 'result' && message.type !== 'error')) return;
        child.off('message', listen);
        if (message.type === 'error') reject(new Error(JSON.stringify(message.error)));
        else resolve(message.value);
      };
      child.on('message', listen);
      child.send({ type: 'request', id, method, params });
    });
  return { child, ask };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

try {
  const script = path.join(folder, 'worker.js');
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/worker.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@tensorflow/tfjs-node'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'error'
  });
  const file = path.join(folder, 'wide.keras');
  const numbers = await writeWideModel(file);
  console.log(`${(statSync(file).size / 1e6).toFixed(1)} MB, ${numbers} weights`);

  const cold = [];
  const warm = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const { child, ask } = startChild(script);
    const opened = await ask('openModel', { file });
    cold.push(performance.now() - start);
    if (opened.summary.totals.params !== numbers) throw new Error(`counted ${opened.summary.totals.params} parameters`);
    const after = memory(child.pid);
    let { model } = opened;
    for (let k = 0; k < 5; k++) {
      await ask('closeModel', { model });
      const again = performance.now();
      ({ model } = await ask('openModel', { file }));
      warm.push(performance.now() - again);
    }
    if (i === 0) {
      const start2 = performance.now();
      await ask('openModel', { file });
      console.log(`${opened.summary.layers.length} layers; child after opening: ${after}`);
      console.log(`asking again for the open file: ${(performance.now() - start2).toFixed(1)} ms`);
      const look = performance.now();
      await ask('overview', { model });
      console.log(
        `every weight read for the overview: ${(performance.now() - look).toFixed(0)} ms; ${memory(child.pid)}`
      );
    }
    child.kill();
  }
  console.log(
    `cold (new process, start included): first ${cold[0].toFixed(0)} ms, median ${median(cold).toFixed(0)} ms`
  );
  console.log(`warm (closed and opened in the same process): median ${median(warm).toFixed(0)} ms`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
