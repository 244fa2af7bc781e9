import { describe, expect, it } from 'vitest';
import type { EngineInfo } from '../../../src/engine/engine';
import { markChosen } from '../../../src/engine/select';
import { engineFromEnvironment } from '../../../src/protocol/workerEnvironment';

const engine = (name: EngineInfo['name'], works: boolean): EngineInfo => ({
  name,
  available: works,
  reason: 'what it is',
  selfTest: works ? 'passed' : 'not run',
  stepMs: null,
  chosen: false
});
const here = [engine('tfjs-node', true), engine('wasm', true), engine('cpu', true)];
const chosen = (infos: readonly EngineInfo[]) => infos.filter((info) => info.chosen).map(({ name }) => name);
const reasonOf = (infos: readonly EngineInfo[], name: string) => infos.find((info) => info.name === name)?.reason;

describe('the engine that runs networks', () => {
  it('is the first that works, which is not called the fastest', () => {
    const marked = markChosen(here);
    expect(chosen(marked)).toEqual(['tfjs-node']);
    expect(reasonOf(marked, 'tfjs-node')).toBe('what it is; the first of tfjs-node, wasm, cpu that works here');
    expect(chosen(markChosen([engine('tfjs-node', false), ...here.slice(1)]))).toEqual(['wasm']);
  });

  it('is the one that a setting asks for, or none where that cannot run', () => {
    const marked = markChosen(here, 'wasm');
    expect(chosen(marked)).toEqual(['wasm']);
    expect(reasonOf(marked, 'wasm')).toBe('what it is; the engine setting asks for it');
    expect(reasonOf(marked, 'tfjs-node')).toBe('what it is');
    const missing = markChosen([engine('tfjs-node', false), ...here.slice(1)], 'tfjs-node');
    expect(chosen(missing)).toEqual([]);
    expect(reasonOf(missing, 'tfjs-node')).toContain('the engine setting asks for it');
  });

  it('is set by name in the environment; anything else leaves the choice open', () => {
    expect(engineFromEnvironment({ CONVLENS_ENGINE: 'wasm' })).toBe('wasm');
    expect(engineFromEnvironment({ CONVLENS_ENGINE: 'auto' })).toBeUndefined();
    expect(engineFromEnvironment({ CONVLENS_ENGINE: 'quick' })).toBeUndefined();
    expect(engineFromEnvironment({})).toBeUndefined();
  });
});
