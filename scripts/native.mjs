#!/usr/bin/env node
// `npm run native`: makes @tensorflow/tfjs-node work where its own download of TensorFlow is blocked, by taking the
// library from the tensorflow-cpu wheel. Needs pip, a C++ compiler and Python for node-gyp. Linux on x86-64 only.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { hostNode } from '../tools/vscode-host/server.mjs';
import { installDependencies, root, scratch } from './lib/setup.mjs';

/** TensorFlow 2.15 still exports the C functions that tfjs-node 4.22 (written for 2.9) calls. */
const wheel = 'tensorflow-cpu==2.15.1';
const pythonVersion = '3.11';
const work = path.join(scratch, 'native');
const target = path.join(root, 'node_modules/@tensorflow/tfjs-node');

function stop(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, options = {}) {
  execFileSync(command, args, { stdio: 'inherit', ...options });
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  stop(
    'npm run native supports Linux on x86-64. Elsewhere `npm install @tensorflow/tfjs-node` fetches its own library.'
  );
}
if (spawnSync('python3', ['-m', 'pip', '--version']).status !== 0) {
  stop('skipped: native TensorFlow not available (no pip). Install Python 3 with pip and run it again.');
}
installDependencies();
fs.mkdirSync(work, { recursive: true });

// An optional dependency whose install script failed is not there: take it without its script.
if (!fs.existsSync(path.join(target, 'package.json'))) {
  const { optionalDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const version = optionalDependencies['@tensorflow/tfjs-node'];
  run('npm', ['install', '--no-save', '--ignore-scripts', `@tensorflow/tfjs-node@${version}`], { cwd: root });
}

const unpacked = path.join(work, 'unpacked');
const downloaded = () => fs.readdirSync(work).find((name) => name.endsWith('.whl'));
if (!downloaded()) {
  run('python3', [
    ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:'],
    ...['--python-version', pythonVersion, '--platform', 'manylinux_2_17_x86_64', '--dest', work, wheel]
  ]);
}
fs.rmSync(unpacked, { recursive: true, force: true });
run('python3', ['-m', 'zipfile', '-e', path.join(work, downloaded()), unpacked]);

const deps = path.join(target, 'deps');
fs.rmSync(deps, { recursive: true, force: true });
fs.mkdirSync(path.join(deps, 'lib'), { recursive: true });
fs.renameSync(path.join(unpacked, 'tensorflow/include'), path.join(deps, 'include'));
for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
  fs.renameSync(path.join(unpacked, 'tensorflow', name), path.join(deps, 'lib', name));
}
fs.rmSync(unpacked, { recursive: true, force: true });
const links = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2.9.1': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2'
};
for (const [name, aim] of Object.entries(links)) fs.symlinkSync(aim, path.join(deps, 'lib', name));

run('npm', ['rebuild', '@tensorflow/tfjs-node', '--foreground-scripts'], { cwd: root });

const probe = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  const tf = require('@tensorflow/tfjs-node');
  const y = tf.conv2d(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 1, 'valid').dataSync();
  if (y.length !== 4 || y.some((value) => value !== 9)) throw new Error('wrong convolution: ' + y);
  console.log('native TensorFlow', tf.version['tfjs-node'], 'on Node', process.versions.node, 'computes a convolution');
`;
// Today's VS Code brings a newer Node than the one that built the binding: prove both where both are here.
for (const executable of new Set([process.execPath, hostNode()])) {
  run(executable, ['-e', probe], { cwd: root, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } });
}
