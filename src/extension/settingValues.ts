/** Checks on setting values, apart from VS Code so that they are tested alone. */
import type { EngineChoice } from '../protocol/workerEnvironment';

/** A number within `[low, high]`, clamped; `fallback` where it is no finite number. */
export function bounded(value: unknown, low: number, high: number, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : fallback;
}

/** The engine to ask for: the setting where the workspace is trusted, else the one without native code. */
export function engineFor(setting: unknown, trusted: boolean): EngineChoice {
  if (!trusted) return 'wasm';
  return setting === 'tfjs-node' || setting === 'wasm' ? setting : 'auto';
}
