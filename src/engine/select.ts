/** Which engine runs, and why. */
import { loadBackend } from './backend';
import type { Engine, EngineInfo, EngineName } from './engine';
import { measureStep, selfTest } from './selfTest';
import { TensorEngine } from './tensorEngine';

/** Fastest first; the first that loads and passes its self-test is chosen. */
const ORDER: readonly EngineName[] = ['tfjs-node', 'wasm', 'cpu'];

type Verdict = Omit<EngineInfo, 'chosen' | 'stepMs'>;

const verdicts = new Map<EngineName, Promise<Verdict>>();

/**
 * The engine of the given name, or the best one here.
 * @throws {Error} with the reason where the named engine, or every engine, cannot be used
 */
export async function createEngine(name?: EngineName): Promise<Engine> {
  const reasons: string[] = [];
  for (const candidate of name === undefined ? ORDER : [name]) {
    const verdict = await verdictOn(candidate);
    const loaded = await loadBackend(candidate);
    if (verdict.selfTest === 'passed' && loaded.ok) return new TensorEngine(loaded.backend);
    reasons.push(`${candidate}: ${verdict.reason}`);
  }
  throw new Error(`no engine can run (${reasons.join('; ')})`);
}

/** Every engine with its self-test and the time of a fixed step, slowest last. */
export async function listEngines(): Promise<EngineInfo[]> {
  const infos: EngineInfo[] = [];
  for (const name of ORDER) {
    const verdict = await verdictOn(name);
    const loaded = await loadBackend(name);
    // The plain JavaScript engine takes seconds for the step and is never chosen before the others.
    const stepMs = loaded.ok && verdict.selfTest === 'passed' && name !== 'cpu' ? measureStep(loaded.backend) : null;
    infos.push({ ...verdict, stepMs, chosen: false });
  }
  const best = infos.findIndex((info) => info.selfTest === 'passed');
  return infos.map((info, i) =>
    i === best ? { ...info, chosen: true, reason: `${info.reason}; the fastest engine that works here` } : info
  );
}

function verdictOn(name: EngineName): Promise<Verdict> {
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  const verdict = judge(name);
  verdicts.set(name, verdict);
  return verdict;
}

async function judge(name: EngineName): Promise<Verdict> {
  const loaded = await loadBackend(name);
  if (!loaded.ok) return { name, available: false, reason: loaded.reason, selfTest: 'not run' };
  const trouble = selfTest(loaded.backend);
  return trouble === null
    ? { name, available: true, reason: WHAT[name], selfTest: 'passed' }
    : { name, available: false, reason: `it computes wrongly: ${trouble}`, selfTest: 'failed' };
}

const WHAT: { readonly [N in EngineName]: string } = {
  'tfjs-node': 'native TensorFlow',
  wasm: 'WebAssembly with SIMD, no native code',
  cpu: 'plain JavaScript, only for tests'
};
