/**
 * Loading the backends. Nothing is loaded before it is asked for: the native engine brings its own copy of tfjs-core
 * and must not meet the bundled one's tensors (see `tensorLibrary.ts`).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import type { EngineName } from './engine';
import type { Backend } from './tensorEngine';
import type { TensorLibrary } from './tensorLibrary';
import { shareClones } from './wasmKernels';
import { t } from '../core/texts';

const NATIVE_PACKAGE = '@tensorflow/tfjs-node';
const here = path.dirname(fileURLToPath(import.meta.url));
const requireHere = createRequire(import.meta.url);

export type Loaded = { readonly ok: true; readonly backend: Backend } | { readonly ok: false; readonly reason: string };

const loading = new Map<EngineName, Promise<Loaded>>();

/** Loads a backend once for the whole process; a failure is an answer, not an exception. */
export function loadBackend(name: EngineName): Promise<Loaded> {
  const known = loading.get(name);
  if (known !== undefined) return known;
  const load = LOADERS[name]().catch((error: unknown): Loaded => ({
    ok: false,
    reason: error instanceof Error ? firstLine(error.message) : String(error)
  }));
  loading.set(name, load);
  return load;
}

const LOADERS: { readonly [N in EngineName]: () => Promise<Loaded> } = {
  'tfjs-node': loadNative,
  wasm: loadWasm,
  cpu: loadCpu
};

/** The bundled copy of the library, quiet: its hints are for programmers. */
async function bundledLibrary(): Promise<TensorLibrary> {
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  return tf;
}

async function loadCpu(): Promise<Loaded> {
  const tf = await bundledLibrary();
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) return { ok: false, reason: t('the JavaScript backend does not start') };
  return { ok: true, backend: { name: 'cpu', tf, id: 'cpu' } };
}

async function loadWasm(): Promise<Loaded> {
  const tf = await bundledLibrary();
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const folder = wasmFolder();
  if (folder === null) return { ok: false, reason: t('its compiled files are missing beside the program') };
  wasm.setWasmPaths(folder + path.sep);
  if (!(await tf.setBackend('wasm'))) return { ok: false, reason: t('WebAssembly does not start here') };
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    return { ok: false, reason: t('WebAssembly has no SIMD here') };
  shareClones(tf);
  return { ok: true, backend: { name: 'wasm', tf, id: 'wasm' } };
}

/** `wasm` beside the bundle; the package's own folder when the sources run unbundled. */
function wasmFolder(): string | null {
  const file = 'tfjs-backend-wasm-simd.wasm';
  const beside = path.join(here, 'wasm');
  if (existsSync(path.join(beside, file))) return beside;
  try {
    const inPackage = path.dirname(requireHere.resolve(`@tensorflow/tfjs-backend-wasm/dist/${file}`));
    return existsSync(path.join(inPackage, file)) ? inPackage : null;
  } catch {
    return null;
  }
}

/** Loads the native binding, after a child process has shown that doing so does not end the process. */
async function loadNative(): Promise<Loaded> {
  let entry: string;
  try {
    entry = requireHere.resolve(NATIVE_PACKAGE);
  } catch {
    return { ok: false, reason: t('the package @tensorflow/tfjs-node is not installed') };
  }
  const trouble = await tryInChild(entry);
  if (trouble !== null) return { ok: false, reason: trouble };
  addRemovedUtilities(util);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const tf = requireHere(entry) as TensorLibrary;
  tf.enableProdMode();
  if (!(await tf.setBackend('tensorflow'))) return { ok: false, reason: t('its backend does not start') };
  return { ok: true, backend: { name: 'tfjs-node', tf, id: 'tensorflow' } };
}

/** tfjs-node 4.22 calls two functions that Node 23 removed from `util`. */
function addRemovedUtilities(target: object): void {
  const removed = new Map<string, (value: unknown) => boolean>([
    ['isNullOrUndefined', (value: unknown) => value === null || value === undefined],
    ['isArray', (value: unknown) => Array.isArray(value)]
  ]);
  for (const [name, replacement] of removed) {
    if (!(name in target)) Object.defineProperty(target, name, { value: replacement, configurable: true });
  }
}

/** What goes wrong when a fresh process loads the binding and computes with it; `null` where nothing does. */
function tryInChild(entry: string): Promise<string | null> {
  const program = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (v) => v === null || v === undefined;
    util.isArray ??= Array.isArray;
    const tf = require(${JSON.stringify(entry)});
    const sum = tf.add(tf.tensor1d([1, 2]), 1).dataSync();
    process.exit(tf.getBackend() === 'tensorflow' && sum[1] === 3 ? 0 : 9);`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', program],
      { timeout: 60_000, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '2' } },
      (error, _stdout, stderr) => {
        if (error === null) resolve(null);
        else
          resolve(
            t(
              'it cannot be loaded: {0}',
              errorLine(stderr) ?? (error.signal ? t('signal {0}', error.signal) : 'unknown')
            )
          );
      }
    );
  });
}

/** The line of a stack trace that names the error. */
function errorLine(text: string): string | null {
  return (
    text
      .split('\n')
      .find((line) => /^\w*Error\b.*:/.test(line.trim()))
      ?.trim() ?? null
  );
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
