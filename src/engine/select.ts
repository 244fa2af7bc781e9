/** Which engine runs, and why. */
import { loadBackend } from './backend';
import type { Engine, EngineInfo, EngineName } from './engine';
import { measureStep, selfTest } from './selfTest';
import { TensorEngine } from './tensorEngine';
import { t } from '../core/texts';

/** The order of trying, not of speed: the first that loads and passes its self-test is chosen. */
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
  throw new Error(t('no engine can run ({0})', reasons.join('; ')));
}

/**
 * Every engine with its self-test and the time of a fixed step, in the order in which they are tried.
 * @param setting the engine that a setting asks for, which is then the only candidate; absent: the first that works
 */
export async function listEngines(setting?: EngineName): Promise<EngineInfo[]> {
  const infos: EngineInfo[] = [];
  for (const name of ORDER) {
    const verdict = await verdictOn(name);
    const loaded = await loadBackend(name);
    // The plain JavaScript engine takes seconds for the step and is never chosen before the others.
    const stepMs = loaded.ok && verdict.selfTest === 'passed' && name !== 'cpu' ? measureStep(loaded.backend) : null;
    infos.push({ ...verdict, stepMs, chosen: false });
  }
  return markChosen(infos, setting);
}

/** The same engines with the one that runs networks marked, and the reason for it; none where the set one cannot run. */
export function markChosen(infos: readonly EngineInfo[], setting?: EngineName): EngineInfo[] {
  const works = (info: EngineInfo) => info.selfTest === 'passed' && (setting === undefined || info.name === setting);
  const chosen = infos.find(works);
  return infos.map((info) => {
    if (info.name === setting) {
      const reason = t('{0}; the engine setting asks for it', info.reason);
      return { ...info, chosen: info === chosen, reason };
    }
    if (info !== chosen) return info;
    return { ...info, chosen: true, reason: t('{0}; the first of {1} that works here', info.reason, ORDER.join(', ')) };
  });
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
    ? { name, available: true, reason: WHAT[name](), selfTest: 'passed' }
    : { name, available: false, reason: t('it computes wrongly: {0}', trouble), selfTest: 'failed' };
}

const WHAT: { readonly [N in EngineName]: () => string } = {
  'tfjs-node': () => t('native TensorFlow'),
  wasm: () => t('WebAssembly with SIMD, no native code'),
  cpu: () => t('plain JavaScript, only for tests')
};
