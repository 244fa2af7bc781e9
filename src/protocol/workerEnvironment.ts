/** Settings that reach the child process when it is started, as environment variables. */
export const workerEnvironment = {
  /** `auto`, `tfjs-node` or `wasm`; absent means `auto`. */
  engine: 'CONVLENS_ENGINE',
  /** Budget for tensors kept alive, in MB (10^6 bytes). */
  memoryBudget: 'CONVLENS_MEMORY_BUDGET_MB',
  /** The folder where runs of training are kept; absent: a temporary one. */
  runs: 'CONVLENS_RUNS',
  /** The file with the texts of the display language; absent means English. */
  texts: 'CONVLENS_TEXTS',
  /** The display language as a BCP 47 tag, for numbers in sentences; absent means English. */
  language: 'CONVLENS_LANGUAGE'
} as const;

export type EngineChoice = 'auto' | 'tfjs-node' | 'wasm';

/** What the environment asks for; anything unexpected reads as `auto`. */
export function engineChoice(environment: Readonly<Record<string, string | undefined>>): EngineChoice {
  const value = environment[workerEnvironment.engine];
  return value === 'tfjs-node' || value === 'wasm' ? value : 'auto';
}

/** The engine that the environment asks for by name; `undefined` where it leaves the choice to the program. */
export function engineFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>
): Exclude<EngineChoice, 'auto'> | undefined {
  const choice = engineChoice(environment);
  return choice === 'auto' ? undefined : choice;
}

/** The budget in bytes; `fallback` where it is not stated or not a positive number. */
export function memoryBudgetBytes(environment: Readonly<Record<string, string | undefined>>, fallback: number): number {
  const megabytes = Number(environment[workerEnvironment.memoryBudget]);
  return Number.isFinite(megabytes) && megabytes > 0 ? megabytes * 1e6 : fallback;
}
