#!/usr/bin/env node
// How long from asking for a 100 MB .keras file to its layer table, and how much memory does the child process take?
//   node bench/open.mjs
// The file is made here: float32 weights in HDF5, stored in a zip without compression, as Keras 3 saves it. It has just
// been written, so the system still holds it in memory: "cold" is a new process, not a disk that has to be read.
import { fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import * as esbuild from 'esbuild';
import h5wasm from 'h5wasm/node';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'convlens-open-'));
const channels = 512;
const depth = 10;
const classes = 3000;

/** Layers with the shapes of their weights: 25.2 million numbers. */
function layers() {
  const conv = (name, from) => ({
    class_name: 'Conv2D',
    config: { name, filters: channels, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu' },
    weights: [[3, 3, from, channels], [channels]]
  });
  return [
    {
      class_name: 'InputLayer',
      config: { name: 'input_layer', batch_shape: [null, 32, 32, 3], dtype: 'float32' },
      weights: []
    },
    ...Array.from({ length: depth + 1 }, (_, i) => conv(i === 0 ? 'conv2d' : `conv2d_${i}`, i === 0 ? 3 : channels)),
    { class_name: 'GlobalAveragePooling2D', config: { name: 'global_average_pooling2d' }, weights: [] },
    {
      class_name: 'Dense',
      config: { name: 'dense', units: classes, activation: 'softmax' },
      weights: [[channels, classes], [classes]]
    }
  ];
}

async function writeWeights(file, all) {
  await h5wasm.ready;
  const h5 = new h5wasm.File(file, 'w');
  let numbers = 0;
  h5.create_group('layers');
  for (const { config, weights } of all) {
    h5.create_group(`layers/${config.name}`);
    const vars = h5.create_group(`layers/${config.name}/vars`);
    weights.forEach((shape, i) => {
      const length = shape.reduce((product, size) => product * size, 1);
      // Any numbers will do: Keras writes them uncompressed.
      const data = Float32Array.from({ length }, (_, n) => Math.sin(n + i) / 50);
      vars.create_dataset({ name: String(i), data, shape, dtype: '<f4' });
      numbers += length;
    });
  }
  h5.close();
  return numbers;
}

/** A zip whose entries are stored, not compressed. */
function writeZip(file, entries) {
  const out = openSync(file, 'w');
  const directory = [];
  let at = 0;
  const put = (bytes) => (at += writeSync(out, bytes));
  for (const [name, bytes] of entries) {
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x21, 8); // 1 January 1980
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(bytes.length, 14);
    facts.writeUInt32LE(bytes.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 0]), facts, tail, Buffer.from(name));
    put(Buffer.from([0x50, 0x4b, 3, 4]));
    put(facts);
    put(Buffer.from(name));
    put(bytes);
  }
  const start = at;
  directory.forEach(put);
  const end = Buffer.alloc(22);
  Buffer.from([0x50, 0x4b, 5, 6]).copy(end);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start, 16);
  put(end);
  closeSync(out);
}

async function makeModel(file) {
  const all = layers();
  const h5 = path.join(folder, 'model.weights.h5');
  const numbers = await writeWeights(h5, all);
  const config = {
    module: 'keras',
    class_name: 'Sequential',
    config: {
      name: 'wide',
      layers: all.map(({ class_name, config: own }) => ({ module: 'keras.layers', class_name, config: own }))
    }
  };
  writeZip(file, [
    ['metadata.json', Buffer.from(JSON.stringify({ keras_version: '3.5.0' }))],
    ['config.json', Buffer.from(JSON.stringify(config))],
    ['model.weights.h5', readFileSync(h5)]
  ]);
  return numbers;
}

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
  const numbers = await makeModel(file);
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
