import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/worker/**/*.test.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    // Modules are read once in each process: no test changes what another one imports.
    isolate: false,
    poolOptions: { forks: { maxForks: 2 } }
  }
});
